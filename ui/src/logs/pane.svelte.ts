/**
 * What a person does in a pane: where the cursor is, what is open, what is asked.
 *
 * The keys and the buttons call the same functions here. Nothing scrolls but by
 * one of them or by hand.
 */

import type { App } from "../lib/app";
import { parameters, place, question } from "./address";
import { textOf } from "./copy";
import { EVERYTHING, type Question } from "./filter";
import { count } from "./fold";
import { ERROR } from "./level";
import { compare, type Line, type Moment } from "./line";
import * as remembered from "./remembered";
import { begin, type Since } from "./since";
import { ordinal, place as placeOf, step } from "./search";
import { Tail } from "./tail.svelte";
import { Viewport } from "./viewport.svelte";

/** An address is written so long after the last change: browsers forbid to write it at every key. */
const SETTLED = 400;

export class Pane {
  readonly view = new Viewport((height) => new Tail(height));
  /** Where the keyboard is. */
  cursor: Line | undefined = $state.raw();
  /** What was asked for: by a link, a hit, "Show in context". */
  target: Line | undefined = $state.raw();
  /** Lines whose details are shown, and how much of their text. */
  opened: ReadonlyMap<Line, number> = $state.raw(new Map());
  showTime = $state(true);
  /** New errors are read out. */
  aloud = $state(false);

  readonly #app: App;
  readonly #key: string;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #resume = false;

  constructor(app: App, key: string) {
    this.#app = app;
    this.#key = key;
    const { wrap, time } = remembered.looks(key);
    this.view.wrap = wrap;
    this.showTime = time;
    this.tail.cleared = remembered.cleared(key);
  }

  get tail(): Tail {
    return this.view.tail;
  }

  get asked(): Question {
    return this.tail.question;
  }

