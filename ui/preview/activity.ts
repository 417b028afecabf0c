/** A made-up record: a morning with an agent, a person, and a daemon between them. */

import { Fault } from "../src/lib/api/transport";
import type { Recorded, Verified } from "../src/lib/api/types.gen";
import { drawn, press, secondsAgo, type Scenes } from "./scene";

const SIZE = 8_413;

interface Made {
  kind: string;
  body?: Recorded["body"];
  actor?: [actor: string, kind: string, surface: string];
  request?: string;
}

/** A digest as long as they are, and the same each time. */
const digest = (seed: number) => `sha256:${Array.from({ length: 64 }, (_, place) => ((seed * 2_654_435_761 + place * 40_503 * (seed + place)) >>> 7) % 16).map((digit) => digit.toString(16)).join("")}`;
const PLAN = digest(3);

const daemon: Made["actor"] = ["daemon", "daemon", "daemon"];
const window: Made["actor"] = ["local", "human", "window"];
const terminal: Made["actor"] = ["local", "human", "socket"];
const agent: Made["actor"] = ["claude-review", "client", "socket"];

const story: Made[] = [
  { kind: "exec.finished", body: { outcome: "finished", code: "0", bytes: "412", out: digest(41), err: digest(43) }, request: "4d8w1c7n2b" },
  { kind: "exec.started", body: { pid: "48902" }, request: "4d8w1c7n2b" },
  { kind: "exec.claimed", body: { plan: PLAN, claim: "1" }, request: "4d8w1c7n2b" },
  { kind: "grant.created", body: { id: "g-11", client: "c-7f21", exec: "/usr/bin/git", scope: "15m" }, actor: window },
  { kind: "approval.decided", body: { verdict: "approve", plan: PLAN, scope: "15m" }, actor: window, request: "4d8w1c7n2b" },
  { kind: "approval.shown", body: { surfaces: "window" }, request: "4d8w1c7n2b" },
  { kind: "policy.evaluated", body: { effect: "ask", by: "default", plan: PLAN }, request: "4d8w1c7n2b" },
  { kind: "request.received", body: { client: "c-7f21", plan: PLAN, display: "git push origin feature/login", commit: `hmac-${digest(91)}` }, actor: agent, request: "4d8w1c7n2b" },
  { kind: "call.made", body: { op: "service.restart", args: { name: "worker" }, outcome: "ok", pid: "47110" }, actor: terminal },
  { kind: "approval.decided", body: { verdict: "deny", note: "use staging, not production", scope: "once" }, actor: window, request: "2c9s8d1k0f" },
  { kind: "policy.evaluated", body: { effect: "ask", by: "rule:ask-deploy" }, request: "2c9s8d1k0f" },
  { kind: "request.received", body: { display: "deploy --env production --yes" }, actor: agent, request: "2c9s8d1k0f" },
  { kind: "call.refused", body: { op: "service.add", code: "denied" }, actor: agent },
  { kind: "exec.finished", body: { outcome: "failed", code: "101", bytes: "18402" }, request: "9z1q5t8v3m" },
  { kind: "exec.started", body: { pid: "48640" }, request: "9z1q5t8v3m" },
  { kind: "policy.evaluated", body: { effect: "allow", by: "rule:cargo-test" }, request: "9z1q5t8v3m" },
  { kind: "request.received", body: { display: "cargo test --workspace" }, actor: agent, request: "9z1q5t8v3m" },
  { kind: "policy.evaluated", body: { effect: "deny", by: "rule:no-rm-rf" }, request: "7k3m9x2p4q" },
  { kind: "request.received", body: { display: "rm -rf /var/lib/shop/cache" }, actor: agent, request: "7k3m9x2p4q" },
  { kind: "call.made", body: { op: "job.run", args: { name: "backup-db" }, outcome: "conflict" }, actor: window },
  { kind: "client.enrolled", body: { client: "claude-review", access: "request" }, actor: terminal },
  { kind: "auth.failed", body: { pid: "31207" }, actor: ["unknown", "client", "socket"] },
  { kind: "policy.loaded", body: { rev: "14", sha256: digest(14).slice("sha256:".length) } },
  { kind: "daemon.started", body: { version: "0.1.0" } },
];

/** What was said with each no; the same is not said every hour. */
const NOTES = ["use staging, not production", "not before it ran on staging", "staging first, and tell the others"];

const entries: Recorded[] = Array.from({ length: 240 }, (_, place) => {
  const made = story[place % story.length] ?? { kind: "call.made" };
  const [actor, actor_kind, surface] = made.actor ?? daemon;
  return {
    index: SIZE - 1 - place,
    at: secondsAgo(19 + place * 47 + Math.floor(place / 8) * 600),
    kind: made.kind,
    actor,
    actor_kind,
    surface,
    body: made.body?.["note"] === undefined ? (made.body ?? {}) : { ...made.body, note: NOTES[Math.floor(place / story.length)] },
    ...(made.request !== undefined && { request: made.request }),
    ...(made.kind === "policy.evaluated" && { policy: 14 }),
  };
});

