/**
 * How serious a line is, guessed from its text, as the daemon guesses it.
 *
 * `runs/logs/level.rs` explains the rules; this says the same in another
 * language, so that a filter for warnings hides the same lines in the window
 * and in `hob logs --level warn`. The test reads the daemon's own samples.
 * Lines carry no level over the wire because most readers never ask for one.
 */

export const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export const TRACE = 0;
export const DEBUG = 1;
export const INFO = 2;
export const WARN = 3;
export const ERROR = 4;
export const FATAL = 5;

/** As serious as the line before it. */
export const CONTINUES = -1;
/** It does not say. */
export const SILENT = -2;

/** So much of a line is searched for a word; what is said later is the message. */
const HEAD = 120;
/** The daemon sees a long line in parts of this size, and guesses from the first. */
const PART = 16 << 10;
/** A level may come after so many plain words (a host, a name), and no more. */
const WORDS_BEFORE = 2;

const NAMED = new Map<string, number>(
  [
    ["trace", "trc", "finest", "finer", "verbose", "silly"],
    ["debug", "dbg", "debu", "fine"],
    ["info", "inf", "information", "informational", "notice", "log"],
    ["warn", "warning", "wrn"],
    ["error", "err", "eror", "severe"],
    ["fatal", "ftl", "crit", "critical", "alert", "emerg", "emergency", "panic"],
  ].flatMap((names, level) => names.map((name) => [name, level] as const)),
);
const KEYS = new Set(["level", "severity", "lvl", "levelname", "loglevel", "log.level", "@l", "levelno"]);
const DATES = new Set("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun UTC GMT".split(" "));

const COLOUR = /\u001b(?:\[[^A-Za-z]*[A-Za-z]?)?/g;
const WORD = /[A-Za-z0-9]+/g;
const FAILURE = /^([\w.$]*)(?::|$)/;
const GOES_ON =
  /^(?:[})\]|^]|Caused by|at |\.\.\. |goroutine |note: |stack backtrace:|During handling of the above exception|The above exception was|Suppressed: )/;

/** A level, or {@link CONTINUES}, or {@link SILENT}. */
export function guess(line: string): number {
  const head = line.length <= 4 * HEAD ? line : line.slice(0, 4 * HEAD);
  const plain = head.includes("\u001b") ? head.replace(COLOUR, "") : head;
  const text = plain.trimStart();
  const indent = plain.length - text.length;
  if (text === "") return CONTINUES;
  if (indent > 0) {
    // A level may be padded to the width of the longest one: " INFO", "  WARN".
    const word = indent < 3 ? (/^[A-Z]+(?![a-z])/.exec(text)?.[0] ?? "") : "";
    return NAMED.get(word.toLowerCase()) ?? CONTINUES;
  }
  const part = line.length <= PART ? line : line.slice(0, PART);
  return (
    json(part) ??
    priority(text) ??
    klog(text) ??
    logfmt(part) ??
    failure(text) ??
    word(text.slice(0, HEAD)) ??
    request(part) ??
    (GOES_ON.test(text) ? CONTINUES : SILENT)
  );
}

/** A level written as a word of its own near the beginning. */
function word(head: string): number | undefined {
  let plain = 0;
  for (const match of head.matchAll(WORD)) {
    const [text] = match;
    const before = head[match.index - 1] ?? " ";
    const after = head[match.index + text.length] ?? " ";
    const level = NAMED.get(text.toLowerCase());
    if (level !== undefined && isSetApart(text, before, after)) return level;
    if (before === " " && after === " " && /^[A-Za-z]+$/.test(text) && !DATES.has(text)) plain += 1;
    if (plain > WORDS_BEFORE) return undefined;
  }
  return undefined;
}

/** Whether a word is a label, as `WARN`, `[warn]`, `warn:` and `|warn|` are, and not part of a sentence. */
function isSetApart(text: string, before: string, after: string): boolean {
  if (!" [(<|:-\"\t".includes(before)) return false;
  // "LOG" alone is too common a word; PostgreSQL writes it with a colon.
  const stands = " \t,-!\"".includes(after) && text !== "LOG" && text === text.toUpperCase();
  return stands || "])>|[".includes(after) || (after === ":" && text !== "log");
}

