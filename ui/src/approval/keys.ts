/**
 * What a key means in the dialog. No single key decides.
 *
 * What is not said here keeps its own meaning, but for Enter and Space outside
 * of what they would press: they do nothing.
 */

export type Meaning =
  | { does: "allow" | "deny" | "later" | "details" | "copy" | "nothing" }
  | { does: "scope"; number: 1 | 2 | 3 | 4 }
  | { does: "look"; delta: 1 | -1 };

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** What somebody is in who presses it: a text that he writes, something that a key presses, or neither. */
export type Place = "text" | "control" | "elsewhere";

const MODIFIERS = new Set(["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock", "Fn", "NumLock", "Super", "Hyper"]);

export function isModifier(key: Key): boolean {
  return MODIFIERS.has(key.key);
}

/** What a key means; without `letters`, those that are one character mean nothing, for whom they come by accident. */
export function meaning(key: Key, place: Place, letters = true): Meaning | undefined {
  const chord = key.ctrlKey || key.metaKey;
  if (key.key === "Escape") return { does: "later" };
  if (place === "text") return undefined;
  if (chord && !key.altKey && !key.shiftKey) {
    if (key.key === "Enter") return { does: "allow" };
    if (key.key === "Backspace") return { does: "deny" };
    return undefined;
  }
  if (key.key === "Enter" || key.key === " ") return place === "control" ? undefined : { does: "nothing" };
  if (chord || key.altKey || !letters) return undefined;
  switch (key.key) {
    case "1":
    case "2":
    case "3":
    case "4":
      return { does: "scope", number: Number(key.key) as 1 | 2 | 3 | 4 };
    case "[":
      return { does: "look", delta: -1 };
    case "]":
      return { does: "look", delta: 1 };
    case "d":
    case "D":
      return { does: "details" };
    case "c":
    case "C":
      return { does: "copy" };
    default:
      return undefined;
  }
}