const hostile: Recorded[] = [
  { ...entries[0]!, index: 3, kind: "request.received", actor: "<b>root</b>\u202e", actor_kind: "client", body: { display: "echo <img src=x onerror=alert(1)> \u001b[31m\nForged: allowed\u0000", commit: "x" } },
  { ...entries[0]!, index: 2, kind: "tea.brewed", actor: "x".repeat(300), body: { leaves: "y".repeat(4_000), "<i>": { deep: [1, 2] } } },
  { ...entries[0]!, index: 1, kind: "", actor: "", actor_kind: "", surface: "", body: { unreadable: "{\u0000 not a leaf" } },
  { index: 0, at: secondsAgo(60), kind: "log.opened", actor: "daemon", actor_kind: "daemon", surface: "daemon", body: {} },
];

const search = (all: readonly Recorded[], size = SIZE) => (params: object) => {
  const { before = Infinity, limit = 100, kind, actor, request, text } = params as Record<string, never>;
  const fits = (entry: Recorded) =>
    entry.index < before && (!kind || entry.kind === kind) && (!actor || entry.actor === actor) && (!request || entry.request === request) && (!text || JSON.stringify(entry).includes(text));
  return { entries: all.filter(fits).slice(0, limit).reverse(), size };
};

const whole: Verified = { whole: true, exit: 0, verdict: "whole, as far as it is signed", size: SIZE, signed: SIZE, root: "m8Xo0Qp1Yv0=", directory: "/home/ada/.local/state/hob/audit", report: ["8413 leaves, 8413 of them signed", "2 restarts of the daemon"] };
const bad: Verified = {
  ...whole,
  whole: false,
  exit: 2,
  verdict: "altered",
  first_bad: 8_398,
  signed: 8_384,
  report: ["leaf 8398 is not the one that was signed: its hash is 3f0c5be2…, and 91aa07d4… was signed", "the head of 8384 leaves of 2026-11-21T12:40:02Z is whole"],
};

const answers = {
  "audit.search": search(entries),
  "audit.verify": () => whole,
  "audit.show": (params: object) => {
    const { index } = params as { index: number };
    const entry = [...entries, ...hostile].find((entry) => entry.index === index);
    if (entry === undefined) throw new Fault("not_found", `the audit record has no leaf ${index}; it has ${SIZE}`);
    return { ...entry, line: JSON.stringify({ actor: { id: entry.actor, kind: entry.actor_kind, surface: entry.surface }, body: entry.body, boot: "0b9e6d1c-6f0a-4f5e-9c57-1d2f3a4b5c6d", idx: String(index), log: "hob.local/4f2a9c1d6e8b0375/1000", t: entry.at, type: entry.kind, v: "1" }) };
  },
  "audit.prove": (params: object) => ({
    line: "{}",
    vkey: "hob.local/4f2a9c1d6e8b0375/1000+4c1f2a90+AYm0Xo0Qp1Yv0m8X",
    proof: `c2sp.org/tlog-proof@v1\nindex ${(params as { index: number }).index}\nv0m8Xo0Qp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1=\nQp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1Yv0m8X0=\n\nhob.local/4f2a9c1d6e8b0375/1000\n8413\nm8Xo0Qp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1Yv0m8Xo0Qp1Y=\n\n— hob.local/4f2a9c1d6e8b0375/1000 TB8qkOqI0=\n`,
  }),
  "system.doctor": () => ({ checks: [{ name: "audit key", detail: "in the keychain of the desktop", verdict: "ok" }] }),
};

const at = "/activity";
const board = {};
const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");

export const ACTIVITY: Scenes = {
  activity: { at, board, answers, then: () => press("[data-action=check]") },
  "activity-unchecked": { at, board, answers },
  "activity-broken": { at, board, answers: { ...answers, "audit.verify": () => bad }, then: () => press("[data-action=check]") },
  "activity-advice": {
    at,
    board,
    answers: { ...answers, "audit.verify": () => bad },
    then: async () => {
      await press("[data-action=check]");
      await press(".banner button");
    },
  },
  "activity-entry": { at: "/activity/8412", board, answers },
  "activity-proof": {
    at: "/activity/8405",
    board,
    answers,
    then: async () => {
      await drawn("dialog pre");
      await press("dialog .row button:last-child");
    },
  },
  "activity-none": { at: "/activity/99999", board, answers },
  "activity-filter": { at: "/activity?kind=approval.decided&q=staging", board, answers },
  "activity-nothing": { at: "/activity?kind=auth.failed&who=codex", board, answers: { ...answers, "audit.search": () => ({ entries: [], size: SIZE }) } },
  "activity-live": { at, board, answers, feeds: { "audit.tail": () => [{ ...entries[8], index: SIZE, at: secondsAgo(0) }] } },
  "activity-unread": {
    at,
    board,
    answers: {
      ...answers,
      "audit.search": () => {
        throw new Fault("unavailable", "the audit record is not to be trusted, and nothing is added to it: it does not continue its last signed head (size 8384)", "gate.db and the directory audit are the evidence: look at a copy first (docs/audit.md); once both are moved out of the state directory, a new record begins with the next start");
      },
    },
  },
  "activity-hostile": { at, board, answers: { ...answers, "audit.search": search(hostile, 4) } },
  "activity-lost": { at, board, answers, lost: gone },
};
