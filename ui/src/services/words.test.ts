import { expect, test } from "vitest";

import { line, split } from "./words";

test("a line is split as a shell would", () => {
  const cases: [string, string[]][] = [
    ["npm run dev", ["npm", "run", "dev"]],
    ["  a   b\t", ["a", "b"]],
    ["sh -c 'echo $HOME; ls'", ["sh", "-c", "echo $HOME; ls"]],
    ['a "b c" d\\ e ""', ["a", "b c", "d e", ""]],
    ["a'b'\"c\"", ["abc"]],
    ['"\\n\\""', ['\\n"']],
    ["", []],
  ];
  for (const [text, words] of cases) expect(split(text), text).toEqual({ words });
});

test("what does not end is said", () => {
  expect(split("a 'b")).toEqual({ wrong: "has a ' that is never closed" });
  expect(split('a "b')).toEqual({ wrong: 'has a " that is never closed' });
  expect(split("a\\")).toEqual({ wrong: "ends with a backslash" });
});

test("words come back from their line", () => {
  for (const words of [["a"], ["it's", "", "a b"], ['"', "\\", "$x", "~", "*"], ["ü", "\n"]]) {
    expect(split(line(words)), line(words)).toEqual({ words });
  }
});