  /** Takes over what the address says. */
  read(query: URLSearchParams): void {
    if (this.#settling !== undefined) return;
    const asked = question(query);
    if (JSON.stringify(asked) !== JSON.stringify(this.asked)) this.tail.ask(asked);
  }

  ask(change: Partial<Question>): void {
    this.tail.ask({ ...this.asked, ...change });
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#write(), SETTLED);
  }

  askNothing(): void {
    const { regex, matchCase, mode } = this.asked;
    this.ask({ ...EVERYTHING, regex, matchCase, mode });
  }

  /** Which of the hits the cursor is on, counted from 1. */
  get hit(): number {
    void this.tail.version;
    return ordinal(this.tail.rows.hits, this.target);
  }

  /** To the next hit or the one before. */
  async step(direction: 1 | -1): Promise<void> {
    const { rows, store } = this.tail;
    const from = this.target ?? this.cursor ?? (this.tail.following ? undefined : this.view.firstSeen);
    const hit = step(rows.hits, from, this.target || !this.tail.following ? direction : -1);
    const goesRound = hit !== undefined && from !== undefined && direction === -1 && compare(from, hit) < 0;
    if (hit !== undefined && !(goesRound && this.tail.more && store.size > 0)) return this.go(hit);
    // What is in memory has no more; the daemon may know of older ones.
    if (this.tail.matcher === undefined || !this.tail.more) return hit && this.go(hit);
    const older = await this.tail.further();
    if (older !== undefined) await this.jump(older);
    else if (hit !== undefined) this.go(hit);
  }

  /** To the next line that is an error, or worse. */
  nextError(): void {
    const { lines } = this.tail.rows;
    const from = this.target ?? this.cursor ?? this.view.firstSeen;
    const at = from === undefined ? 0 : placeOf(lines, from.seq) + (from === this.target ? 1 : 0);
    const isError = (line: Line) => line.level >= ERROR && !line.continues && line.stream !== "event";
    const next = lines.slice(at).find(isError) ?? lines.slice(0, at).find(isError);
    if (next !== undefined) this.go(next);
    else this.#app.toasts.say("No line here is an error.");
  }

  /** Shows a line and marks it, unfolding what hides it. */
  go(line: Line): void {
    if (line.trace !== undefined && this.tail.rows.heads(line.trace.first) && line.trace.first !== line) this.tail.fold(line.trace, true);
    this.target = line;
    this.cursor = line;
    this.view.show(line);
  }

  /** Shows a line among those that the filter hides. */
  async context(line: Line): Promise<void> {
    const moment = { at: line.at, nanos: line.nanos };
    this.ask({ ...EVERYTHING, text: this.asked.exclude ? "" : this.asked.text, regex: this.asked.regex, matchCase: this.asked.matchCase });
    const { tail } = this;
    if (tail.store.lines[tail.store.index(line.seq)] !== line) return this.jump(moment);
    tail.rows.look(Infinity);
    this.go(line);
  }

  /** Shows what was written at a moment, in memory or not. */
  async jump(to: Moment): Promise<void> {
    const { store, rows } = this.tail;
    const [first, last] = [store.first, store.last];
    const isHere = first !== undefined && last !== undefined && compare(first, to) < 0 && compare(to, last) <= 0;
    const line = isHere ? rows.lines.find((line) => compare(line, to) >= 0) : await this.tail.jump(to);
    if (line === undefined) return this.tail.trouble && this.#app.toasts.fail(this.tail.trouble.message);
    rows.look(Infinity);
    this.go(line);
  }

  /** Hides what was written before, and goes to where the rest begins, in memory or not; with nothing hidden it follows. */
  async since(since: Since): Promise<void> {
    this.ask({ since });
    const from = begin(since, Date.now());
    const { first, last } = this.tail.store;
    if (from === undefined) return this.follow();
    // Nothing has been written since; what comes is shown.
    if (last === undefined || last.at < from) return;
    const to = { at: from, nanos: 0 };
    const isHere = !this.tail.more || (first !== undefined && compare(first, to) < 0);
    const found = isHere ? undefined : await this.tail.jump(to);
    if (this.tail.trouble !== undefined) this.#app.toasts.fail(this.tail.trouble.message);
    if (this.asked.since !== since) return;
    this.tail.rows.look(Infinity);
    const line = found !== undefined && found.at >= from ? found : this.tail.rows.lines[0];
    if (line !== undefined) this.view.show(line);
  }

  /** Goes where a link leads. */
  async arrive(query: URLSearchParams): Promise<void> {
    const to = place(query);
    if (to !== undefined) await this.jump(to);
  }

  toggleWrap(): void {
    this.view.wrap = !this.view.wrap;
    this.view.rethink();
    this.#keepLooks();
  }

  toggleTime(): void {
    this.showTime = !this.showTime;
    this.#keepLooks();
  }

  toggleFollow(): void {
    if (this.tail.following) this.tail.pause();
    else this.follow();
  }

  follow(): void {
    this.target = undefined;
    this.cursor = undefined;
    this.tail.follow();
  }

  clear(): void {
    this.tail.clear();
    remembered.keepCleared(this.#key, this.tail.cleared);
  }

  unclear(): void {
    this.tail.hide(undefined);
    remembered.keepCleared(this.#key, undefined);
  }

  /** Opens or closes what a line has to show. */
  toggle(line: Line): void {
    this.tail.pause();
    if (line.trace !== undefined && this.tail.rows.heads(line)) {
      return this.tail.fold(line.trace, !line.trace.open);
    }
    const opened = new Map(this.opened);
    if (!opened.delete(line)) {
      opened.set(line, 4096);
      this.view.reveal(line);
    }
    this.opened = opened;
  }

  /** Four times as much of a long line. */
  showMore(line: Line): void {
    this.opened = new Map(this.opened).set(line, 4 * (this.opened.get(line) ?? 1024));
  }

  /** Moves the cursor by rows. */
  move(rows: number): void {
    const { lines } = this.tail.rows;
    if (lines.length === 0) return;
    const from = this.cursor ?? (this.tail.following ? lines[lines.length - 1] : this.view.firstSeen);
    const at = from === undefined ? 0 : placeOf(lines, from.seq) + (this.cursor === undefined ? 0 : rows);
    const line = lines[Math.max(0, Math.min(lines.length - 1, at))];
    if (line === undefined) return;
    this.cursor = line;
    this.view.show(line);
  }

  async copy(lines: readonly Line[], what = lines.length === 1 ? "1 line" : `${count(lines.length)} lines`): Promise<void> {
    if (lines.length > 0) await this.copyText(textOf(lines), what);
  }

  async copyText(text: string, what: string): Promise<void> {
    await this.#app.toasts.copy(text, what);
  }

  /** All lines from the cursor to this one. */
  range(to: Line): Line[] {
    const { lines } = this.tail.rows;
    const ends = [this.cursor ?? to, to].map((line) => placeOf(lines, line.seq)).sort((left, right) => left - right);
    return lines.slice(ends[0], (ends[1] ?? 0) + 1);
  }

  /** The address of this line in this view. */
  async link(line: Line): Promise<void> {
    this.#write(line);
    await this.copyText(location.href, "the address of the line");
  }

  /** While something is being selected nothing moves. */
  hold(): void {
    if (!this.tail.following) return;
    this.#resume = true;
    this.tail.pause();
  }

  release(): void {
    if (this.#resume) this.tail.follow();
    this.#resume = false;
  }

  #write(at?: Moment): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const { router } = this.#app;
    router.replace(router.route.path, parameters(router.route.query, this.asked, at));
  }

  #keepLooks(): void {
    remembered.keepLooks(this.#key, { wrap: this.view.wrap, time: this.showTime });
  }

  /** Ends what would happen later. */
  end(): void {
    clearTimeout(this.#settling);
    this.tail.close();
  }
}
