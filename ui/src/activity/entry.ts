/**
 * What an entry of the record says, in words.
 *
 * The kinds are those of docs/audit.md. What is said about one comes from its
 * body, which may hold what a requester wrote: whoever shows it makes it visible.
 * A kind of a newer daemon is shown as it is called.
 */

import type { Recorded } from "../lib/api/types.gen";
import { spoken } from "../approvals/scope";
import { sentence } from "../lib/text";
import type { Shape, Tone } from "../services/status";

export interface Said {
  what: string;
  /** A command, a name: what it is about. */
  about: string;
  /** A machine wrote that. */
  mono: boolean;
  /** More, in words. */
  more: string;
  shape: Shape;
  tone: Tone;
  result: Result;
}

export type Result = "plain" | "allowed" | "denied" | "failed";

type Body = Record<string, unknown>;
type Says = (body: Body) => Partial<Said> & { what: string };

const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
const name = (body: Body) => text(body["name"] ?? body["client"] ?? body["id"]);

const KINDS: Record<string, Says> = {
  "log.opened": () => ({ what: "Record begun" }),
  "daemon.started": (body) => ({ what: "Daemon started", more: text(body["version"]) }),
  "daemon.stopped": (body) => ({ what: "Daemon stopped", more: text(body["reason"]) }),
  "policy.loaded": (body) => ({ what: "Policy in force", more: `revision ${text(body["rev"])}` }),
  "client.enrolled": (body) => ({ what: "Client enrolled", about: name(body), more: body["access"] ? `may ${text(body["access"])}` : "" }),
  "client.muted": (body) => ({ what: "Client muted", about: name(body), more: body["until"] ? `until ${text(body["until"])}` : "" }),
  "client.revoked": (body) => ({ what: "Client revoked", about: name(body) }),
  "auth.failed": (body) => ({ what: "Wrong token", more: body["pid"] ? `pid ${text(body["pid"])}` : "", result: "failed" }),
  "request.received": (body) => ({ what: "Asked for", about: text(body["display"]), mono: true }),
  "request.rejected": (body) => ({ what: "Refused to ask", more: text(body["reason"]), result: "denied" }),
  "request.expired": () => ({ what: "Expired unanswered", result: "denied" }),
  "request.cancelled": () => ({ what: "Request withdrawn" }),
  "request.invalidated": () => ({ what: "Request invalidated" }),
  "request.orphaned": () => ({ what: "Client gone" }),
  "request.reattached": () => ({ what: "Client back" }),
  "policy.evaluated": (body) => {
    const effect = text(body["effect"]);
    const what = { allow: "Allowed by policy", deny: "Denied by policy", ask: "To be decided" }[effect] ?? "Policy asked";
    return { what, about: "", more: by(body), ...(effect === "allow" && { result: "allowed" as const }), ...(effect === "deny" && { result: "denied" as const }) };
  },
  "approval.shown": (body) => ({ what: "Shown", more: text(body["surfaces"]) }),
  "approval.decided": (body) => {
    const yes = text(body["verdict"]) === "approve";
    const scope = text(body["scope"]);
    const more = [yes ? spoken(scope) : "", body["note"] ? `“${text(body["note"])}”` : ""].filter(Boolean).join(" · ");
    return { what: yes ? "Allowed" : "Denied", more, result: yes ? "allowed" : "denied" };
  },
  "exec.claimed": () => ({ what: "About to run" }),
  "exec.drift_denied": (body) => ({ what: "Not run: it changed", more: text(body["now"]), result: "denied" }),
  "exec.not_started": (body) => ({ what: "Not started", more: text(body["reason"]), result: "failed" }),
  "exec.started": (body) => ({ what: "Started", more: body["pid"] ? `pid ${text(body["pid"])}` : "" }),
  "exec.finished": (body) => {
    const outcome = text(body["outcome"]);
    const code = body["code"] === undefined ? (body["signal"] === undefined ? "" : `signal ${text(body["signal"])}`) : `exit status ${text(body["code"])}`;
    const went = outcome === "finished" && (body["code"] === undefined || text(body["code"]) === "0");
    return { what: outcome === "killed" ? "Ended early" : went ? "Finished" : "Failed", more: code, result: went ? "allowed" : "failed" };
  },
  "exec.unknown": () => ({ what: "How it ended is not known", result: "failed" }),
  "grant.created": (body) => ({ what: "Grant given", about: text(body["exec"]), mono: true, more: spoken(text(body["scope"])) }),
  "grant.used": (body) => ({ what: "Grant used", about: text(body["id"]) }),
  "grant.stale": (body) => ({ what: "Grant stale", about: text(body["id"]), more: "its program has changed" }),
  "grant.revoked": (body) => ({ what: "Grant ended", about: text(body["id"]) }),
  "grant.expired": (body) => ({ what: "Grant expired", about: text(body["id"]) }),
  "call.made": (body) => {
    const outcome = text(body["outcome"]);
    const failed = outcome !== "" && outcome !== "ok";
    return { what: sentence(operation(text(body["op"]))), about: argumentsOf(body["args"]), more: failed ? outcome : "", ...(failed && { result: "failed" as const }) };
  },
  "call.refused": (body) => ({
    what: "Refused",
    about: text(body["op"]) === "several" ? `${text(body["count"])} calls` : operation(text(body["op"])),
    more: text(body["code"]) === "several" ? "" : text(body["code"]),
    result: "denied",
  }),
};

