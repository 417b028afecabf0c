/**
 * What of the rows is on the screen, and that it stays there.
 *
 * While it follows, the end of the list is on the screen, whatever was scrolled
 * before. Otherwise the first line that can be seen is remembered with its place
 * on the screen, and whatever comes before it, goes or changes its height, it is
 * put there again. Only a person scrolls: by hand, or by asking for a place.
 */

import { GLIMPSE, isLong } from "./fold";
import type { Line } from "./line";
import type { Tail } from "./tail.svelte";
import { SPARE, span, wrapped, type Span } from "./window";

export const ROW = 18;
const EVENT = 26;
/** What stands in a folded long line besides its text. */
const CHIP = 16;

export interface Slot {
  /** Whoever leaves the screen gives its place in the page to whoever comes. */
  key: number;
  line: Line;
  /** The lines of the trace that begins with it, and whether they are shown; 0 where none does. */
  size: number;
  open: boolean;
}

export class Viewport {
  wrap = $state(false);
  top = $state(0);
  height = $state(0);
  /** Characters that fit beside the pinned columns. */
  columns = $state(80);
  /** What stands above the first row. */
  lead = $state(0);
  /** Whether it is scrolled sideways. */
  aside = $state(false);
  /** The longest line that was drawn so far, in characters; the list never gets narrower. */
  longest = $state(0);

  readonly tail: Tail;
  element: HTMLElement | undefined = $state.raw();
  #measured = new WeakMap<Line, number>();
  #anchor: { line: Line; delta: number } | undefined;
  /** The end that is on the screen. */
  #end = -1;
  /** Where we have scrolled to ourselves, until the browser tells of it. */
  #own = -1;

  constructor(makes: (height: (line: Line) => number) => Tail) {
    this.tail = makes((line) => this.#height(line));
  }

  get span(): Span {
    void this.tail.version;
    const { heights, following } = this.tail;
    const top = following ? heights.total - this.height : this.top - this.lead;
    // What follows is not scrolled, and each row costs with every frame.
    return span(heights, top, top + this.height, following ? 1 : SPARE);
  }

  get slots(): Slot[] {
    const { from, to } = this.span;
    const { rows } = this.tail;
    const { lines, base } = rows;
    const places = Math.max(to - from, Math.ceil(this.height / ROW) + 2 * SPARE + 4);
    const slots: Slot[] = [];
    for (let row = from; row < to; row += 1) {
      const line = lines[row];
      // Numbers of rows may be negative.
      if (line === undefined) continue;
      const trace = rows.heads(line) ? line.trace : undefined;
      slots.push({ key: (((row + base) % places) + places) % places, line, size: trace?.size ?? 0, open: trace?.open ?? false });
    }
    return slots;
  }

  get total(): number {
    void this.tail.version;
    return this.tail.heights.total;
  }

  /** After the page has drawn: measures what may have another height than thought, and puts everything in its place. */
  settle(drawn: Iterable<{ line: Line; height: number }>): void {
    const { rows, heights } = this.tail;
    let differs = false;
    for (const { line, height } of drawn) {
      if (height === 0 || height === heights.get(rows.row(line) - rows.base) || !rows.shows(line)) continue;
      this.#measured.set(line, height);
      heights.set(rows.row(line) - rows.base, height);
      differs = true;
    }
    if (differs) this.tail.version += 1;
    this.#place();
  }

  /** Shows all of a row that is about to get higher. */
  reveal(line: Line): void {
    // In the frame after the next it has been drawn and measured.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const { rows, heights } = this.tail;
        const row = rows.row(line) - rows.base;
        const end = this.lead + heights.offset(row + 1);
        if (this.top + this.height >= end) return;
        this.#go(Math.min(end - this.height, end - heights.get(row)));
        this.#remember();
      }),
    );
  }

  /** A person has scrolled, or we have. */
  scrolled(): void {
    const { element, tail } = this;
    if (element === undefined) return;
    this.aside = element.scrollLeft > 0;
    const before = this.top;
    this.top = element.scrollTop;
    const isOwn = Math.abs(this.top - this.#own) < 1;
    this.#own = -1;
    if (isOwn) return;
    const isAtEnd = element.scrollHeight - element.clientHeight - this.top < 2;
    // What gets shorter is scrolled by the browser, and stays at its end.
    if (tail.following && this.top < before && !isAtEnd) tail.pause();
    else if (!tail.following && !tail.apart && isAtEnd && this.top > before) tail.follow();
    this.#remember();
  }

  /** Scrolls so that a line can be seen, in the middle of the screen unless it is on it already. */
  show(line: Line, always = false): void {
    const { rows, heights } = this.tail;
    this.tail.pause();
    const at = this.lead + heights.offset(rows.row(line) - rows.base);
    const isSeen = this.top + ROW <= at && at + 2 * ROW <= this.top + this.height;
    if (isSeen && !always) return this.#remember();
    this.#go(Math.max(0, at - Math.floor(this.height / 2)));
    this.#anchor = { line, delta: this.top - at };
  }

  /** Moves by so many pixels, as a person does who scrolls. */
  by(pixels: number): void {
    this.tail.pause();
    this.#go(Math.max(0, Math.min(this.top + pixels, this.total + this.lead - this.height)));
    this.#remember();
  }

  /** Whether a line has had another height than one would think. */
  isMeasured(line: Line): boolean {
    return this.#measured.has(line);
  }

  /** All heights are worth nothing any more. */
  rethink(): void {
    this.#measured = new WeakMap();
    this.tail.rows.remeasure();
    this.tail.version += 1;
  }

  /** The first line that can be seen. */
  get firstSeen(): Line | undefined {
    const { rows, heights } = this.tail;
    return rows.lines[heights.row(Math.max(0, this.top - this.lead))];
  }

  #place(): void {
    const { element, tail } = this;
    if (element === undefined) return;
    if (tail.following) {
      // To ask for a place makes the browser lay out the page at once; while the list is as high as before, it is there.
      const end = this.lead + tail.heights.total - this.height;
      if (end === this.#end) return;
      this.#end = end;
      return this.#go(element.scrollHeight - element.clientHeight);
    }
    this.#end = -1;
    const anchor = this.#anchor;
    if (anchor === undefined || !tail.rows.shows(anchor.line)) return this.#remember();
    const at = this.lead + tail.heights.offset(tail.rows.row(anchor.line) - tail.rows.base) + anchor.delta;
    if (1 <= Math.abs(at - this.top)) this.#go(at);
  }

  #go(top: number): void {
    if (this.element === undefined) return;
    const before = this.element.scrollTop;
    if (Math.abs(before - top) >= 1) this.element.scrollTop = top;
    this.top = this.element.scrollTop;
    // What does not move is not told of.
    if (this.top !== before) this.#own = this.top;
  }

  #remember(): void {
    const line = this.firstSeen;
    if (line === undefined) return void (this.#anchor = undefined);
    const { rows, heights } = this.tail;
    this.#anchor = { line, delta: this.top - this.lead - heights.offset(rows.row(line) - rows.base) };
  }

  #height(line: Line): number {
    const measured = this.#measured.get(line);
    if (measured !== undefined) return measured;
    if (line.stream === "event" || line.stream === "note") return EVENT;
    if (!this.wrap || (this.tail.rows.heads(line) && !line.trace?.open)) return ROW;
    return ROW * wrapped(isLong(line) ? GLIMPSE + CHIP : line.text.length, this.columns);
  }
}