/** The ways in which runtimes say that a program has failed. */
function failure(text: string): number | undefined {
  if (text.startsWith("panic: ") || text.startsWith("fatal error: ")) return FATAL;
  if (/^(?:Traceback \(most recent call last\)|Exception in thread |Unhandled exception|thread '.*panicked at)/.test(text)) return ERROR;
  const name = FAILURE.exec(text)?.[1];
  if (name === undefined || !(/^[A-Z]/.test(name) || name.includes("."))) return undefined;
  if (name.endsWith("Error") || name.endsWith("Exception")) return ERROR;
  return name.endsWith("Warning") ? WARN : undefined;
}

/** A JSON object with one of the keys. It is not parsed but walked: it may have been cut off. */
function json(line: string): number | undefined {
  const text = line.trimStart();
  if (!text.startsWith("{")) return undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth = Math.max(0, depth - 1);
    else if (character === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      const key = depth === 1 && end - at < 12 ? text.slice(at + 1, end) : "";
      if (KEYS.has(key)) {
        const rest = text.slice(end + 1, end + 40).trimStart();
        const level = rest.startsWith(":") ? value(key, rest.slice(1).trimStart()) : undefined;
        if (level !== undefined) return level;
      }
      at = end;
    }
  }
  return undefined;
}

function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at;
    if (code === 0x5c) at += 1;
  }
  return undefined;
}

/** `level=warn`, also in quotes, as a word of its own. */
function logfmt(line: string): number | undefined {
  for (let equals = line.indexOf("="); equals !== -1; equals = line.indexOf("=", equals + 1)) {
    const key = /[^ \t,]*$/.exec(line.slice(Math.max(0, equals - 12), equals))?.[0] ?? "";
    const level = KEYS.has(key) ? value(key, line.slice(equals + 1, equals + 20)) : undefined;
    if (level !== undefined) return level;
  }
  return undefined;
}

/** klog and glog: a letter and the day, `W1121 01:23:45.678901`. */
function klog(text: string): number | undefined {
  if (!/^[IWEF]\d{4} ..:/.test(text)) return undefined;
  return { I: INFO, W: WARN, E: ERROR, F: FATAL }[text.charAt(0)];
}

/** The prefix of syslog and sd-daemon(3), `<4>`: a facility times eight and a severity. */
function priority(text: string): number | undefined {
  const number = Number(/^<(\d{1,3})>/.exec(text)?.[1] ?? NaN);
  return number < 192 ? severity(number % 8) : undefined;
}

/** An access log: `"GET / HTTP/1.1" 500`. What the server did wrong is an error, what the client did a warning. */
function request(line: string): number | undefined {
  const http = line.indexOf(" HTTP/");
  if (http === -1) return undefined;
  const status = /^[^"]{1,11}" ([1-5])\d\d/.exec(line.slice(http + 1, http + 20))?.[1];
  if (status === undefined) return undefined;
  return status === "5" ? ERROR : status === "4" ? WARN : INFO;
}

/** The value of a key, in quotes or not, a name or a number. */
function value(key: string, text: string): number | undefined {
  const written = /^"?([A-Za-z0-9]+)/.exec(text)?.[1];
  if (written === undefined) return undefined;
  if (!/^\d/.test(written)) return NAMED.get(written.toLowerCase());
  const number = Number(written);
  if (!Number.isInteger(number)) return undefined;
  // Python's numbers mean other things than everybody else's; the rest is pino and bunyan.
  if (key === "levelno") return number < 20 ? DEBUG : Math.min(FATAL, Math.floor(number / 10));
  if (number < 8) return severity(number);
  return Math.min(FATAL, Math.max(TRACE, Math.floor(number / 10) - 1));
}

/** RFC 5424, table 2. */
function severity(number: number): number {
  if (number <= 2) return FATAL;
  if (number <= 4) return number === 3 ? ERROR : WARN;
  return number <= 6 ? INFO : DEBUG;
}
