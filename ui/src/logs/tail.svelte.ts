/**
 * The life of a pane's lines: followed, batched, kept, asked about.
 *
 * What arrives waits for the next frame, and a frame works on it for a few
 * milliseconds and no longer, so that the page stays responsive however fast a
 * service writes. Everything else here is about one rule: the stretch of the log
 * in memory has no holes. Who reads older lines while the memory is full is
 * therefore no longer shown what comes (`apart`); it is counted, and going back
 * to it begins anew with the newest lines.
 */

import { Fault, type Following } from "../lib/api/transport";
import type { RunRecord } from "../lib/api/types.gen";
import { compile, EVERYTHING, Frame, hides, Matcher, type Question } from "./filter";
import { count, Traces, type Trace } from "./fold";
import { Frames } from "./frames";
import { compare, note, Reader, type Line, type Moment, type Raw } from "./line";
import { Known, PAGE, type Arrival, type Origin } from "./origin";
import { now, whole } from "./whole";
import { Rows } from "./rows";
import { MOST_LINES, Store } from "./store";
import { Heights } from "./window";

/** Work in one frame, in milliseconds; where so many lines wait it falls behind, and may take longer. */
const BUDGET = 6;
const [BEHIND, LONG_BUDGET] = [4000, 16];
/** What comes late is put before so many lines at most: a clock that was set back must not hide what is new. */
const LATE = 2000;
/** So many lines are a new screen, and stay there for at least so many milliseconds. */
const SCREEN = 50;
const REST = 45;
/** Lines between two looks at the clock. */
const CHUNK = 100;

export type Link = { state: "opening" | "live" | "over" } | { state: "broken"; fault: Fault };

export class Tail {
  /** Grows with everything that changes what is shown. */
  version = $state(0);
  link: Link = $state.raw({ state: "opening" });
  /** The newest line is on the screen, and stays there. */
  following = $state(true);
  /** The newest lines are not in memory. */
  apart = $state(false);
  /** Lines that came since it was last followed. */
  fresh = $state(0);
  question: Question = $state.raw(EVERYTHING);
  /** What finds the text of the question, if it has one. */
  matcher: Matcher | undefined = $state.raw();
  /** Why nothing is looked for. */
  problem: string | undefined = $state();
  /** Lines until this moment are cleared away. */
  cleared: Moment | undefined = $state.raw();
  /** What is being read on demand. */
  reading: "older" | "newer" | undefined = $state();
  /** Whether there may be older lines than those in memory. */
  more = $state(false);
  /** Why the last reading on demand failed. */
  trouble: Fault | undefined = $state.raw();
  /** The job's run, if it is one. */
  run: RunRecord | undefined = $state.raw();

  readonly heights = new Heights();
  readonly store = new Store();
  readonly rows: Rows;

  readonly #frames = new Frames(() => this.#tick());
  #origin: Origin | undefined;
  #feed: Following | undefined;
  #reader = new Reader();
  #traces = new Traces();
  #hears: ((line: Line) => void) | undefined;
  #pending: Raw[] = [];
  #at = 0;
  /** The lines in memory are of an earlier feed, and go when the first of this one come. */
  #stale = false;
  /** What comes may be the past of a source, and belong far before what is there. */
  #isPast = true;
  #sources: ReadonlySet<string> | undefined;
  #latest: ReadonlyMap<string, number> = new Map();
  /** Lines before this number were chosen by the daemon, with gaps between them. */
  #sparse: number | undefined;

