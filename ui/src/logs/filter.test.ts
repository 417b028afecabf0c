import { expect, test } from "vitest";

import { compile, EVERYTHING, hides, Matcher, type Question } from "./filter";

function found(question: Partial<Question>, text: string): unknown {
  const matcher = compile({ ...EVERYTHING, ...question });
  return matcher instanceof Matcher ? matcher.ranges(text) : matcher;
}

test("text is meant literally, and capitals only if asked for", () => {
  expect(found({ text: "a.b" }, "A.b axb")).toEqual([[0, 3]]);
  expect(found({ text: "a.b", matchCase: true }, "A.b a.b")).toEqual([[4, 7]]);
  expect(found({ text: "(" }, "f(x)")).toEqual([[1, 2]]);
  expect(compile(EVERYTHING)).toBeUndefined();
});

test("a regular expression means what it means to the daemon", () => {
  expect(found({ text: "\\d+ ms", regex: true }, "3000 ms and 12 ms")).toEqual([[0, 7], [12, 17]]);
  expect(found({ text: "(?i)TIME", regex: true, matchCase: true }, "time")).toEqual([[0, 4]]);
  expect(found({ text: "\\p{Lu}", regex: true, matchCase: true }, "aÉ")).toEqual([[1, 2]]);
  expect(found({ text: "x*", regex: true }, "abc")).toEqual([]);
});

test("what is none says why, and what could take for ever is refused", () => {
  expect(found({ text: "(a", regex: true }, "")).toMatch(/^Not a valid regular expression: .*\.$/);
  for (const text of ["(a+)+b", "(\\w*\\s)*x", "(a{1,9}){3,}"]) expect(found({ text, regex: true }, "")).toMatch(/for ever/);
  for (const text of ["(ab)+", "(a|b)*c", "a+b+", "\\(a+\\)+"]) expect(found({ text, regex: true }, "")).toEqual([]);
});

test("what was found in one line is no place to begin in the next", () => {
  const matcher = compile({ ...EVERYTHING, text: "a" }) as Matcher;
  expect(matcher.matches("bbba")).toBe(true);
  expect(matcher.ranges("a")).toEqual([[0, 1]]);
  expect(matcher.matches("a")).toBe(true);
});

test("only the first hits of a line are marked", () => {
  expect(found({ text: "a" }, "a".repeat(1000))).toHaveLength(200);
});

test("a search hides nothing; a filter does", () => {
  expect(hides({ ...EVERYTHING, text: "a" })).toBe(false);
  expect(hides({ ...EVERYTHING, text: "a", mode: "filter" })).toBe(true);
  expect(hides({ ...EVERYTHING, text: "a", exclude: true })).toBe(true);
  expect(hides({ ...EVERYTHING, mode: "filter", exclude: true })).toBe(false);
  expect(hides({ ...EVERYTHING, level: 3 })).toBe(true);
});
