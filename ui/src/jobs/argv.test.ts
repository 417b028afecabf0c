import { expect, test } from "vitest";

import { shellish, split, typed } from "./argv";

test("a line is split as a shell would split it", () => {
  const check = (line: string, ...words: string[]) => expect(split(line).words).toEqual(words);
  check("");
  check("  make   test ", "make", "test");
  check(`sh -c 'a "b" c'`, "sh", "-c", `a "b" c`);
  check(`echo "a 'b' \\"c\\" \\d"`, "echo", `a 'b' "c" \\d`);
  check(`a\\ b '' ""`, "a b", "", "");
  check(`x'y'"z"`, "xyz");
});

test("what cannot be split is said", () => {
  expect(split("echo 'a").wrong).toContain("not closed");
  expect(split('echo "a').wrong).toContain("not closed");
  expect(split("echo \\").wrong).toContain("backslash");
});

test("words are typed so that they are read as they are", () => {
  for (const words of [["make", "test"], ["a b", "", "it's", '"', "$HOME", "*", "\\"], ["--x=1", "src/**"]]) expect(split(typed(words)).words).toEqual(words);
  expect(typed(["a b", "c"])).toBe("'a b' c");
});

test("what only a shell understands is noticed outside of quotes", () => {
  for (const line of ["a | b", "a && b", "a > b", "echo $HOME", "ls ~/src", "a; b", "echo `date`"]) expect(shellish(line), line).toBeDefined();
  for (const line of ["make test", "sh -c 'a | b > $HOME'", "git log -n 5", "echo 5$"]) expect(shellish(line), line).toBeUndefined();
});