  constructor(height: (line: Line) => number) {
    this.rows = new Rows(this.store, this.heights, height, this.#wanted());
  }

  /** Follows from here on. With `keep` the lines in memory stay until there are others, or for good if it can go on behind them. */
  open(origin: Origin, keep = false): void {
    this.close();
    this.#origin = origin;
    if (!keep) this.#forget();
    this.#follow(keep && !this.apart);
  }

  close(): void {
    this.#feed?.cancel();
    this.#feed = undefined;
    this.#frames.clear();
  }

  /** After the daemon was lost. */
  again(): void {
    if (this.link.state === "broken" && this.#origin !== undefined) this.open(this.#origin, true);
  }

  /** Asks another question of what is there and of what comes. */
  ask(question: Question): void {
    this.question = question;
    const found = compile(question);
    this.problem = typeof found === "string" ? found : undefined;
    this.matcher = found instanceof Matcher ? found : undefined;
    this.#again();
  }

  /** Shows only these sources; lines of others leave at once. */
  choose(sources: ReadonlySet<string> | undefined, latest: ReadonlyMap<string, number>): void {
    const was = this.#sources;
    this.#sources = sources;
    this.#latest = latest;
    if (was !== undefined && sources !== undefined && [...was].some((name) => !sources.has(name))) {
      this.store.retain((line) => line.source === "" || sources.has(line.source));
      this.#sparse = undefined;
    }
    this.#again();
  }

  /** From now on the newest line is shown. */
  follow(): void {
    this.following = true;
    this.fresh = 0;
    if (this.apart && this.#origin !== undefined) {
      this.close();
      this.#follow(false);
    }
    this.version += 1;
  }

  pause(): void {
    this.following = false;
  }

  /** Hides all that is there; nothing is deleted. */
  clear(): void {
    const last = this.store.last;
    if (last !== undefined) this.hide({ at: last.at, nanos: last.nanos });
  }

  /** Hides all until a moment; without one nothing. */
  hide(until: Moment | undefined): void {
    this.cleared = until;
    this.#again();
  }

  fold(trace: Trace, open: boolean): void {
    this.rows.fold(trace, open);
    this.version += 1;
  }

  /** Calls for each line that comes from now on; what it returns ends that. */
  listen(hear: (line: Line) => void): () => void {
    this.#hears = hear;
    return () => (this.#hears = undefined);
  }

  /** The lines of a trace that are in memory. */
  linesOf(trace: Trace): Line[] {
    return [trace.first, ...this.rows.inside(trace)];
  }

  /** Reads older lines; while a filter hides any, only those that it does not hide. */
  async older(): Promise<void> {
    const before = this.store.first ?? now();
    const question = hides(this.question) ? this.question : undefined;
    const known = new Known(this.store.lines, before);
    await this.#read("older", async (origin) => {
      const page = await origin.until(before, PAGE + known.total, question);
      return () => {
        if (question !== undefined && this.#sparse === undefined) this.#sparse = this.store.first?.seq ?? 0;
        const lines = whole(known.offEnd(page.raws));
        const changed = this.store.prepend(lines);
        this.rows.prepended(changed, lines.length);
        this.more = page.more && lines.length > 0;
        if (changed.gone.length > 0) this.#part();
      };
    });
  }

  /** Reads the lines behind those in memory, while it is apart. */
  async newer(): Promise<void> {
    const from = this.store.last;
    if (from === undefined || !this.apart) return;
    const known = new Known(this.store.lines, from);
    await this.#read("newer", async (origin) => {
      const page = await origin.since(from, PAGE + known.total);
      return () => {
        const lines = whole(known.offBegin(page.raws));
        this.rows.appended(this.store.append(lines));
        this.more ||= this.store.dropped > 0;
      };
    });
  }

