/**
 * The lines in memory: one stretch of the merged log, without holes.
 *
 * It is bounded by a number of lines and by the length of their text together,
 * so that neither a fast service nor one that writes megabytes into a line can
 * fill the window's memory. New lines push out the oldest, older ones that were
 * asked for push out the newest; both are counted, because what is not shown is
 * said. Lines come nearly in order; one that is late takes its place by time,
 * and everything behind it gets a new number.
 */

import { compare, type Line } from "./line";

export const MOST_LINES = 50_000;
/** Characters; a character takes one or two bytes. */
export const MOST_TEXT = 32 << 20;

/** What an append or a prepend did. */
export interface Changed {
  /** Lines with this number and later ones are new, or have another number than before. */
  from: number;
  /** Those that have another number. */
  moved: readonly Line[];
  /** What went at the other end. */
  gone: readonly Line[];
}

export class Store {
  /** The oldest first; their numbers have no gaps. */
  lines: Line[] = [];
  /** So many were pushed out by newer ones. */
  dropped = 0;

  readonly #most: number;
  readonly #mostText: number;
  #text = 0;

  constructor(most = MOST_LINES, mostText = MOST_TEXT) {
    this.#most = most;
    this.#mostText = mostText;
  }

  get size(): number {
    return this.lines.length;
  }

  get first(): Line | undefined {
    return this.lines[0];
  }

  get last(): Line | undefined {
    return this.lines[this.lines.length - 1];
  }

  /** Whether so many more lines would push out others. */
  isFull(more: number): boolean {
    return this.lines.length + more > this.#most || this.#text >= this.#mostText;
  }

  /** The number that a next line gets. */
  get next(): number {
    return (this.last?.seq ?? -1) + 1;
  }

  /** Where in `lines` the line of a number is; the numbers are dense. */
  index(seq: number): number {
    return seq - (this.first?.seq ?? 0);
  }

  /** Takes up new lines, before so many later ones at most, and lets go of the oldest where there are too many. */
  append(batch: Line[], reach = Infinity): Changed {
    batch.sort(compare);
    const late = Math.max(this.#after(batch[0]), this.lines.length - reach);
    const tail = late < this.lines.length ? this.lines.splice(late) : [];
    let seq = (this.last?.seq ?? (tail[0] === undefined ? -1 : tail[0].seq - 1)) + 1;
    const from = seq;
    for (const line of merged(tail, batch)) {
      line.seq = seq++;
      this.lines.push(line);
    }
    for (const line of batch) this.#text += line.text.length;

    const gone = this.#forget(this.lines.splice(0, this.#surplus(0, 1)));
    this.dropped += gone.length;
    return { from: Math.max(from, this.first?.seq ?? from), moved: tail, gone };
  }

  /** Puts older lines in front, and lets go of the newest where there are too many. */
  prepend(batch: readonly Line[]): Changed {
    let seq = (this.first?.seq ?? 0) - batch.length;
    const from = seq;
    for (const line of batch) {
      line.seq = seq++;
      this.#text += line.text.length;
    }
    this.lines = batch.concat(this.lines);
    this.dropped = Math.max(0, this.dropped - batch.length);
    const gone = this.#surplus(this.lines.length - 1, -1);
    return { from, moved: [], gone: this.#forget(this.lines.splice(this.lines.length - gone)) };
  }

  /** Keeps only these; the numbers begin anew behind all that were given before. */
  retain(keep: (line: Line) => boolean): void {
    let seq = this.next;
    const kept = this.lines.filter(keep);
    this.lines = kept;
    this.#text = 0;
    for (const line of kept) {
      line.seq = seq++;
      this.#text += line.text.length;
    }
  }

  clear(): void {
    this.retain(() => false);
    this.dropped = 0;
  }

  /** Behind all lines that are not later than this one. */
  #after(line: Line | undefined): number {
    let end = this.lines.length;
    if (line === undefined) return end;
    for (let before = this.lines[end - 1]; before !== undefined && compare(before, line) > 0; before = this.lines[end - 1]) end -= 1;
    return end;
  }

  /** How many are too many, counted from one end. */
  #surplus(at: number, step: 1 | -1): number {
    let lines = this.lines.length;
    let text = this.#text;
    let gone = 0;
    // The newest line stays, however long it is.
    while (lines > 1 && (lines > this.#most || text > this.#mostText)) {
      text -= this.lines[at]?.text.length ?? 0;
      at += step;
      lines -= 1;
      gone += 1;
    }
    return gone;
  }

  #forget(lines: readonly Line[]): readonly Line[] {
    for (const line of lines) this.#text -= line.text.length;
    return lines;
  }
}

/** Two lists in order as one; of lines of the same time those of the first come first. */
function merged(left: readonly Line[], right: readonly Line[]): readonly Line[] {
  if (left.length === 0) return right;
  const both: Line[] = [];
  let at = 0;
  for (const line of left) {
    for (let other = right[at]; other !== undefined && compare(other, line) < 0; other = right[at]) {
      both.push(other);
      at += 1;
    }
    both.push(line);
  }
  for (; at < right.length; at += 1) both.push(right[at]!);
  return both;
}
