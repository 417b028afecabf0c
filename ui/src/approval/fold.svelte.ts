/**
 * Long values, folded: nothing is left out, but a person should get to the end.
 *
 * What is folded has to be opened and read to its end before anything can be
 * allowed, so this also keeps count of what has not been.
 */

import type { ShownText } from "../lib/api/types.gen";

type Piece = ShownText["pieces"][number];

/** Longer values are folded. */
export const LONG = 600;
/** And longer lists. */
export const MANY = 24;
/** So much of a folded value is seen at first. */
const HEAD = 320;
const ROWS = 12;

export function length(text: ShownText): number {
  return text.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
}

/** How many characters that is: an escape stands for one, however it is spelled. */
export function letters(text: ShownText): number {
  return text.pieces.reduce((sum, piece) => sum + (piece.kind === "escape" ? piece.text.split("\\").length - 1 : [...piece.text].length), 0);
}

/** The begin of a value; an escape is not cut in two. */
export function head(text: ShownText): Piece[] {
  const kept: Piece[] = [];
  let left = HEAD;
  for (const piece of text.pieces) {
    if (piece.text.length <= left) kept.push(piece);
    else {
      if (piece.kind === "plain") kept.push({ ...piece, text: piece.text.slice(0, end(piece.text, left)) });
      break;
    }
    left -= piece.text.length;
  }
  return kept;
}

/** The first of many rows; not one less than there are. */
export function first<Row>(rows: Row[]): Row[] {
  return rows.length <= MANY ? rows : rows.slice(0, ROWS);
}

/** Half of a pair is no character. */
function end(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return 0xd800 <= code && code < 0xdc00 ? at - 1 : at;
}

/** Which of the folds of what is shown were read to their end. */
export class Reading {
  #folds = $state<Record<string, boolean>>({});

  /** There is a fold of this name. */
  add(name: string): void {
    if (!(name in this.#folds)) this.#folds[name] = false;
  }

  /** Its end was seen. */
  read(name: string): void {
    this.#folds[name] = true;
  }

  /** How many are unread. */
  get left(): number {
    return Object.values(this.#folds).filter((read) => !read).length;
  }
}
