/**
 * What the rules and grants say, and whether anybody has needed them.
 *
 * How often something was used is counted in the newest entries of the record,
 * so "never" is said only where these reach back to its beginning.
 */

import type { Grant, PolicyEffect, Recorded, ShownRule } from "../lib/api/types.gen";
import { typed } from "../jobs/argv";
import { dayAndTime } from "../jobs/spans";
import { until } from "../lib/time";
import { spoken } from "./scope";

/** The program and the patterns of its arguments, as they would be typed. */
export function allows({ exec, matcher }: Grant): string {
  return typed([exec, ...matcher.args.argv.map((element) => (typeof element === "string" ? element : JSON.stringify(element)))]);
}

/** Where; nothing if anywhere. */
export function places({ matcher }: Grant): string {
  return (matcher.cwd ?? []).map(String).join(", ");
}

/** How long it holds: `until it disconnects`, `in 14 m`, `until 12 Dec 18:00`. */
export function holds({ scope, ends, uses_left }: Grant, now: number): string {
  const left = typeof uses_left === "number" ? `, ${uses_left} ${uses_left === 1 ? "use" : "uses"} left` : "";
  if (scope === "always") return `no end${left}`;
  if (scope === "session") return `until it disconnects${left}`;
  if (!ends) return `${spoken(scope)}${left}`;
  const at = Date.parse(ends);
  return (at - now < 86_400_000 ? `ends ${until(at, now).text}` : `until ${dayAndTime(at, now)}`) + left;
}

export interface Usage {
  count: number;
  /** When last, in milliseconds since 1970. */
  last: number;
}

export interface Counted {
  by: ReadonlyMap<string, Usage>;
  /** The oldest entry that was counted; undefined if all were. */
  since: number | undefined;
}

/** How often each was used, by what `name` reads of an entry. */
export function counted(entries: readonly Recorded[], isAll: boolean, name: (entry: Recorded) => string | undefined): Counted {
  const by = new Map<string, Usage>();
  for (const entry of entries) {
    const key = name(entry);
    if (key === undefined) continue;
    const at = Date.parse(entry.at);
    const known = by.get(key);
    by.set(key, { count: (known?.count ?? 0) + 1, last: Math.max(known?.last ?? 0, at) });
  }
  const first = entries[0];
  return { by, since: isAll || first === undefined ? undefined : Date.parse(first.at) };
}

export function grantOf({ body }: Recorded): string | undefined {
  return typeof body["id"] === "string" ? body["id"] : undefined;
}

/** `rule:git-read` is what `policy.evaluated` names it by. */
export function ruleOf({ body }: Recorded): string | undefined {
  const by = body["by"];
  return typeof by === "string" && by.startsWith("rule:") ? by.slice("rule:".length) : undefined;
}

/** What was not used for so long may not be needed. */
const UNUSED = 30 * 86_400_000;

/** Whether it holds for long and nobody has needed it for a month. */
export function isIdle(usage: Usage | undefined, since: number, now: number): boolean {
  return UNUSED < now - Math.max(usage?.last ?? 0, since);
}

const EFFECTS: Record<PolicyEffect, string> = { allow: "Allow", ask: "Ask", ask_always: "Ask each time", deny: "Deny" };

export function effect({ effect }: ShownRule): string {
  return EFFECTS[effect] ?? effect;
}

const LAYERS: Record<string, string> = { builtin: "Built in", admin: "This machine’s", user: "Yours", project: "A project’s" };

export function layer({ layer }: ShownRule): string {
  return LAYERS[layer] ?? layer;
}

/** A word of ours, and what a machine wrote after it. */
export interface Condition {
  word: string;
  code: string;
}

/** What a rule is about, as it would be typed: `git status|diff …`, with `-r -f`; its whole text says the rest. */
export function about({ text }: ShownRule): { command: string; rest: Condition[] } {
  const keys = settings(text);
  const program = keys.get("exec") ?? keys.get("exec_name");
  const named = typeof program === "string" ? [program] : Array.isArray(program) ? [program.map(String).join("|")] : ["any program"];
  const patterns = Array.isArray(keys.get("argv")) ? (keys.get("argv") as unknown[]).map(pattern) : [];
  const flags = list(keys.get("has_flags")).map((flag) => (flag.startsWith("-") ? flag : flag.length === 1 ? `-${flag}` : `--${flag}`));
  const rest = [
    { word: "with", code: flags.join(" ") },
    { word: "in", code: list(keys.get("cwd")).join(", ") },
    { word: "asked by", code: list(keys.get("clients")).join(", ") },
  ].filter(({ code }) => code !== "");
  const reason = typeof keys.get("reason") === "string" ? [{ word: `“${String(keys.get("reason"))}”`, code: "" }] : [];
  return { command: [...named, ...patterns].join(" "), rest: [...rest, ...reason] };
}

function pattern(element: unknown): string {
  if (element === "...") return "…";
  if (typeof element === "string") return element;
  return Array.isArray(element) ? element.map(String).join("|") : JSON.stringify(element);
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

/** The keys of a rule whose values are also JSON: strings and lists, on one line or several. Others are left out. */
function settings(text: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const [, key = "", first = ""] = /^\s*([a-z_]+)\s*=\s*(.*)$/.exec(lines[at] ?? "") ?? [];
    if (key === "") continue;
    let value = first;
    for (let more = at; more < Math.min(at + 40, lines.length); more += 1) {
      if (at < more) value += lines[more];
      const read = json(value);
      if (read === undefined) continue;
      found.set(key, read.value);
      at = more;
      break;
    }
  }
  return found;
}

function json(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text.trim().replace(/,\s*\]$/, "]")) as unknown };
  } catch {
    return undefined;
  }
}
