import { expect, test } from "vitest";

import { first, head, isMarked, length, letters, LONG, MANY, Reading } from "./fold.svelte";

const plain = (text: string) => ({ text, kind: "plain" as const });
const escape = (text: string) => ({ text, kind: "escape" as const });

test("the begin of a value is whole characters and whole escapes", () => {
  const pairs = { pieces: [plain("😀".repeat(LONG))] };
  expect(head(pairs)[0]?.text).toMatch(/^(😀)+$/u);
  const odd = { pieces: [plain(`x${"😀".repeat(LONG)}`)] };
  expect(head(odd)[0]?.text).toMatch(/^x(😀)+$/u);
  const many = { pieces: [plain("a".repeat(315)), escape("\\u{202e}\\u{202e}"), plain("b")] };
  expect(head(many)).toEqual([plain("a".repeat(315))]);
  expect(length(many)).toBe(315 + 16 + 1);
});

test("an escape stands for one character, however it is spelled", () => {
  expect(letters({ pieces: [escape("\\u{202e}\\n"), plain("a😀"), escape("\\x1b")] })).toBe(5);
});

test("a cover stands for what is under it", () => {
  const cover = (text: string) => ({ text, kind: "cover" as const });
  expect(letters({ pieces: [plain("--token="), cover("[40 characters covered]")] })).toBe(48);
  expect(letters({ pieces: [plain("[40 characters covered]"), cover("?")] })).toBe(24);
});

test("a list is folded only if that hides some", () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect(first(rows(MANY))).toHaveLength(MANY);
  expect(first(rows(MANY + 1)).length).toBeLessThan(MANY);
});

test("what was read once stays read", () => {
  const reading = new Reading();
  expect(reading.left()).toBe(0);
  reading.add("1");
  reading.add("2");
  reading.read("1");
  reading.add("1");
  expect([reading.left(), reading.isRead("1"), reading.isRead("2")]).toEqual([1, true, false]);
});

test("what is folded and what is remarked on are counted apart, and all of it counts", () => {
  const reading = new Reading();
  reading.add("arguments:0");
  reading.add("hint 0", "mark");
  reading.add("hint 1", "mark");
  expect([reading.left("fold"), reading.left("mark"), reading.left()]).toEqual([1, 2, 3]);
  reading.read("arguments:0");
  reading.read("hint 1");
  expect([reading.left("fold"), reading.left("mark"), reading.left()]).toEqual([0, 1, 1]);
});

test("only what says more than a note has to be seen", () => {
  expect(isMarked(undefined)).toBe(false);
  expect(isMarked([{ level: "note" }])).toBe(false);
  expect(isMarked([{ level: "note" }, { level: "caution" }])).toBe(true);
  expect(isMarked([{ level: "danger" }])).toBe(true);
});

test("that the last part was seen is told once", () => {
  let told = 0;
  const reading = new Reading(() => (told += 1));
  for (const name of ["a", "b"]) reading.add(name, "mark");
  reading.read("a");
  expect(told).toBe(0);
  reading.read("b");
  reading.read("b");
  expect(told).toBe(1);
});
