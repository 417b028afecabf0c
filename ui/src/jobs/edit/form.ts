/**
 * The form of a job: its table as texts that a person edits, and back to the keys
 * that differ. What is not touched is not said again, so everything else in the
 * file stays as it is, also keys that this form does not know.
 *
 * Whether a job makes sense is the daemon's to say. Here is only what a form has
 * to know: which fields there are, and that a command and a time are needed.
 */

import type { JobPreview } from "../../lib/api/types.gen";
import { EXAMPLE, moment } from "../../lib/moment";
import { changedVariables, variables, type Change, type Variable } from "../../lib/variables";
import { split, typed } from "../argv";

export type Table = Record<string, unknown>;
/** What it runs on; `kept` is what the file says and one of these is not. */
export type When = "cron" | "every" | "at" | "files" | "asked" | "kept";
export type Overlap = "skip" | "queue" | "replace" | "parallel";
export type Missed = "once" | "skip" | "all";

export interface Form {
  command: string;
  workingDir: string;
  env: Variable[];
  when: When;
  cron: string;
  every: string;
  at: string;
  files: string;
  zone: string;
  overlap: Overlap;
  parallel: string;
  missed: Missed;
  all: string;
  grace: string;
  timeout: string;
  retries: string;
  queue: string;
}

/** The keys of the table that have a field, and what that is called. */
export const NAMES = {
  command: "Command",
  working_dir: "Directory",
  env: "Variables",
  cron: "Cron expression",
  every: "Every",
  at: "At",
  "on.files": "Files",
  zone: "Zone",
  overlap: "If it is still running",
  missed: "If its time was missed",
  grace: "Not later than",
  timeout: "Time limit",
  retries: "Retries",
  queue: "Queue",
};
export type Key = keyof typeof NAMES;
const KEYS = Object.keys(NAMES) as Key[];
export type Wrong = Partial<Record<Key | "name", string>>;

const TRIGGERS = ["cron", "every", "at", "on"] as const;

/** What a new job begins as. */
export function blank(): Form {
  return { ...read({}), when: "cron" };
}

export function read(table: Table): Form {
  const when = triggered(table);
  const [, overlap = "", parallel = "2"] = /^(\w+)(?:\((.*)\))?$/.exec(text(table["overlap"])) ?? [];
  const [, missed = "once", all = "10"] = /^(\w+)(?:\((.*)\))?$/.exec(text(table["missed"])) ?? [];
  return {
    command: Array.isArray(table["command"]) ? typed(table["command"].map(String)) : text(table["command"]),
    workingDir: text(table["working_dir"]),
    env: variables(table["env"]),
    when,
    cron: when === "cron" ? text(list(table["cron"])[0]) : "0 2 * * *",
    every: text(table["every"]) || "15m",
    at: when === "at" ? text(list(table["at"])[0]).replace("T", " ") : "",
    files: when === "files" ? list((table["on"] as Table)["files"]).join(" ") : "",
    zone: text(table["zone"]),
    overlap: (overlap || usual(when, table)) as Overlap,
    parallel,
    missed: missed as Missed,
    all,
    grace: text(table["grace"]),
    timeout: text(table["timeout"]),
    retries: text(table["retries"]),
    queue: text(table["queue"]),
  };
}

/** What has to be said and taken out, so that the table says what the form does; or what is wrong with it at once. */
export function changes(table: Table, form: Form): { set: { key: string; value: unknown }[]; unset: string[]; wrong: Wrong; missing: Wrong } {
  const before = read(table);
  const [then, now] = [values(before, table), values(form, table)];
  const changed: Change[] = Object.keys(now).filter((key) => JSON.stringify(now[key]) !== JSON.stringify(then[key])).map((key) => [key, now[key]]);
  if (form.when !== before.when && form.when !== "kept") {
    // Of what it ran on until now nothing stays.
    for (const key of TRIGGERS) if (table[key] !== undefined && now[key] === undefined && then[key] === undefined) changed.push([key, undefined]);
  }
  const env = changedVariables(before.env, form.env);
  changed.push(...env.changes);

  const wrong: Wrong = env.wrong === undefined ? {} : { env: env.wrong };
  const missing: Wrong = {};
  const command = table["shell"] === true ? undefined : split(form.command);
  if (form.command.trim() === "") missing.command = "A job needs a command.";
  else if (command?.wrong !== undefined) wrong.command = command.wrong;
  if (isTyped(form.when) && form[form.when].trim() === "") missing[form.when === "files" ? "on.files" : form.when] = "Say when it is to run.";
  else if (form.when === "at" && local(form.at) === undefined) missing.at = `Say a day and a time, as in ${EXAMPLE}.`;
  if (form.retries.trim() !== "" && !/^\d{1,9}$/.test(form.retries.trim())) wrong.retries = "Retries are a number.";
  return {
    set: changed.filter(([, value]) => value !== undefined).map(([key, value]) => ({ key, value })),
    unset: changed.filter(([, value]) => value === undefined).map(([key]) => key),
    wrong,
    missing,
  };
}

/** Whether it is due by the clock, so that a time can be missed. */
export function isTimed(when: When, table: Table = {}): boolean {
  return when === "cron" || when === "every" || when === "at" || (when === "kept" && ["cron", "every", "at"].some((key) => table[key] !== undefined));
}

