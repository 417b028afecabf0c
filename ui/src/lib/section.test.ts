import { expect, test } from "vitest";

import { section } from "./section";

const FILE = `# mine
[service.web]
command = "x"

[service.web.ready]
tcp = 80

# Its database
[service.db]
command = "y"
`.split("\n");

test("a table ends before what stands above the next one", () => {
  expect(section(FILE, 2)).toEqual({ first: 1, last: 5 });
  expect(section(FILE, 9)).toEqual({ first: 8, last: 9 });
});

test("what has no head is its line", () => {
  expect(section(["service.web.command = 'x'", "[other]"], 1)).toEqual({ first: 0, last: 0 });
});
