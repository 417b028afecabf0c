import { expect, test } from "vitest";

import { Keys, type Command, type Press } from "./keys";

const PLACES = [
  { path: "", key: "h" },
  { path: "services", key: "s" },
  { path: "settings", key: "t" },
];

/** What the last of these keys asks for. */
function pressed(presses: Partial<Press>[], letters = true): Command | undefined {
  const keys = new Keys(PLACES);
  let at = 0;
  return presses.map((press) => keys.press({ key: "", ctrl: false, alt: false, typing: false, at: (at += 100), ...press }, letters)).at(-1);
}

test("g and a letter lead to a page, one after the other and soon", () => {
  expect(pressed([{ key: "g" }, { key: "s" }])).toEqual({ kind: "go", path: "services" });
  expect(pressed([{ key: "g" }])).toBeUndefined();
  expect(pressed([{ key: "s" }])).toBeUndefined();
  expect(pressed([{ key: "g" }, { key: "x" }, { key: "s" }])).toBeUndefined();
  expect(pressed([{ key: "g" }, { key: "s", at: 5000 }])).toBeUndefined();
  expect(pressed([{ key: "g" }, { key: "g" }, { key: "h" }])).toEqual({ kind: "go", path: "" });
});

test("with Ctrl a number leads to the page in that place, wherever one types", () => {
  expect(pressed([{ key: "2", ctrl: true, typing: true }])).toEqual({ kind: "go", path: "services" });
  expect(pressed([{ key: "4", ctrl: true }])).toBeUndefined();
  expect(pressed([{ key: ",", ctrl: true }])).toEqual({ kind: "go", path: "settings" });
  expect(pressed([{ key: "," }])).toBeUndefined();
  expect(pressed([{ key: "0", ctrl: true }])).toBeUndefined();
  expect(pressed([{ key: "2", ctrl: true, alt: true }])).toBeUndefined();
});

test("a letter that is typed is a letter", () => {
  expect(pressed([{ key: "?", typing: true }])).toBeUndefined();
  expect(pressed([{ key: "g" }, { key: "s", typing: true }])).toBeUndefined();
  expect(pressed([{ key: "?" }])).toEqual({ kind: "help" });
});

test("letters can be switched off, and what needs Ctrl stays", () => {
  expect(pressed([{ key: "?" }], false)).toBeUndefined();
  expect(pressed([{ key: "g" }, { key: "s" }], false)).toBeUndefined();
  expect(pressed([{ key: "k", ctrl: true }], false)).toEqual({ kind: "palette" });
});