/** What `job.preview` is to be asked; nothing where there is nothing to compute. */
export function schedule(form: Form, table: Table = {}): JobPreview | undefined {
  const zone = form.zone.trim() === "" ? {} : { zone: form.zone.trim() };
  if (form.when === "kept") {
    const [cron, every, at] = [list(table["cron"]), text(table["every"]), list(table["at"])];
    return isTimed("kept", table) ? { cron: cron.map(String), at: at.map(String), ...(every !== "" && { every }), ...zone } : undefined;
  }
  const said = { cron: form.cron, every: form.every, at: local(form.at), files: "", asked: "" }[form.when]?.trim();
  if (!said) return undefined;
  if (form.when === "cron") return { cron: [said], ...zone };
  return form.when === "every" ? { every: said } : { at: [said], ...zone };
}

/** What `job.preview` says is wrong, at its field: `cron: "61 * * * *", ...`. */
export function misread(message: string): Wrong {
  const [, key = "", rest = ""] = /^([a-z_]+): (.*)$/s.exec(message) ?? [];
  const known = KEYS.find((one) => one === key);
  return known === undefined ? {} : { [known]: rest };
}

/** The field of the form that shows a key of the table; undefined for what has none, or not now. */
export function fieldOf(key: string, form: Form, table: Table = {}): Key | undefined {
  const field = KEYS.find((known) => key === known || key.startsWith(`${known}.`)) ?? (key === "on" ? "on.files" : undefined);
  if (field === "cron" || field === "every" || field === "at") return form.when === field ? field : undefined;
  if (field === "on.files") return form.when === "files" ? field : undefined;
  if (field === "zone") return form.when === "cron" || form.when === "at" ? field : undefined;
  if (field === "missed" || field === "grace") return isTimed(form.when, table) && (field === "missed" || form.missed !== "skip") ? field : undefined;
  return field;
}

/** Keys of the table that the form does not have; they stay as they are. */
export function others(table: Table): string[] {
  const known = new Set<string>([...KEYS, "on"]);
  const below = Object.keys((triggered(table) === "files" && table["on"]) || {}).filter((key) => key !== "files");
  return [...Object.keys(table).filter((key) => !known.has(key)), ...below.map((key) => `on.${key}`)];
}

/** How a new one is added on the command line; nothing if that cannot say all of it. */
export function commandLine(name: string, form: Form): string | undefined {
  const said = values(form, {});
  if (0 < form.env.length || !Array.isArray(said["command"])) return undefined;
  const flags: [string, unknown][] = [
    ["--cron", said["cron"]],
    ["--every", said["every"]],
    ["--at", said["at"]],
    ...((said["on.files"] as string[] | undefined) ?? []).map((glob): [string, unknown] => ["--watch", glob]),
    ...["zone", "working_dir", "overlap", "missed", "grace", "timeout", "retries", "queue"].map((key): [string, unknown] => [`--${key.replace("_", "-")}`, said[key]]),
  ];
  const given = flags.filter(([, value]) => value !== undefined).flatMap(([flag, value]) => [flag, String(value)]);
  return typed(["hob", "job", "add", name, ...given, "--", ...(said["command"] as string[])]);
}

/** What the form says, by key; what is as it is by default is not said. */
function values(form: Form, table: Table): Record<string, unknown> {
  const { when } = form;
  const timed = isTimed(when, table);
  const overlap = form.overlap === "parallel" ? `parallel(${form.parallel.trim()})` : form.overlap;
  const missed = form.missed === "all" ? `all(${form.all.trim()})` : form.missed;
  const retries = said(form.retries);
  return {
    command: command(form.command, table),
    cron: when === "cron" ? alike(table["cron"], said(form.cron)) : undefined,
    every: when === "every" ? said(form.every) : undefined,
    at: when === "at" ? alike(table["at"], local(form.at)) : undefined,
    "on.files": when === "files" ? said(form.files)?.split(/[\s,]+/).filter(Boolean) : undefined,
    zone: when === "cron" || when === "at" || when === "kept" ? said(form.zone) : undefined,
    working_dir: said(form.workingDir),
    overlap: overlap === usual(when, table) ? undefined : overlap,
    missed: timed && missed !== "once" ? missed : undefined,
    grace: timed && form.missed !== "skip" ? said(form.grace) : undefined,
    timeout: said(form.timeout),
    retries: retries === undefined ? undefined : Number(retries),
    queue: said(form.queue),
  };
}

/** What was one text in the file stays one. */
function command(line: string, table: Table): unknown {
  const words = split(line).words;
  if (line.trim() === "") return undefined;
  return typeof table["command"] === "string" || words === undefined ? line.trim() : words;
}

/** What was a list of one stays a list. */
function alike(before: unknown, value: string | undefined): unknown {
  return Array.isArray(before) && value !== undefined ? [value] : value;
}

/** What runs on nothing but files waits for its turn, if nobody says otherwise. */
function usual(when: When, table: Table): Overlap {
  const onlyFiles = when === "kept" && !isTimed("kept", table) && list(table["on"]).every((on) => (on as Table)["files"] !== undefined);
  return when === "files" || onlyFiles ? "queue" : "skip";
}

function triggered(table: Table): When {
  const there = TRIGGERS.filter((key) => table[key] !== undefined);
  const [one] = there;
  if (one === undefined) return "asked";
  if (1 < there.length) return "kept";
  if (one === "on") {
    const on = table["on"] as Table;
    return Array.isArray(on) || on["files"] === undefined || on["event"] !== undefined ? "kept" : "files";
  }
  if (1 < list(table[one]).length) return "kept";
  // Its field takes no zone.
  return one === "at" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text(list(table["at"])[0])) ? "kept" : one;
}

function isTyped(when: When): when is "cron" | "every" | "at" | "files" {
  return when !== "asked" && when !== "kept";
}

/** A day and a time as the file has them, on the clock of the job's zone. */
function local(text: string): string | undefined {
  const found = moment(text);
  return found?.time && `${found.day}T${found.time}`;
}

function said(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
