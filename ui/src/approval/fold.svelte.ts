/**
 * Long values, folded: nothing is left out, but a person should get to the end.
 *
 * What is folded has to be opened and read to its end before anything can be
 * allowed, and what is remarked on has to be seen, so this also keeps count of
 * what has not been.
 */

import type { HintLevel, ShownText } from "../lib/api/types.gen";

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

/** What stands for a secret says how long that is. */
const COVER = /^\[(\d+) characters covered\]$/;

/** How many characters that is: an escape stands for one and a cover for what is under it, however they are spelled. */
export function letters(text: ShownText): number {
  return text.pieces.reduce((sum, piece) => sum + count(piece), 0);
}

function count({ kind, text }: Piece): number {
  if (kind === "escape") return text.split("\\").length - 1;
  return Number((kind === "cover" && COVER.exec(text)?.[1]) || [...text].length);
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

/** What has to be seen: the end of what is folded, and whatever is remarked on. */
type Kind = "fold" | "mark";

/** Which parts of what is shown were seen, of those that have to be before anything is allowed. */
export class Reading {
  #parts = $state<Record<string, Kind | "read">>({});

  /** `whole` is told when the last part of it was seen. */
  constructor(private readonly whole: () => void = () => {}) {}

  /** There is such a part. */
  add(name: string, kind: Kind = "fold"): void {
    if (!(name in this.#parts)) this.#parts[name] = kind;
  }

  /** Its end was seen. */
  read(name: string): void {
    const before = this.left();
    this.#parts[name] = "read";
    if (before > 0 && this.left() === 0) this.whole();
  }

  isRead(name: string): boolean {
    return this.#parts[name] === "read";
  }

  /** How many were not, of one kind or of all. */
  left(kind?: Kind): number {
    return Object.values(this.#parts).filter((it) => (kind === undefined ? it !== "read" : it === kind)).length;
  }
}

/** Rows and remarks that say more than a note does have to be seen. */
export function isMarked(levels: { level: HintLevel }[] | undefined): boolean {
  return levels?.some(({ level }) => level !== "note") ?? false;
}
