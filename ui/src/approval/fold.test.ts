import { expect, test } from "vitest";

import { first, head, length, letters, LONG, MANY, Reading } from "./fold.svelte";

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

test("a list is folded only if that hides some", () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect(first(rows(MANY))).toHaveLength(MANY);
  expect(first(rows(MANY + 1)).length).toBeLessThan(MANY);
});

test("what was read once stays read", () => {
  const reading = new Reading();
  expect(reading.left).toBe(0);
  reading.add("1");
  reading.add("2");
  reading.read("1");
  reading.add("1");
  expect(reading.left).toBe(1);
});
