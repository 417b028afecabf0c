/**
 * The form of a service: its table as texts that a person edits, and back to the
 * keys that differ. What is not touched is not said again, so everything else in
 * the file stays as it is, also keys that this form does not know.
 */

import { changedVariables, variables, type Variable } from "../../lib/variables";
import { line, split } from "../words";

export type Table = Record<string, unknown>;
export interface Setting {
  key: string;
  value: unknown;
}
export interface Changes {
  set: Setting[];
  unset: string[];
}

export interface Field {
  /** As it stands in the file. */
  key: string;
  label: string;
  hint?: string;
  /** How a text becomes a value: words and names are lists, a choice is one of these. */
  kind: "words" | "text" | "names" | "number" | "flag" | readonly string[];
  /** What holds where nothing is said. */
  usual?: string;
}

export const WHAT: readonly Field[] = [
  { key: "command", label: "Command", kind: "words", hint: "Its words are executed as they are, without a shell." },
  { key: "working_dir", label: "Directory", kind: "text", usual: "the home directory", hint: "Absolute, from `~`, or relative to the file." },
  { key: "env_file", label: "File of variables", kind: "text", usual: "none" },
];
export const WHEN: readonly Field[] = [
  { key: "autostart", label: "Start with the daemon", kind: "flag", usual: "yes" },
  { key: "restart", label: "Restart", kind: ["always", "on-failure", "never"], usual: "on-failure" },
  { key: "max_restarts", label: "Restarts in a row", kind: "number", usual: "5", hint: "One more, and it has failed. 0 is without limit." },
  { key: "requires", label: "Requires", kind: "names", usual: "none", hint: "Services that are started with it and ready before it." },
  { key: "after", label: "After", kind: "names", usual: "none", hint: "Services that are ready before it, if they are to run at all." },
  { key: "stop_timeout", label: "Time to stop", kind: "text", usual: "10s", hint: "Then it is killed." },
];
export const LIMITS: readonly Field[] = [
  { key: "limits.memory", label: "Memory", kind: "text", usual: "no limit", hint: "As in 512M." },
  { key: "limits.cpu", label: "CPU", kind: "text", usual: "no limit", hint: "100% is one processor." },
  { key: "limits.pids", label: "Processes", kind: "number", usual: "no limit" },
  { key: "limits.open_files", label: "Open files", kind: "number", usual: "as the daemon" },
];
export const FIELDS = [...WHAT, ...WHEN, ...LIMITS];

/** What each field is called, by its key. */
export const NAMES: Record<string, string> = { ...Object.fromEntries(FIELDS.map(({ key, label }) => [key, label])), env: "Variables", ready: "Ready" };

/** By what one tells that it is ready, and what is written beside it. */
export const READY: readonly { kind: string; label: string; what?: string }[] = [
  { kind: "", label: "as soon as it runs" },
  { kind: "tcp", label: "a port accepts connections", what: "Port, or host:port" },
  { kind: "http", label: "an address answers", what: "http:// address" },
  { kind: "log", label: "its output matches", what: "Regular expression" },
  { kind: "command", label: "a command exits with 0", what: "Command" },
  { kind: "notify", label: "it says so itself (sd_notify)" },
  { kind: "delay", label: "so much time has passed", what: "As in 2s" },
];

export interface Form {
  texts: Record<string, string>;
  env: Variable[];
  ready: { kind: string; what: string; timeout: string };
}

export function read(table: Table): Form {
  const texts = Object.fromEntries(FIELDS.map((field) => [field.key, shown(at(table, field.key), field)]));
  const ready = (table["ready"] ?? {}) as Table;
  const kind = READY.find(({ kind }) => kind !== "" && ready[kind] !== undefined)?.kind ?? "";
  const what = kind === "notify" || kind === "" ? "" : words(ready[kind]);
  return { texts, env: variables(table["env"]), ready: { kind, what, timeout: words(ready["timeout"]) } };
}

/** What has to be said and taken out, so that the table says what the form does; or what is wrong with it at once. */
export function changes(table: Table, form: Form): { changes: Changes; wrong: Record<string, string> } {
  const before = read(table);
  const found: Changes = { set: [], unset: [] };
  const wrong: Record<string, string> = {};
  const say = (key: string, value: unknown) => {
    if (value === undefined) found.unset.push(key);
    else found.set.push({ key, value });
  };

  for (const field of FIELDS) {
    const [now, then] = [form.texts[field.key] ?? "", before.texts[field.key] ?? ""];
    if (now.trim() === then.trim()) continue;
    const value = parsed(now.trim(), field, at(table, field.key));
    if ("wrong" in value) wrong[field.key] = value.wrong;
    else say(field.key, value.value);
  }

  const env = changedVariables(before.env, form.env);
  for (const [key, value] of env.changes) say(key, value);
  if (env.wrong) wrong["env"] = env.wrong;

  const { ready } = form;
  const other = ready.kind !== before.ready.kind;
  if (other && before.ready.kind !== "") say(`ready.${before.ready.kind}`, undefined);
  if (ready.kind !== "" && (other || ready.what.trim() !== before.ready.what.trim())) say(`ready.${ready.kind}`, readiness(ready));
  const timeout = ready.kind === "" ? "" : ready.timeout.trim();
  if (timeout !== before.ready.timeout.trim()) say("ready.timeout", timeout === "" ? undefined : timeout);
  return { changes: found, wrong };
}

/** The field of the form that a key of the table belongs to; undefined for what it does not have. */
export function fieldOf(key: string): string | undefined {
  return Object.keys(NAMES).find((field) => key === field || key.startsWith(`${field}.`));
}

/** Keys of the table that the form does not have; they stay as they are. */
export function others(table: Table): string[] {
  const known = new Set(Object.keys(NAMES).map((key) => key.split(".")[0]));
  return Object.keys(table).filter((key) => !known.has(key));
}

function at(table: Table, key: string): unknown {
  return key.split(".").reduce<unknown>((within, part) => (within as Table | undefined)?.[part], table);
}

function shown(value: unknown, { kind }: Field): string {
  if (value === undefined || value === null) return "";
  if (kind === "flag") return value === true ? "yes" : "no";
  if (kind === "names" && Array.isArray(value)) return value.join(", ");
  return words(value);
}

function words(value: unknown): string {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? line(value.map(String)) : String(value);
}

function parsed(text: string, { kind }: Field, before: unknown): { value: unknown } | { wrong: string } {
  if (text === "") return { value: undefined };
  if (kind === "flag") return { value: text === "yes" };
  if (kind === "number") return /^\d+$/.test(text) ? { value: Number(text) } : { wrong: "A whole number, as in 5." };
  if (kind === "names") return { value: text.split(/[\s,]+/).filter(Boolean) };
  // What was one text in the file stays one.
  if (kind !== "words" || typeof before === "string") return { value: text };
  const found = split(text);
  return "wrong" in found ? { wrong: `The command ${found.wrong}.` } : { value: found.words };
}

function readiness({ kind, what }: Form["ready"]): unknown {
  if (kind === "notify") return true;
  if (kind === "tcp" && /^\d+$/.test(what.trim())) return Number(what.trim());
  if (kind !== "command") return what.trim();
  const found = split(what);
  return "words" in found ? found.words : what;
}
