/**
 * The form of a new job: what was typed, what that means for `job.add`, and where
 * a refusal belongs.
 *
 * Whether a job makes sense is the daemon's to say. Here is only what a form has
 * to know: which fields there are, and that a name and a command are needed.
 */

import type { JobAdd, JobPreview } from "../lib/api/types.gen";
import type { Fault } from "../lib/api/transport";
import { split, typed } from "./argv";

export type When = "cron" | "every" | "at" | "files" | "asked";
export type Overlap = "skip" | "queue" | "replace" | "parallel";
export type Missed = "once" | "skip" | "all";

export interface Form {
  name: string;
  command: string;
  workingDir: string;
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

export type Key = Exclude<keyof Form, "when" | "parallel" | "all">;
export type Errors = Partial<Record<Key | "form", string>>;

export const BLANK: Form = {
  name: "",
  command: "",
  workingDir: "",
  when: "cron",
  cron: "0 2 * * *",
  every: "15m",
  at: "",
  files: "",
  zone: "",
  overlap: "skip",
  parallel: "2",
  missed: "once",
  all: "10",
  grace: "",
  timeout: "",
  retries: "",
  queue: "",
};

/** Whether it is due by the clock, so that a time can be missed. */
export function isTimed(when: When): boolean {
  return when === "cron" || when === "every" || when === "at";
}

/** What `job.preview` is to be asked; nothing where there is nothing to compute. */
export function schedule(form: Form): JobPreview | undefined {
  const zone = zoneOf(form);
  const text = { cron: form.cron, every: form.every, at: form.at, files: "", asked: "" }[form.when].trim();
  if (text === "") return undefined;
  if (form.when === "cron") return { cron: [text], ...zone };
  if (form.when === "every") return { every: text };
  return { at: [text], ...zone };
}

/** What `job.add` is to be asked, or what is missing. */
export function added(form: Form): { params: JobAdd } | { errors: Errors } {
  const errors: Errors = {};
  const command = split(form.command);
  const name = form.name.trim();
  if (name === "") errors.name = "A job needs a name.";
  if (command.words === undefined) errors.command = command.wrong;
  else if (command.words.length === 0) errors.command = "A job needs a command.";
  if (form.when !== "asked" && form[form.when].trim() === "") errors[form.when] = "Say when it is to run.";
  const retries = form.retries.trim();
  if (retries !== "" && !/^\d{1,9}$/.test(retries)) errors.retries = "Retries are a number.";
  if (command.words === undefined || 0 < Object.keys(errors).length) return { errors };

  const timed = isTimed(form.when);
  const said = (text: string) => (text.trim() === "" ? undefined : text.trim());
  const params = {
    name,
    command: command.words,
    cron: form.when === "cron" ? [form.cron.trim()] : undefined,
    every: form.when === "every" ? form.every.trim() : undefined,
    at: form.when === "at" ? [form.at.trim()] : undefined,
    files: form.when === "files" ? words(form.files) : undefined,
    zone: form.when === "cron" || form.when === "at" ? said(form.zone) : undefined,
    working_dir: said(form.workingDir),
    overlap: overlap(form),
    missed: timed && form.missed !== "once" ? (form.missed === "all" ? `all(${form.all.trim()})` : "skip") : undefined,
    grace: timed && form.missed !== "skip" ? said(form.grace) : undefined,
    timeout: said(form.timeout),
    retries: retries === "" ? undefined : Number(retries),
    queue: said(form.queue),
  };
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return { params: Object.fromEntries(given) as unknown as JobAdd };
}

/** The same on the command line. */
export function commandLine(params: JobAdd): string {
  const options: [string, string | number | null | undefined][] = [
    ...(params.cron ?? []).map((text): [string, string] => ["--cron", text]),
    ["--every", params.every],
    ...(params.at ?? []).map((text): [string, string] => ["--at", text]),
    ...(params.files ?? []).map((text): [string, string] => ["--watch", text]),
    ["--zone", params.zone],
    ["--working-dir", params.working_dir],
    ["--overlap", params.overlap],
    ["--missed", params.missed],
    ["--grace", params.grace],
    ["--timeout", params.timeout],
    ["--retries", params.retries],
    ["--queue", params.queue],
  ];
  const given = options.filter(([, value]) => value !== undefined && value !== null);
  const flags = given.flatMap(([flag, value]) => [flag, String(value)]);
  return typed(["hob", "job", "add", params.name, ...flags, "--", ...params.command]);
}

const KEYS: Record<string, Key> = {
  name: "name",
  command: "command",
  working_dir: "workingDir",
  cron: "cron",
  every: "every",
  at: "at",
  on: "files",
  files: "files",
  zone: "zone",
  overlap: "overlap",
  missed: "missed",
  grace: "grace",
  timeout: "timeout",
  retries: "retries",
  queue: "queue",
};

/**
 * A refusal, at the fields that it is about: `cron: ...` of the operation itself, and
 * `jobs.d/backup.toml:3: job.backup.timeout: ...` of the configuration that it would make.
 */
export function placed(fault: Fault, form?: Form): Errors {
  const errors: Errors = {};
  // A length of time is refused before its key is known, so it is found by what was typed.
  const length = /(?:the duration )?"([^"]*)" (?:needs a unit|is not a duration|is too long).*?(?= at line \d+|$)/s.exec(fault.message);
  for (const key of ["timeout", "grace"] as const) {
    if (form && length && form[key].trim() === length[1]) errors[key] = length[0];
  }
  const lines = fault.message.split("\n");
  for (const line of lines) {
    const configured = /(?:^|\s)job\.\S+?\.([a-z_]+)(?:[.[][^:]*)?: (.*)$/.exec(line);
    const [, word = "", text = ""] = configured ?? /^([a-z_]+): (.*)$/.exec(line) ?? [];
    const key = KEYS[word];
    if (key !== undefined) errors[key] ??= text.startsWith(`${word}: `) ? text.slice(word.length + 2) : text;
  }
  if (/job name|is named/.test(lines[0] ?? "")) errors.name ??= [fault.message, fault.hint].filter(Boolean).join("; ");
  if (Object.keys(errors).length === 0) errors.form = [fault.message, fault.hint].filter(Boolean).join("; ");
  return errors;
}

function overlap(form: Form): string | undefined {
  // What runs on nothing but files waits for its turn, if nobody says otherwise.
  const usual = form.when === "files" ? "queue" : "skip";
  const said = form.overlap === "parallel" ? `parallel(${form.parallel.trim()})` : form.overlap;
  return said === usual ? undefined : said;
}

function zoneOf(form: Form): { zone?: string } {
  return form.zone.trim() === "" ? {} : { zone: form.zone.trim() };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
