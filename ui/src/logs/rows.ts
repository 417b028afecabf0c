/**
 * What of the store is shown: its lines through the filter, traces folded, hits
 * found.
 *
 * Arriving lines are looked at once, so the work is proportional to them and
 * not to what is there already. A new question has to look at everything; it
 * begins with the newest, which are what is on the screen, and goes back in
 * steps that leave the page responsive.
 */

import { Matcher, type Frame, type Question } from "./filter";
import type { Trace } from "./fold";
import type { Line } from "./line";
import { place } from "./search";
import type { Changed, Store } from "./store";
import type { Heights } from "./window";

/** Lines that are looked at before the clock is. */
const CHUNK = 250;

export interface Wanted {
  question: Question;
  matcher: Matcher | undefined;
  frame: Frame;
  /** Only lines after this one; what is before was cleared away. */
  hidden: (line: Line) => boolean;
}

export class Rows {
  /** The lines that have a row. */
  lines: Line[] = [];
  /** Rows that went at the beginning, less those that came there: a row keeps its number while its neighbours change. */
  base = 0;
  /** The lines that match, with a row or inside a folded trace. */
  hits: Line[] = [];
  /** Lines of the chosen sources, level, stream and run, whatever they say. */
  admitted = 0;
  /** Lines that are above the mark that Clear left. */
  cleared = 0;

  readonly #store: Store;
  readonly #heights: Heights;
  readonly #height: (line: Line) => number;
  #wanted: Wanted;
  /** Lines before this number have not been looked at; nothing if all have. */
  #unseen: number | undefined;

  constructor(store: Store, heights: Heights, height: (line: Line) => number, wanted: Wanted) {
    this.#store = store;
    this.#heights = heights;
    this.#height = height;
    this.#wanted = wanted;
  }

  /** Whether there are lines that have not been looked at. */
  get isLooking(): boolean {
    return this.#unseen !== undefined;
  }

  /** Begins anew; {@link look} does the work. */
  ask(wanted: Wanted): void {
    this.#wanted = wanted;
    this.lines = [];
    this.hits = [];
    this.admitted = 0;
    this.cleared = 0;
    this.#heights.reset([]);
    this.#unseen = this.#store.next;
  }

  /** Looks further back until it is that late; whether everything has been looked at. */
  look(until: number, now: () => number = () => performance.now()): boolean {
    while (this.#unseen !== undefined) {
      const end = this.#store.index(this.#unseen);
      const start = Math.max(0, end - CHUNK);
      if (end <= 0) {
        this.#unseen = undefined;
        break;
      }
      this.#before(this.#store.lines.slice(start, end));
      this.#unseen = start === 0 ? undefined : this.#store.lines[start]?.seq;
      if (until <= now()) break;
    }
    return this.#unseen === undefined;
  }

