import { expect, test } from "vitest";

import { ago, clockTime, fullTime, lasted, timeless, until, written } from "./time";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const START = "2026-11-21T12:00:00.000Z";
const at = (milliseconds: number) => Date.parse(START) + milliseconds;
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("what has lasted for hours is told in two units", () => {
  const check = (milliseconds: number, text: string) => expect(plain(lasted(START, at(milliseconds)).text)).toBe(text);
  check(-5 * SECOND, "0 s");
  check(999, "0 s");
  check(59 * SECOND, "59 s");
  check(MINUTE, "1 m");
  check(HOUR - 1, "59 m");
  check(HOUR, "1 h");
  check(3 * DAY, "3 d");
  check(3 * HOUR + 12 * MINUTE + 59 * SECOND, "3 h 12 m");
  check(10 * DAY + 23 * HOUR, "10 d 23 h");
});

test("how long ago something was is told in its largest unit", () => {
  const check = (milliseconds: number, text: string) => expect(plain(ago(START, at(milliseconds)).text)).toBe(text);
  check(12 * SECOND, "12 s ago");
  check(3 * HOUR + 12 * MINUTE, "3 h ago");
  check(30 * DAY, "30 d ago");
});

test("a text is true until it says, and no longer", () => {
  for (const say of [lasted, ago]) {
    for (const milliseconds of [0, 1, 999, 59_500, MINUTE, 59 * MINUTE + 1, HOUR, 5 * HOUR + 17, DAY - 1, DAY, 3 * DAY + 5]) {
      const { text, lasts } = say(START, at(milliseconds));
      expect(say(START, at(milliseconds + lasts - 1)).text).toBe(text);
      expect(say(START, at(milliseconds + lasts)).text).not.toBe(text);
    }
  }
});

test("a countdown never says 0 before it is time", () => {
  const check = (left: number, text: string) => expect(plain(until(at(left), at(0)).text)).toBe(text);
  check(32_000, "in 32 s");
  check(31_001, "in 32 s");
  check(1, "in 1 s");
  check(0, "now");
  check(-1, "now");
  check(Number.NaN, "now");
  check(90 * SECOND, "in 1 m");
});

test("a length that a file has is said as all others", () => {
  const check = (length: string, said: string) => expect(plain(written(length))).toBe(said);
  check("2h", "2 h");
  check("720h", "30 d");
  check("1m30s", "1 m 30 s");
  check("250ms", "250 ms");
  check("1.4s", "1.4 s");
  check("0s", "0 s");
  check("soon", "soon");
  check("2h later", "2h later");
});

test("a count and its words are never apart", () => {
  expect(ago(START, at(HOUR)).text + until(at(HOUR), at(0)).text).not.toContain(" ");
});

test("times of today have seconds, older ones a date", () => {
  const now = new Date(2026, 10, 21, 15, 0, 0).getTime();
  const check = (then: Date, shown: string) => expect(clockTime(then.toISOString(), now)).toBe(shown);
  check(new Date(2026, 10, 21, 9, 2, 1), "09:02:01");
  check(new Date(2026, 10, 20, 23, 59, 0), "20 Nov, 23:59");
  check(new Date(2025, 10, 21, 9, 2, 1), "21 Nov 2025, 09:02");
  expect(fullTime(new Date(2025, 10, 21, 9, 2, 1).toISOString())).toBe("21 Nov 2025, 09:02:01");
});

test("a time that cannot be read is shown as it came", () => {
  expect(clockTime("yesterday-ish", 0)).toBe("yesterday-ish");
  expect(fullTime("yesterday-ish")).toBe("yesterday-ish");
  expect(lasted("yesterday-ish", 0)).toEqual(timeless("yesterday-ish"));
  expect(ago(undefined, 0)).toEqual(timeless(""));
});
