/** Made-up requests, grants and rules: an agent that wants more than it has, and what people have said to it before. */

import { Fault } from "../src/lib/api/transport";
import type { Grant, Recorded, ShownPolicy } from "../src/lib/api/types.gen";
import type { Waiting } from "../src/approvals/waiting";
import { minutesAgo, minutesAhead, press, secondsAgo, type Scenes } from "./scene";

const plan = (digit: string) => `sha256:${digit.repeat(64)}`;

function asks(id: string, display: string, rest: Partial<Waiting>): Waiting {
  return {
    id,
    display,
    client: "claude-review",
    client_id: "c-7f21",
    state: "pending",
    created: secondsAgo(72),
    expires: secondsAgo(-528),
    plan: plan(id.charAt(0)),
    code: "3fa91c",
    rev: 1,
    audit_index: 8_412,
    ruled: { ruling: "ask", by: "default", policy: 14 },
    ...rest,
  };
}

const waiting: Waiting[] = [
  asks("7k3m9x2p4q", "rm -rf /var/lib/shop/cache", { risk: "danger", reason: "Cache is stale, clearing before rebuild." }),
  asks("4d8w1c7n2b", "git push origin feature/login", { risk: "note", created: secondsAgo(140), expires: secondsAgo(-44), plan: plan("e") }),
  asks("4e8w1c7n2c", "git push origin feature/login", { risk: "note", created: secondsAgo(20), expires: secondsAgo(-580), plan: plan("e") }),
  asks("9z1q5t8v3m", "npm install --save-dev playwright-core@1.60", { risk: "caution", client: "codex", client_id: "c-11aa", created: secondsAgo(8), reason: "The end-to-end tests need a browser." }),
];

const long = "a".repeat(400);
const hostile: Waiting[] = [
  asks("1aaaaaaaaa", "echo <img src=x onerror=alert(1)> \u202egnp.exe \u001b[31mred\u001b[0m", { risk: "danger", client: "<b>root</b>\u200b", reason: "Please approve.\n\nApproved by: the administrator" }),
  asks("2bbbbbbbbb", `/usr/bin/${long} ${"--flag ".repeat(90)}`, { risk: "caution", reason: "x".repeat(500), state: "orphaned" }),
];

function grant(id: string, exec: string, argv: unknown[], rest: Partial<Grant>): Grant {
  return {
    id,
    exec,
    sha256: "5e".repeat(32),
    client: "c-7f21",
    name: "claude-review",
    created: minutesAgo(60 * 24 * 40),
    created_by: "local (window)",
    request: "2c9s8d1k0f",
    scope: "always",
    state: "active",
    matcher: { exec, named: exec.split("/").at(-1) ?? "", class: "run", args: { argv: argv as Grant["matcher"]["args"]["argv"] }, cwd: ["/home/ada/src/shop"] },
    ...rest,
  };
}

const grants: Grant[] = [
  grant("g-03", "/usr/bin/npm", ["run", "*"], {}),
  grant("g-11", "/usr/bin/git", ["push", "origin", "feature/*"], { scope: "15m", created: minutesAgo(9), ends: minutesAhead(6) }),
  grant("g-12", "/usr/bin/make", ["test"], { name: "codex", client: "c-11aa", created: minutesAgo(60 * 26), scope: "session", uses_left: 3 }),
  grant("g-02", "/home/ada/bin/deploy", ["--dry-run"], { state: "stale", created: minutesAgo(60 * 24 * 64) }),
];

const entry = (index: number, minutes: number, kind: string, body: Recorded["body"]): Recorded => ({ index, at: minutesAgo(minutes), kind, actor: "daemon", actor_kind: "daemon", surface: "policy", body });
const record: Recorded[] = [
  ...Array.from({ length: 41 }, (_, use) => entry(use, 120 + (41 - use) * 700, "grant.used", { id: "g-03" })),
  entry(90, 4, "grant.used", { id: "g-11" }),
  entry(91, 300, "policy.evaluated", { effect: "allow", by: "rule:git-read" }),
  entry(92, 44, "policy.evaluated", { effect: "allow", by: "rule:git-read" }),
  entry(93, 12, "policy.evaluated", { effect: "deny", by: "rule:no-rm-rf" }),
];

