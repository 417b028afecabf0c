/**
 * Which lines are wanted, and which of them are marked.
 *
 * The conditions are those of `service.logs`: text or a regular expression,
 * its opposite, level, stream, run. A search marks what it finds and leaves the
 * lines around it; only in the mode `filter`, or with Exclude, it hides any.
 */

import { plain } from "./ansi";
import { TRACE } from "./level";
import type { Line } from "./line";
import { ALL, begin, type Since } from "./since";

export interface Question {
  text: string;
  regex: boolean;
  matchCase: boolean;
  /** Lines that match are hidden, instead of the others. */
  exclude: boolean;
  mode: "highlight" | "filter";
  /** As serious as this, or more. */
  level: number;
  stream: "all" | "stdout" | "stderr" | "event";
  /** Which run; `latest` is the latest of each source. */
  run: "all" | "latest" | number;
  /** No line before it. */
  since: Since;
}

export const EVERYTHING: Question = {
  text: "",
  regex: false,
  matchCase: false,
  exclude: false,
  mode: "highlight",
  level: TRACE,
  stream: "all",
  run: "all",
  since: ALL,
};

/** Whether the question hides anything at all. */
export function hides({ text, exclude, mode, level, stream, run, since }: Question): boolean {
  return (text !== "" && (exclude || mode === "filter")) || level !== TRACE || stream !== "all" || run !== "all" || since !== ALL;
}

/** A part of a text: from here to before there. */
export type Range = readonly [start: number, end: number];

/** Ranges in one line; more would only be a coloured line. */
const MOST_RANGES = 200;
/** A line that takes longer than this is the last that is tried, in milliseconds. */
const TOO_LONG = 100;

export class Matcher {
  readonly #pattern: RegExp;
  /** Whether the time that it takes may have nothing to do with the length of a line. */
  readonly #mayHang: boolean;
  /** Why it does not look further. */
  problem: string | undefined;

  constructor(pattern: RegExp, mayHang = false) {
    this.#pattern = pattern;
    this.#mayHang = mayHang;
  }

  matches(text: string): boolean {
    if (this.problem !== undefined) return false;
    this.#pattern.lastIndex = 0;
    if (!this.#mayHang || text.length < 24) return this.#pattern.test(plain(text));
    const begin = performance.now();
    const found = this.#pattern.test(plain(text));
    if (performance.now() - begin > TOO_LONG) this.problem = "The expression takes too long on some lines.";
    return found;
  }

  /** Where it matches in the plain text. */
  ranges(text: string): Range[] {
    const found: Range[] = [];
    if (this.problem !== undefined) return found;
    // It would begin where the last look ended.
    this.#pattern.lastIndex = 0;
    for (const match of plain(text).matchAll(this.#pattern)) {
      if (match[0] !== "") found.push([match.index, match.index + match[0].length]);
      if (found.length === MOST_RANGES) break;
    }
    return found;
  }
}

/** What finds the text of a question: nothing if it has none, or why there is nothing that could. */
export function compile({ text, regex, matchCase }: Question): Matcher | string | undefined {
  if (text === "") return undefined;
  if (!regex) return new Matcher(new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), matchCase ? "g" : "gi"));
  // The daemon's expressions begin so to ignore case; the browser's know no such beginning.
  const source = text.replace(/^\(\?i\)/, "");
  const flags = matchCase && source === text ? "g" : "gi";
  // One that repeats a repetition can take for ever, and nothing could stop it.
  if (/\((?:[^()\\]|\\.)*(?:[+*]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/.test(source)) {
    return "A repetition within a repetition could take for ever.";
  }
  try {
    // Classes of all alphabets need a flag that makes everything else slower.
    return new Matcher(new RegExp(source, /\\[pP]\{|\\u\{/.test(source) ? `${flags}u` : flags), true);
  } catch (error) {
    return reason(error);
  }
}

function reason(error: unknown): string {
  const said = (error as Error).message.replace(/^Invalid regular expression:? ?/, "").replace(/^\/.*\/\w*: /s, "");
  return `Not a valid regular expression: ${said.charAt(0).toLowerCase()}${said.slice(1)}.`;
}

/** Whether a line may be shown at all, whatever its text is. */
export class Frame {
  readonly #begin: number;

  constructor(
    private readonly question: Question,
    /** The sources that are shown; all if there is no set. */
    private readonly sources: ReadonlySet<string> | undefined,
    /** The latest run of each source. */
    private readonly latest: ReadonlyMap<string, number>,
  ) {
    this.#begin = begin(question.since, Date.now()) ?? -Infinity;
  }

  admits(line: Line): boolean {
    if (line.at < this.#begin) return false;
    if (this.sources !== undefined && !this.sources.has(line.source)) return line.stream === "note" && line.source === "";
    if (line.stream === "note") return true;
    const { level, stream, run } = this.question;
    if (line.level < level) return false;
    if (stream !== "all" && line.stream !== stream) return false;
    if (run === "all") return true;
    return line.run === (run === "latest" ? this.latest.get(line.source) : run);
  }
}
