/**
 * What is folded: stack traces, very long lines, JSON.
 *
 * A trace begins with a line that looks like a frame and goes on with those
 * that continue it, on the same stream of the same source; lines of others may
 * stand in between. The sentence before the frames is never folded, nor is
 * "Caused by", because they are what a reader looks for.
 */

import type { Line } from "./line";

/** Lines of a trace; the first stands for all while it is folded. */
export class Trace {
  size = 1;
  open = false;

  constructor(readonly first: Line) {}
}

/** As the daemon: nothing is connected over more lines than this. */
const REACH = 1000;

const FRAME =
  /^\s+(?:at |File "|from \S+:\d|\.\.\. \d+ more|\d+: +(?:0x)?[\w<{]|\S+\.(?:go|py|rb|js|ts|rs|php|ex|exs):\d+|#\d+ )|^(?:at |goroutine \d+ \[|stack backtrace:|#\d+ +0x)/;
/** Go writes calls without indentation between their places. */
const CALL = /^[\w./*()[\]{}-]+\(.*\)$|^created by /;
const SAYS = /^(?:Caused by|Suppressed|During handling|The above exception|note: )/;

/** Finds the traces among lines, in the order in which each source wrote them. */
export class Traces {
  readonly #open = new Map<string, Trace>();

  /** Puts the line into its trace, if it has one. */
  take(line: Line): void {
    if (line.stream === "event" || line.stream === "note") return;
    const key = `${line.stream} ${line.source}`;
    const trace = this.#open.get(key);
    const goes = trace === undefined ? false : continues(trace, line);
    if (trace !== undefined && goes && trace.size < REACH) {
      trace.size += 1;
      line.trace = trace;
    } else if (line.continues && FRAME.test(line.text)) {
      line.trace = new Trace(line);
      this.#open.set(key, line.trace);
    } else if (trace !== undefined) {
      this.#open.delete(key);
    }
  }
}

function continues(trace: Trace, line: Line): boolean {
  if (line.continues) return line.text !== "" && !SAYS.test(line.text);
  return trace.first.text.startsWith("goroutine ") && CALL.test(line.text);
}

/** `11 lines of stack trace`. */
export function traceLabel({ size }: Trace): string {
  return `${count(size)} lines of stack trace`;
}

/** Lines of more bytes are shown by their beginning. */
export const LONG = 4 << 10;
/** So much of their beginning, and four times as much each time that one asks for more. */
export const GLIMPSE = 240;
/** Nobody reads more than this in a window; what is longer can be copied. */
export const MOST_SHOWN = 64 << 10;

const encoder = new TextEncoder();
const lengths = new WeakMap<Line, number>();

/** How many bytes a line has. */
export function bytes(line: Line): number {
  if (line.text.length < LONG / 3) return line.text.length;
  const known = lengths.get(line) ?? encoder.encode(line.text).length;
  lengths.set(line, known);
  return known;
}

export function isLong(line: Line): boolean {
  return line.text.length > LONG || (line.text.length > LONG / 3 && bytes(line) > LONG);
}

/** `4 120 bytes`. */
export function size(line: Line): string {
  return `${count(bytes(line))}\u00a0bytes`;
}

/** A number with thin spaces: `1 204`. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** The object that a line is, if it is JSON. */
export function json(text: string): object | undefined {
  if (text.length > MOST_SHOWN || !/^\s*\{.*\}\s*$/s.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
