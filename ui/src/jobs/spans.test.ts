import { expect, test } from "vitest";

import { dayAndTime, daysLater, measured, zoned } from "./spans";

const plain = (text: string) => text.replaceAll(/\s/g, " ");

test("lengths have the precision that somebody can use", () => {
  const check = (milliseconds: number, said: string) => expect(plain(measured(milliseconds))).toBe(said);
  check(0, "0 ms");
  check(42, "42 ms");
  check(412, "0.4 s");
  check(9_949, "9.9 s");
  check(59_400, "59 s");
  check(72_000, "1 m 12 s");
  check(120_000, "2 m");
  check(3_599_600, "1 h");
  check(7_260_000, "2 h 1 m");
  check(90_000_000, "1 d 1 h");
  check(-5, "0 ms");
});

test("a moment is said by the day that it is from now", () => {
  const now = new Date(2026, 10, 21, 14, 0).getTime();
  const check = (said: string, ...at: [number, number, number, number, number, number?]) => expect(dayAndTime(new Date(...at).getTime(), now)).toBe(said);
  check("14:30", 2026, 10, 21, 14, 30);
  check("02:00:05", 2026, 10, 21, 2, 0, 5);
  check("tomorrow 02:00", 2026, 10, 22, 2, 0);
  check("yesterday 23:59", 2026, 10, 20, 23, 59);
  check("Tue 08:30", 2026, 10, 24, 8, 30);
  check("28 Nov 08:30", 2026, 10, 28, 8, 30);
  check("14 Nov 08:30", 2026, 10, 14, 8, 30);
  check("1 Mar 2027 00:00", 2027, 2, 1, 0, 0);
});

test("another clock is read as it was written", () => {
  expect(zoned("2026-10-25T02:30:00+02:00[Europe/Madrid]")).toEqual({ day: "Sun 25 Oct", clock: "02:30", zone: "Europe/Madrid" });
  expect(zoned("2026-10-25T02:30:15+00:00[UTC]")?.clock).toBe("02:30:15");
  expect(zoned("yesterday")).toBeUndefined();
});

test("a day later is the same time of day", () => {
  const at = new Date(2026, 2, 28, 0, 0).getTime();
  expect(new Date(daysLater(at, 3))).toEqual(new Date(2026, 2, 31, 0, 0));
});
