import { expect, test } from "vitest";

import { bytes, bytesTop, percent, percentTop, roundPercent } from "./units";

test("a size has three digits at most", () => {
  const sizes = [0, 999, 1 << 20, 184.3 * 2 ** 20, 1.25 * 2 ** 30, 1000 * 2 ** 20];
  expect(sizes.map(bytes)).toEqual(["0\u202fB", "999\u202fB", "1\u202fMB", "184\u202fMB", "1.3\u202fGB", "1.0\u202fGB"]);
});

test("a share has no more digits than mean something", () => {
  expect([0, 4.83, 99.96, 412.3].map(percent)).toEqual(["0.0\u202f%", "4.8\u202f%", "100\u202f%", "412\u202f%"]);
  expect(roundPercent(50)).toBe("50\u202f%");
});

test("an axis ends above the highest, at a plain number", () => {
  expect([0, 3, 10, 11, 140, 900].map(percentTop)).toEqual([2, 10, 10, 20, 200, 1200]);
  expect([0, 300 * 2 ** 20, 2 ** 30].map(bytesTop)).toEqual([4 * 2 ** 20, 512 * 2 ** 20, 2 ** 30]);
});