  /** Shows the lines around a moment, wherever the log is now; the line there, if there is one. */
  async jump(to: Moment): Promise<Line | undefined> {
    let found: Line | undefined;
    await this.#read("older", async (origin) => {
      const [before, after] = await Promise.all([origin.until(to, PAGE), origin.since(to, PAGE)]);
      return () => {
        const lines = whole(before.raws);
        this.#forget();
        this.rows.appended(this.store.append(lines));
        const known = new Known(this.store.lines, to);
        this.rows.appended(this.store.append(whole(known.offBegin(after.raws))));
        this.more = before.more;
        this.#part();
        found = this.store.lines.find((line) => compare(line, to) >= 0) ?? this.store.last;
        this.#again();
      };
    });
    return found;
  }

  /** Looks for an older hit than those in memory; when it was. */
  async further(): Promise<Moment | undefined> {
    const before = this.store.first ?? now();
    const known = new Known(this.store.lines, before);
    let found: Moment | undefined;
    await this.#read("older", async (origin) => {
      const page = await origin.until(before, 1 + known.total, this.question);
      const last = whole(known.offEnd(page.raws)).pop();
      return () => {
        found = last;
        if (last === undefined) this.more = false;
      };
    });
    return found;
  }

  async #read(what: "older" | "newer", ask: (origin: Origin) => Promise<() => void>): Promise<void> {
    const origin = this.#origin;
    if (origin === undefined || this.reading !== undefined) return;
    this.reading = what;
    this.trouble = undefined;
    try {
      const take = await ask(origin);
      if (this.#origin === origin) take();
    } catch (thrown) {
      this.trouble = Fault.from(thrown);
    } finally {
      this.reading = undefined;
      this.version += 1;
    }
  }

  #follow(goOn: boolean): void {
    const origin = this.#origin;
    if (origin === undefined) return;
    const place = goOn ? origin.place() : undefined;
    this.#stale = place === undefined;
    this.#isPast = true;
    this.apart = false;
    this.link = { state: "opening" };
    const feed = origin.follow(place, (arrival) => {
      if (this.#feed === feed) this.#arrive(arrival);
    });
    this.#feed = feed;
    const ended = (link: Link) => {
      if (this.#feed !== feed) return;
      this.#feed = undefined;
      this.link = link;
    };
    feed.ended.then(
      () => ended({ state: "over" }),
      (thrown: unknown) => ended({ state: "broken", fault: Fault.from(thrown) }),
    );
  }

  #arrive({ raws, lost, more, run }: Arrival): void {
    if (this.link.state !== "live") this.link = { state: "live" };
    if (this.#stale) {
      this.#stale = false;
      this.#forget();
      this.version += 1;
    }
    if (more !== undefined && this.store.size === 0) this.more = more;
    if (run !== undefined) this.run = run;
    if (lost !== undefined) this.#say(lost);
    if (raws.length === 0) return;
    if (this.#pending.length === 0) this.#pending = raws.slice();
    else for (const raw of raws) this.#pending.push(raw);
    this.#frames.ask();
  }

  /** Lines were removed before anybody could read them. */
  #say({ count: lost, source }: NonNullable<Arrival["lost"]>): void {
    this.#work(Infinity);
    const lines = lost === 0 ? "Some lines were" : lost === 1 ? "1 line was" : `${count(lost)} lines were`;
    const text = `${lines} removed before they could be read`;
    if (!this.apart) this.rows.appended(this.store.append([note(text, this.store.last ?? now(), source)]));
    this.version += 1;
  }

  #tick(): void {
    const before = this.store.next;
    const waiting = this.#pending.length - this.#at;
    this.#work(performance.now() + (waiting > BEHIND ? LONG_BUDGET : BUDGET));
    // Nobody reads what is replaced as a whole with every frame; a few times a second look as fast.
    if (this.following && this.store.next - before > SCREEN) this.#frames.rest(REST);
    if (this.#at < this.#pending.length || this.rows.isLooking || this.#reader.holds) this.#frames.ask();
  }

  #work(until: number): void {
    // What would be pushed out again at once need not be looked at.
    const surplus = this.#pending.length - this.#at - MOST_LINES;
    if (surplus > 0 && this.following) {
      this.#at += surplus;
      this.store.dropped += surplus;
    }
    // What is not shown is only counted.
    if (this.apart) {
      this.fresh += this.#pending.length - this.#at;
      this.#at = this.#pending.length;
    }
    do {
      const raws = this.#pending.slice(this.#at, this.#at + CHUNK);
      this.#at += raws.length;
      this.#take(this.#reader.read(raws, performance.now()));
    } while (this.#at < this.#pending.length && performance.now() < until);
    if (this.#at >= this.#pending.length) {
      this.#pending = [];
      this.#at = 0;
      this.#take(this.#reader.overdue(performance.now()));
      if (!this.#reader.holds) this.#isPast = false;
    }
    if (this.rows.isLooking) this.rows.look(until);
    if (this.matcher?.problem !== undefined) this.problem = this.matcher.problem;
    this.version += 1;
  }

  #take(lines: Line[]): void {
    if (lines.length === 0) return;
    for (const line of lines) this.#traces.take(line);
    if (this.#hears !== undefined) lines.forEach(this.#hears);
    // Who reads does not lose what he reads to what comes.
    if (!this.following && !this.apart && this.store.isFull(lines.length)) this.#part();
    if (this.apart) {
      this.fresh += lines.length;
      return;
    }
    const end = this.rows.base + this.rows.lines.length;
    this.rows.appended(this.store.append(lines, this.#isPast ? Infinity : LATE));
    if (this.store.dropped > 0) this.more = true;
    // What is still being taken up of the past is not new to anybody.
    if (!this.following && !this.#isPast) this.fresh += Math.max(0, this.rows.base + this.rows.lines.length - end);
  }

  #part(): void {
    this.apart = true;
    this.following = false;
  }

  /** Works everything out anew: the first screen at once, the rest in the next frames. */
  #again(): void {
    if (this.#sparse !== undefined) {
      const sparse = this.#sparse;
      this.#sparse = undefined;
      this.store.retain((line) => line.seq >= sparse);
      this.more = true;
    }
    this.rows.ask(this.#wanted());
    this.rows.look(performance.now() + BUDGET);
    if (this.rows.isLooking) this.#frames.ask();
    if (this.matcher?.problem !== undefined) this.problem = this.matcher.problem;
    this.version += 1;
  }

  #forget(): void {
    this.store.clear();
    this.#pending = [];
    this.#at = 0;
    this.#reader = new Reader();
    this.#traces = new Traces();
    this.#sparse = undefined;
    this.fresh = 0;
    this.more = false;
    this.rows.ask(this.#wanted());
    this.rows.look(Infinity);
  }

  #wanted() {
    const { question, cleared } = this;
    const hidden = cleared === undefined ? () => false : (line: Line) => compare(line, cleared) <= 0;
    return { question, matcher: this.matcher, frame: new Frame(question, this.#sources, this.#latest), hidden };
  }
}
