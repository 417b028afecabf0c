/**
 * What is configured of a job, in the words and the order of a person who wants
 * to know what it does. A key of a newer daemon is shown as it is called.
 */

import { written } from "../lib/time";
import { typed } from "./argv";

export interface Configured {
  name: string;
  text: string;
  /** A machine wrote it, or reads it. */
  mono?: boolean;
}

type Config = Record<string, unknown>;

const NAMES: Record<string, string> = {
  working_dir: "In",
  env: "Environment",
  env_file: "Environment from",
  user: "As",
  zone: "Zone",
  overlap: "If still running",
  missed: "If missed",
  timeout: "Time limit",
  alert_after: "Late after",
  retries: "Retries",
  queue: "Queue",
  priority: "Priority",
  success_codes: "Success is",
  stop_signal: "Stopped by",
  keep: "Runs kept",
};

const MONO = new Set(["working_dir", "env", "env_file"]);
/** Said elsewhere on the page, or in the line of another key. */
const LEFT_OUT = new Set(["command", "triggers", "grace", "stop_timeout"]);

export function configured(config: Config): Configured[] {
  const facts: Configured[] = [];
  if (Array.isArray(config["command"])) facts.push({ name: "Command", text: typed(config["command"].map(String)), mono: true });
  const known = Object.keys(NAMES).filter((key) => key in config);
  const others = Object.keys(config).filter((key) => !(key in NAMES) && !LEFT_OUT.has(key));
  for (const key of [...known, ...others]) {
    const text = said(key, config);
    if (text !== "") facts.push({ name: NAMES[key] ?? key, text, ...(MONO.has(key) && { mono: true }) });
  }
  return facts;
}

const OVERLAPS: Record<string, string> = {
  skip: "Skip the new run",
  queue: "The new run waits",
  replace: "End the old run",
};

const MISSED: Record<string, string> = { skip: "Skip", once: "Run once when back" };

function said(key: string, config: Config): string {
  const value = config[key];
  if (value === null || value === undefined) return "";
  const text = String(value);
  if (key === "overlap") return OVERLAPS[text] ?? text.replace(/^parallel\((\d+)\)$/, "Up to $1 at the same time");
  if (key === "missed") {
    const what = MISSED[text] ?? text.replace(/^all\((\d+)\)$/, "Run up to $1 of them");
    return text === "skip" ? what : `${what}, if not later than ${written(String(config["grace"] ?? "24h"))}`;
  }
  if (key === "retries") return value === 0 ? "" : text;
  if (key === "priority") return value === 0 ? "" : text;
  if (key === "success_codes") return Array.isArray(value) && value.join() === "0" ? "" : `exit status ${(value as unknown[]).join(", ")}`;
  if (key === "timeout" || key === "alert_after") return written(text);
  if (key === "stop_signal") return `${text}, then killed after ${written(String(config["stop_timeout"] ?? "10s"))}`;
  if (key === "keep") return kept(value as { runs?: unknown; age?: unknown });
  return Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : text;
}

function kept({ runs, age }: { runs?: unknown; age?: unknown }): string {
  const time = String(age ?? "");
  return `${String(runs)}, ${time === "0s" || time === "" ? "for ever" : `for ${written(time)}`}`;
}