  /** After the store has taken up new lines. */
  appended({ from, moved, gone }: Changed): void {
    this.#forget(gone);
    if (moved.length > 0) this.#truncate(from, moved);
    if (this.#unseen !== undefined && this.#unseen > from) this.#unseen = from;
    const { lines } = this.#store;
    for (let at = Math.max(0, this.#store.index(from)); at < lines.length; at += 1) this.#take(lines[at]!);
  }

  /** After the store has taken up older lines. */
  prepended({ gone }: Changed, added: number): void {
    if (this.#unseen === undefined) this.#before(this.#store.lines.slice(0, Math.min(added, this.#store.size)));
    if (gone.length === 0) return;
    const end = this.#store.next;
    this.#uncount(gone);
    this.#pop(place(this.lines, end));
    this.hits.length = place(this.hits, end);
  }

  /** The number of the row that shows a line; of the one before it, if it has none of its own. */
  row(line: Line): number {
    const shown = line.trace !== undefined && this.heads(line.trace.first) && !line.trace.open ? line.trace.first : line;
    const at = place(this.lines, shown.seq);
    return this.base + (this.lines[at] === shown ? at : Math.max(0, at - 1));
  }

  /** Whether a line has a row. */
  shows(line: Line): boolean {
    return this.lines[place(this.lines, line.seq)] === line;
  }

  at(row: number): Line | undefined {
    return this.lines[row - this.base];
  }

  /** Whether a line stands for the trace that begins with it. */
  heads(line: Line): boolean {
    return line.trace !== undefined && line.trace.first === line && line.trace.size > 1 && !this.#isFiltered;
  }

  /** Shows the lines of a trace, or only that they are there. */
  fold(trace: Trace, open: boolean): void {
    if (trace.open === open) return;
    trace.open = open;
    const before = place(this.lines, trace.first.seq);
    const kept = this.lines.filter((line) => line.trace !== trace || line === trace.first);
    const inside = open ? this.inside(trace) : [];
    this.lines = kept.concat(inside).sort((left, right) => left.seq - right.seq);
    this.remeasure();
    // The first row stays where it is; those after it move.
    this.base += before - place(this.lines, trace.first.seq);
  }

  /** Works out all heights anew. */
  remeasure(): void {
    this.#heights.reset(this.lines.map(this.#height));
  }

  /** The lines of a trace behind its first. */
  inside(trace: Trace): Line[] {
    const { lines } = this.#store;
    const found: Line[] = [];
    for (let at = Math.max(0, this.#store.index(trace.first.seq) + 1); at < lines.length && found.length < trace.size - 1; at += 1) {
      if (lines[at]!.trace === trace) found.push(lines[at]!);
    }
    return found;
  }

  #take(line: Line): void {
    const found = this.#judge(line);
    if (found.hit) this.hits.push(line);
    if (!found.row) return;
    this.lines.push(line);
    this.#heights.push(this.#height(line));
  }

  /** Lines that are older than all that have been looked at. */
  #before(older: readonly Line[]): void {
    const lines: Line[] = [];
    const hits: Line[] = [];
    for (const line of older) {
      const found = this.#judge(line);
      if (found.hit) hits.push(line);
      if (found.row) lines.push(line);
    }
    this.base -= lines.length;
    this.lines = lines.concat(this.lines);
    this.hits = hits.concat(this.hits);
    this.#heights.unshift(lines.map(this.#height));
  }

  /** Whether lines are chosen by their text; then each stands for itself. */
  get #isFiltered(): boolean {
    const { question, matcher } = this.#wanted;
    return matcher !== undefined && (question.exclude || question.mode === "filter");
  }

  #judge(line: Line): { row: boolean; hit: boolean } {
    const { question, matcher, frame, hidden } = this.#wanted;
    if (!frame.admits(line)) return NOTHING;
    if (hidden(line)) {
      this.cleared += 1;
      return NOTHING;
    }
    this.admitted += 1;
    if (line.stream === "note") return ROW;
    const matches = matcher !== undefined && matcher.matches(line.text);
    const isFiltered = this.#isFiltered;
    if (isFiltered && matches === question.exclude) return NOTHING;
    const hit = matches && !question.exclude;
    const isFolded = !isFiltered && line.trace !== undefined && !line.trace.open && line.trace.first !== line;
    return isFolded ? { row: false, hit } : hit ? BOTH : ROW;
  }

  /** Lines that were there before others were put among them. */
  #truncate(from: number, moved: readonly Line[]): void {
    this.#uncount(moved);
    this.#pop(place(this.lines, from));
    this.hits.length = place(this.hits, from);
  }

  #pop(length: number): void {
    this.#heights.pop(this.lines.length - length);
    this.lines.length = length;
  }

  #forget(gone: readonly Line[]): void {
    if (gone.length === 0) return;
    this.#uncount(gone);
    const first = this.#store.first?.seq ?? 0;
    if (this.#unseen !== undefined && this.#unseen <= first) this.#unseen = undefined;
    const rows = place(this.lines, first);
    this.lines.splice(0, rows);
    this.hits.splice(0, place(this.hits, first));
    this.#heights.shift(rows);
    this.base += rows;
  }

  #uncount(gone: readonly Line[]): void {
    const { frame, hidden } = this.#wanted;
    for (const line of gone) {
      if ((this.#unseen !== undefined && line.seq < this.#unseen) || !frame.admits(line)) continue;
      if (hidden(line)) this.cleared -= 1;
      else this.admitted -= 1;
    }
  }
}

const NOTHING = { row: false, hit: false };
const ROW = { row: true, hit: false };
const BOTH = { row: true, hit: true };
