/** A service's configuration in words, from the keys that the daemon has checked. What is as it is by default is said, too. */

import type { LimitHeld, Probe } from "../lib/api/types.gen";
import { clockTime, lasted, written } from "../lib/time";

type Config = Record<string, unknown>;

const RESTARTS: Record<string, string> = {
  always: "Always, however it ended",
  "on-failure": "After a failure",
  never: "Never",
};

/** When it is started again. */
export function restarts(config: Config): string {
  const when = RESTARTS[text(config["restart"])] ?? text(config["restart"]);
  if (config["restart"] === "never") return when;
  const most = Number(config["max_restarts"]);
  const limit = most === 0 ? "without limit" : `at most ${most} in a row`;
  return `${when}, ${limit}; counted anew after ${written(text(config["restart_window"]))} without a crash`;
}

/** How it is known to be ready, or healthy; what a machine reads of it stands between backticks. */
export function probe(of: unknown): string | undefined {
  if (!isTable(of)) return undefined;
  const times = ["timeout", "interval"].flatMap((key) => (of[key] === undefined ? [] : [`${key} ${written(text(of[key]))}`]));
  return [kind(of["kind"]), ...times].filter(Boolean).join(" · ");
}

function kind(of: unknown): string {
  if (of === "notify") return "It says so itself (sd_notify)";
  if (!isTable(of)) return text(of);
  const [name, what] = Object.entries(of)[0] ?? ["", ""];
  if (name === "tcp" && isTable(what)) return `Port ${code(`${what["host"] ? `${text(what["host"])}:` : ""}${text(what["port"])}`)} accepts connections`;
  if (name === "http" && isTable(what)) return `${code(text(what["url"]))} answers`;
  if (name === "command" && Array.isArray(what)) return `${code(what.map(text).join(" "))} exits with 0`;
  if (name === "log") return `Its output matches ${code(text(what))}`;
  if (name === "delay") return `After ${written(text(what))}`;
  return `${name} ${text(what)}`;
}

/** What has a backtick of its own cannot stand between two. */
function code(of: string): string {
  return of === "" || of.includes("`") ? of : `\`${of}\``;
}

/** What it may use, and what holds it to that. */
export function limit({ limit: name, allowed, holds }: LimitHeld): { name: string; text: string } {
  const names: Record<string, string> = { memory: "Memory", cpu: "CPU", pids: "Processes", open_files: "Open files" };
  const by: Record<string, string> = {
    enforced: "the kernel holds it to that",
    watched: "counted once a second, and stopped when over it twice",
    nothing: "nothing holds it to that here",
  };
  return { name: names[name] ?? name, text: `${sized(allowed)} · ${by[holds] ?? holds}` };
}

/** What stops it. */
export function stops(config: Config): string {
  const signal = text(config["stop_signal"]);
  return `${signal.startsWith("SIG") ? signal : `SIG${signal}`}, killed after ${written(text(config["stop_timeout"]))}`;
}

/** What is kept of its output. */
export function logs(config: Config): string {
  const age = text(config["log_max_age"]);
  const until = age === "" || /^0/.test(age) ? "" : `, at most ${written(age)} old`;
  return `${text(config["log_keep"])} rotated files of ${sized(text(config["log_max_size"]))}${until}`;
}

/** A size as a file has it, with the unit that sizes have everywhere: `512M` is `512 MB`. */
function sized(size: string): string {
  return size.replace(/^(\d+(?:\.\d+)?)([KMGT])$/i, (_, amount: string, unit: string) => `${amount}\u202f${unit.toUpperCase() === "K" ? "k" : unit.toUpperCase()}B`);
}

/** CPU time: `0.0 s`, `31.4 s`, `2 h 5 m`. */
export function spent(seconds: number): string {
  if (seconds < 99.95) return `${seconds.toFixed(1)}\u202fs`;
  return lasted(new Date(0).toISOString(), seconds * 1000).text;
}

/** What a probe found, and when. */
export function found({ at, problem }: Probe, now: number): string {
  const when = clockTime(at, now);
  return problem ? `Failed at ${when}: ${problem}` : `Passed at ${when}`;
}

export function names(list: unknown): string[] {
  return Array.isArray(list) ? list.map(text) : [];
}

export function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isTable(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