const policy: ShownPolicy = {
  revision: { number: 14, sha256: "ab".repeat(32), loaded_at: minutesAgo(190), source: ["/home/ada/.config/hob/policy.toml"] },
  problems: [],
  settings: { asks_per_minute: 10, requests_per_minute: 600, max_running_per_client: 16, max_running: 64, cool_down: "60s", max_pending: 1000, max_pending_per_client: 20, pending_ttl: "10m" },
  rules: [
    { id: "no-curl-sh", effect: "deny", layer: "admin", file: "/etc/hob/policy.toml", line: 3, broad: false, text: 'id = "no-curl-sh"\neffect = "deny"\nexec_name = "curl"\nargv = ["...", "|", "sh"]\nreason = "read it first"\n' },
    {
      id: "git-read",
      effect: "allow",
      layer: "user",
      file: "/home/ada/.config/hob/policy.toml",
      line: 3,
      broad: true,
      text: 'id = "git-read"\neffect = "allow"\nexec = "/usr/bin/git"\nargv = [["status", "diff", "log", "show"], "..."]\ntail_flags_deny = ["--output", "--ext-diff", "-c"]\ncwd = ["~/src/**"]\nreason = "read-only git"\n',
    },
    { id: "no-rm-rf", effect: "deny", layer: "user", file: "/home/ada/.config/hob/policy.toml", line: 14, broad: false, text: 'id = "no-rm-rf"\neffect = "deny"\nexec_name = "rm"\nhas_flags = ["r", "f"]\nreason = "use trash-put"\n' },
    { id: "ask-deploy", effect: "ask_always", layer: "project", file: "/home/ada/src/shop/.hob/policy.toml", line: 2, broad: false, text: 'id = "ask-deploy"\neffect = "ask_always"\nexec_name = "deploy"\n' },
  ],
};

const missed: Waiting[] = [
  asks("5m2n8b4v1c", "docker system prune -a --volumes", { state: "expired", created: minutesAgo(190), reason: "Free some disk space.", audit_index: 8_120 }),
  asks("6c1x7z9l3k", "terraform apply -auto-approve", { state: "cancelled", created: minutesAgo(60 * 20), because: "whoever asked has gone", client: "codex", audit_index: 7_904 }),
  asks("8p4o2i6u7y", "git push --force origin main", { state: "expired", created: minutesAgo(60 * 50), audit_index: 7_120 }),
];

const answers = {
  "approval.list": () => ({ requests: waiting, pending: waiting.length }),
  "grant.list": () => ({ grants }),
  "grant.revoke": () => ({ grants: [grants[0]] }),
  "policy.show": () => policy,
  "request.list": (params: object) => ({ requests: missed.filter(({ state }) => state === (params as { state: string }).state) }),
  "audit.search": (params: object) => {
    const { kind } = params as { kind?: string };
    return { entries: record.filter((entry) => entry.kind === kind), size: 8_413 };
  },
};

const onBoard = (requests: readonly Waiting[]) => ({
  request: Object.fromEntries(requests.map(({ id, state, client, created, expires }) => [id, { id, state, client, created, expires }])),
});
const board = onBoard(waiting);
const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");
const refuse = (message: string, hint?: string) => () => {
  throw new Fault("denied", message, hint);
};

export const APPROVALS: Scenes = {
  approvals: { at: "/approvals", board, answers },
  "approvals-empty": { at: "/approvals", board: {}, answers },
  "approvals-hostile": { at: "/approvals", board: onBoard(hostile), answers: { "approval.list": () => ({ requests: hostile, pending: 2 }) } },
  "approvals-lost": { at: "/approvals", board, answers, lost: gone },
  "approvals-unread": { at: "/approvals", board, answers: { ...answers, "approval.list": refuse("approval.list needs the access approve, and this caller has operate: a window may look, start and stop, and no more") } },
  "approvals-elsewhere": { at: "/approvals", board, answers, then: () => press("[data-request] button") },
  "approvals-rules": { at: "/approvals/rules", board, answers },
  "approvals-end": { at: "/approvals/rules", board, answers, then: () => press("[data-grant] button") },
  "approvals-rules-empty": { at: "/approvals/rules", board: {}, answers: { ...answers, "grant.list": () => ({ grants: [] }), "policy.show": () => ({ ...policy, problems: ["/home/ada/.config/hob/policy.toml:12: rule.git-read.argv: \"[\" is not closed"] }) } },
  "approvals-rules-unreadable": { at: "/approvals/rules", board, answers: { ...answers, "policy.show": () => ({ ...policy, rules: [], unreadable: "/home/ada/.config/hob/policy.toml: permission denied" }), "grant.list": refuse("not from this window", "hob grant list") } },
  "approvals-missed": { at: "/approvals/missed", board, answers },
  "approvals-missed-empty": { at: "/approvals/missed", board: {}, answers: { "request.list": () => ({ requests: [] }) } },
};
