/** The pieces of a line with what a search found in them set apart. */

import { pieces, plain, type Piece } from "./ansi";
import type { Range } from "./filter";
import { GLIMPSE } from "./fold";

export interface Marked extends Piece {
  readonly mark: boolean;
}

/** Pieces of a text; the ranges are those of its plain text. */
export function marked(text: string, ranges: readonly Range[]): Marked[] {
  const found: Marked[] = [];
  let at = 0;
  let next = 0;
  for (const piece of pieces(text)) {
    const end = at + piece.length;
    let from = at;
    for (let range = ranges[next]; range !== undefined && range[0] < end; range = ranges[next]) {
      const [start, stop] = [Math.max(at, range[0]), Math.min(end, range[1])];
      // A token is marked as a whole.
      if (piece.token) {
        if (start < stop) from = -1;
      } else {
        cut(piece, at, from, start, false, found);
        cut(piece, at, start, stop, true, found);
        from = stop;
      }
      if (range[1] > end) break;
      next += 1;
    }
    if (piece.token) found.push({ ...piece, mark: from === -1 });
    else cut(piece, at, from, end, false, found);
    at = end;
  }
  return found;
}

function cut(piece: Piece, at: number, from: number, to: number, mark: boolean, found: Marked[]): void {
  if (from >= to) return;
  const text = piece.text.slice(from - at, to - at);
  found.push({ ...piece, text, length: text.length, mark });
}

/** The part of a long text that is shown while it is folded: its beginning, or what is around the first hit. */
export function glimpse(text: string, ranges: readonly Range[]): { text: string; ranges: Range[]; before: boolean; after: boolean } {
  // Colours are none of the positions; a text this long is shown without them.
  const whole = plain(text);
  const first = ranges[0]?.[0] ?? 0;
  const from = first < GLIMPSE - 40 ? 0 : first - 60;
  const to = from + GLIMPSE;
  const inside = ranges.filter(([start, end]) => from <= start && end <= to).map(([start, end]): Range => [start - from, end - from]);
  return { text: whole.slice(from, to), ranges: inside, before: from > 0, after: to < whole.length };
}
