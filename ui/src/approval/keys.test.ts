import { expect, test } from "vitest";

import { isModifier, meaning, type Key, type Place } from "./keys";

function key(text: string): Key {
  const parts = text.split("+");
  const has = (name: string) => parts.slice(0, -1).includes(name);
  const last = parts.at(-1) ?? "";
  return { key: last === "Space" ? " " : last, ctrlKey: has("Ctrl"), metaKey: has("Meta"), altKey: has("Alt"), shiftKey: has("Shift") };
}

const does = (text: string, place: Place = "elsewhere") => meaning(key(text), place)?.does;

test("only chords decide", () => {
  expect(["Ctrl+Enter", "Meta+Enter"].map((it) => does(it))).toEqual(["allow", "allow"]);
  expect(["Ctrl+Backspace", "Meta+Backspace"].map((it) => does(it))).toEqual(["deny", "deny"]);
  const singles = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[]", "Enter", "Space", "Backspace", "Delete", "y", "F1"];
  for (const place of ["text", "control", "elsewhere"] as const) {
    for (const single of singles) expect(["allow", "deny"], single).not.toContain(does(single, place));
  }
  for (const other of ["Ctrl+Shift+Enter", "Ctrl+Alt+Enter", "Ctrl+Alt+Backspace"]) expect(["allow", "deny"], other).not.toContain(does(other));
});

test("Enter and Space press what has the focus, and nothing else", () => {
  expect(["Enter", "Space"].map((it) => does(it, "elsewhere"))).toEqual(["nothing", "nothing"]);
  expect(["Enter", "Space"].map((it) => does(it, "control"))).toEqual([undefined, undefined]);
});

test("in a text keys write, and only Escape is one of ours", () => {
  for (const it of ["1", "d", "c", "[", "Enter", "Ctrl+Enter", "Ctrl+Backspace"]) expect(does(it, "text"), it).toBeUndefined();
  expect(does("Escape", "text")).toBe("later");
});

test("numbers select and brackets look", () => {
  expect(meaning(key("3"), "elsewhere")).toEqual({ does: "scope", number: 3 });
  expect(meaning(key("]"), "elsewhere")).toEqual({ does: "look", delta: 1 });
  expect(meaning(key("["), "control")).toEqual({ does: "look", delta: -1 });
});

test("who has switched letters off has chords and no letters", () => {
  for (const it of ["1", "d", "c", "[", "]"]) expect(meaning(key(it), "elsewhere", false), it).toBeUndefined();
  expect(meaning(key("Ctrl+Enter"), "elsewhere", false)?.does).toBe("allow");
});

test("a modifier is told from what it modifies", () => {
  expect([isModifier(key("Control")), isModifier(key("Enter"))]).toEqual([true, false]);
});
