import { expect, test } from "vitest";

import { bytes, count, isLong, json, size } from "./fold";
import { compare, moment, Reader, written, type Raw } from "./line";

const time = "2026-11-21T14:02:11.203456789Z";

function part(text: string, partial: boolean, more: object = {}): Raw {
  return { service: "web", stream: "stdout", time, text, partial, ...more } as Raw;
}

test("a time keeps its nanoseconds, and is written as it was read", () => {
  expect(moment(time)).toEqual({ at: Date.parse("2026-11-21T14:02:11.203Z"), nanos: 456_789 });
  for (const text of [time, "2026-11-21T14:02:11.5Z", "2026-11-21T14:02:11Z"]) {
    expect(moment(written(moment(text)))).toEqual(moment(text));
  }
  expect(compare(moment("2026-11-21T14:02:11Z"), moment("2026-11-21T14:02:11.000000001Z"))).toBeLessThan(0);
  expect(moment("yesterday").at).toBe(0);
});

test("the parts of a long line are one line", () => {
  const reader = new Reader();
  expect(reader.read([part("aa", true), part("bb", true, { time: "2026-11-21T14:02:12Z" })], 0)).toEqual([]);
  expect(reader.read([part("other", false, { service: "api" })], 0).map(({ text }) => text)).toEqual(["other"]);
  const [line] = reader.read([part("cc", false)], 0);
  expect(line).toMatchObject({ text: "aabbcc", records: 2, source: "web" });
  expect(reader.holds).toBe(false);
});

test("what does not end is shown after a while, and not longer than a mebibyte", () => {
  const reader = new Reader();
  reader.read([part("50%", true)], 1000);
  expect(reader.overdue(1100)).toEqual([]);
  expect(reader.overdue(1400).map(({ text }) => text)).toEqual(["50%"]);
  const lines = Array.from({ length: 65 }, () => reader.read([part("x".repeat(16 << 10), true)], 2000)).flat();
  expect(lines.map(({ text }) => text.length)).toEqual([1 << 20]);
});

test("a line that continues another is as serious as that one", () => {
  const reader = new Reader();
  const lines = reader.read([part("ERROR no", false), part("    at x", false), part("fine", false), part("  and", false)], 0);
  expect(lines.map(({ level }) => level)).toEqual([4, 4, 2, 2]);
});

test("the return of a line that ends as on Windows is none of its text", () => {
  expect(new Reader().read([part("a\r", false)], 0)[0]?.text).toBe("a");
});

test("attempts of a job are its runs", () => {
  expect(new Reader().read([{ stream: "stderr", time, text: "a", attempt: 2 }], 0)[0]).toMatchObject({ run: 2, source: "" });
});

test("lines are folded by their bytes, and say how many", () => {
  const line = (text: string) => new Reader().read([part(text, false)], 0)[0]!;
  expect(isLong(line("x".repeat(4096)))).toBe(false);
  expect(isLong(line("x".repeat(4097)))).toBe(true);
  expect(isLong(line("東".repeat(1366)))).toBe(true);
  expect(bytes(line("東".repeat(2000)))).toBe(6000);
  expect(size(line("x".repeat(1 << 20)))).toBe("1\u202f048\u202f576\u00a0bytes");
  expect([count(7), count(1204), count(123_456)]).toEqual(["7", "1\u202f204", "123\u202f456"]);
});

test("a line that is an object can be opened; others cannot", () => {
  expect(json(' {"a":1} ')).toEqual({ a: 1 });
  for (const text of ["{", "[1]", "{a}", '{"a":1} x', "null"]) expect(json(text), text).toBeUndefined();
});