const MARKS: Record<Result, { shape: Shape; tone: Tone }> = {
  plain: { shape: "dot", tone: "quiet" },
  allowed: { shape: "disc", tone: "ok" },
  denied: { shape: "ring", tone: "warn" },
  failed: { shape: "cross", tone: "err" },
};

export function said({ kind, body }: Recorded): Said {
  if ("unreadable" in body) return { ...BLANK, what: "Not readable", about: text(body["unreadable"]), mono: true, result: "failed", ...MARKS.failed };
  const found = KINDS[kind]?.(body) ?? { what: kind, more: Object.entries(body).map(([key, value]) => `${key}=${text(value)}`).join(" ") };
  const whole = { ...BLANK, ...found };
  return { ...whole, ...MARKS[whole.result] };
}

const BLANK = { about: "", mono: false, more: "", result: "plain" as Result };

/** `you (window)`, `claude-review`, `the daemon`: who did it and by which way. */
export function who({ actor, actor_kind, surface }: Recorded): string {
  if (actor_kind === "daemon") return "the daemon";
  if (actor_kind !== "human") return actor;
  return `you (${{ window: "window", socket: "terminal", cli: "terminal" }[surface] ?? surface})`;
}

/** `8 413`: thousands apart, as a number of entries is read. */
export function count(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** "service.restart" is "service restart", as on the command line. */
function operation(op: string): string {
  return op.replaceAll(".", " ").replaceAll("_", " ");
}

function by(body: Body): string {
  const rule = text(body["by"]);
  if (rule === "default") return "no rule is about it";
  return rule.replace(/^(rule|grant|builtin):/, (_, kind: string) => `${kind === "builtin" ? "built in" : kind} `);
}

function argumentsOf(args: unknown): string {
  if (typeof args !== "object" || args === null) return "";
  const isNamed = (key: string) => key === "name" || key === "id";
  const given = Object.entries(args)
    .map(([key, value]): [string, string] => [key, Array.isArray(value) ? value.map(text).join(", ") : text(value)])
    .filter(([, value]) => value !== "" && value !== "withheld" && value !== "{}");
  const [named, rest] = [given.filter(([key]) => isNamed(key)), given.filter(([key]) => !isNamed(key))];
  return [...named.map(([, value]) => value), ...rest.map(([key, value]) => `${key} ${value}`)].join(", ");
}

/** Kinds to choose from, in groups. */
export const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["Requests", ["request.received", "policy.evaluated", "approval.decided", "request.expired", "request.cancelled"]],
  ["Commands", ["exec.started", "exec.finished", "exec.not_started", "exec.drift_denied", "exec.unknown"]],
  ["Grants and clients", ["grant.created", "grant.used", "grant.revoked", "grant.stale", "client.enrolled", "client.muted", "client.revoked", "auth.failed"]],
  ["Daemon", ["call.made", "call.refused", "policy.loaded", "daemon.started", "daemon.stopped", "log.opened"]],
];

const NAMES: Record<string, string> = {
  "policy.evaluated": "What the policy said",
  "approval.decided": "Decisions",
  "request.received": "Asked for",
  "exec.started": "Started",
  "exec.finished": "Finished",
  "call.made": "Changes",
  "call.refused": "Refusals",
};

/** A kind in the list of kinds. */
export function kindName(kind: string): string {
  return NAMES[kind] ?? KINDS[kind]?.({}).what ?? kind;
}
