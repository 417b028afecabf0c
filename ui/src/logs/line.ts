/**
 * One line as the viewer keeps it, and how what comes over the wire becomes one.
 *
 * A line is made once and never changes, except for its place in the store and
 * the stack trace that it belongs to. The daemon delivers a very long line in
 * parts; they are put together here, and what has not ended yet is held back
 * for a moment, so that nothing behind this has to deal with lines that grow.
 */

import type { JobLine, LogLine } from "../lib/api/types.gen";
import { event } from "../lib/text";
import type { Trace } from "./fold";
import { CONTINUES, guess, INFO } from "./level";

/** `note` is the viewer itself, about the lines around it. */
export type Stream = "stdout" | "stderr" | "event" | "note";

export interface Line {
  /** Its place: larger is later. Given by the store. */
  seq: number;
  /** When, in milliseconds since 1970, and the nanoseconds beyond them. */
  readonly at: number;
  readonly nanos: number;
  /** Which service; empty where there is only one source. */
  readonly source: string;
  readonly stream: Stream;
  /** Of which run, or of which attempt of a job's run. */
  readonly run: number | undefined;
  readonly level: number;
  /** Whether it looks as if it belonged to the line before it. */
  readonly continues: boolean;
  readonly text: string;
  /** So many records of the log with the same time were put together. */
  readonly records: number;
  /** The stack trace that it is part of. */
  trace: Trace | undefined;
}

export type Raw = LogLine | JobLine;

/** A moment of the log. */
export interface Moment {
  readonly at: number;
  readonly nanos: number;
}

export function compare(left: Moment, right: Moment): number {
  return left.at - right.at || left.nanos - right.nanos;
}

let lastSecond = "";
let lastEpoch = 0;

/** Reads a time of the daemon's without losing its nanoseconds. */
export function moment(time: string): Moment {
  const second = time.slice(0, 19);
  if (second !== lastSecond) {
    lastSecond = second;
    const epoch = Date.parse(`${second}Z`);
    lastEpoch = Number.isNaN(epoch) ? 0 : epoch;
  }
  let fraction = 0;
  for (let place = 20; place < 29; place += 1) {
    const digit = time.charCodeAt(place) - 48;
    fraction = fraction * 10 + (digit >= 0 && digit <= 9 ? digit : 0);
  }
  return { at: lastEpoch + Math.floor(fraction / 1e6), nanos: fraction % 1e6 };
}

/** The same as the daemon writes it. */
export function written({ at, nanos }: Moment): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String(nanos).padStart(6, "0")}Z`;
}

export function note(text: string, { at, nanos }: Moment, source = ""): Line {
  return { seq: 0, at, nanos, source, stream: "note", run: undefined, level: INFO, continues: false, text, records: 0, trace: undefined };
}

/** A line that is held back until it ends is never longer than this; its rest is a line of its own. */
const LONGEST = 1 << 20;
/** It is held back for so many milliseconds after its last part. */
const PATIENCE = 300;

interface Open {
  line: Line;
  texts: string[];
  length: number;
  records: number;
  heard: number;
}

/** Makes lines of what comes. */
export class Reader {
  readonly #names = new Map<string, string>();
  readonly #open = new Map<string, Open>();
  /** How serious the last line of each source and stream was, for those that continue it. */
  readonly #levels = new Map<string, number>();

  /** The lines that have ended with these. */
  read(raws: readonly Raw[], now: number): Line[] {
    const lines: Line[] = [];
    for (const raw of raws) {
      const open = this.#open.size === 0 ? undefined : this.#open.get(key(raw));
      if (open !== undefined) this.#extend(open, raw, now, lines);
      else if (raw.partial) this.#begin(raw, now);
      else lines.push(this.#line(raw));
    }
    return lines;
  }

  /** What has waited for its end for too long. */
  overdue(now: number): Line[] {
    const lines: Line[] = [];
    for (const [place, open] of this.#open) {
      if (now < open.heard + PATIENCE) continue;
      this.#open.delete(place);
      lines.push(ended(open));
    }
    return lines;
  }

  get holds(): boolean {
    return this.#open.size > 0;
  }

  #begin(raw: Raw, now: number): void {
    const open = { line: this.#line(raw), texts: [raw.text], length: raw.text.length, records: 1, heard: now };
    this.#open.set(key(raw), open);
  }

  #extend(open: Open, raw: Raw, now: number, lines: Line[]): void {
    open.texts.push(raw.text);
    open.length += raw.text.length;
    open.heard = now;
    const { at, nanos } = moment(raw.time);
    if (at === open.line.at && nanos === open.line.nanos) open.records += 1;
    if (raw.partial && open.length < LONGEST) return;
    this.#open.delete(key(raw));
    lines.push(ended(open));
  }

  #line(raw: Raw): Line {
    const { at, nanos } = moment(raw.time);
    const source = this.#name("service" in raw ? raw.service : "");
    const run = ("run" in raw ? raw.run : "attempt" in raw ? raw.attempt : undefined) ?? undefined;
    const isEvent = raw.stream === "event";
    // As it is read and typed, so that it is found.
    const text = isEvent ? event(raw.text).replace(/[\u00a0\u202f]/g, " ") : raw.text.endsWith("\r") ? raw.text.slice(0, -1) : raw.text;
    const guessed = isEvent ? INFO : guess(text);
    const level = isEvent ? INFO : this.#level(key(raw), guessed);
    const continues = guessed === CONTINUES;
    return { seq: 0, at, nanos, source, stream: raw.stream, run, level, continues, text, records: 1, trace: undefined };
  }

  #level(place: string, guessed: number): number {
    if (guessed === CONTINUES) return this.#levels.get(place) ?? INFO;
    const level = guessed < 0 ? INFO : guessed;
    this.#levels.set(place, level);
    return level;
  }

  /** One string for all lines of a service. */
  #name(service: string): string {
    const known = this.#names.get(service);
    if (known === undefined) this.#names.set(service, service);
    return known ?? service;
  }
}

function ended({ line, texts, records }: Open): Line {
  return { ...line, text: texts.join(""), records };
}

function key(raw: Raw): string {
  return "service" in raw ? `${raw.stream} ${raw.service}` : raw.stream;
}
