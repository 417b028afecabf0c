import { expect, test } from "vitest";

import { announcement, clock, share } from "./countdown";

test("a clock never shows less than nothing", () => {
  expect([572_000, 571_001, 1, 0, -5000, 3_723_000].map(clock)).toEqual(["9:32", "9:32", "0:01", "0:00", "0:00", "1:02:03"]);
});

test("it is said a minute and ten seconds before the end, once each", () => {
  expect(announcement(61_000, 60_000)).toBe("Expires unanswered in one minute");
  expect(announcement(60_000, 59_000)).toBeUndefined();
  expect(announcement(10_900, 9_900)).toBe("Expires unanswered in 10 seconds");
  // A page that slept says the last one.
  expect(announcement(120_000, 5_000)).toBe("Expires unanswered in 10 seconds");
  expect(announcement(Infinity, 300_000)).toBeUndefined();
});

test("more time than there was is all of it", () => {
  expect([share(5, 10), share(20, 10), share(-1, 10), share(1, 0)]).toEqual([0.5, 1, 0, 0]);
});
