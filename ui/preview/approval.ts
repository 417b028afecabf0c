/** Made-up requests for the dialog: what a person may be asked, the worst included. */

import { mount } from "svelte";

import Approval from "../src/approval/Approval.svelte";
import type { Desk, Over, Place, Seen } from "../src/approval/desk";
import { Fault } from "../src/lib/api/transport";
import type { Badge, Block, Hint, ShownText } from "../src/lib/api/types.gen";

type Row = Block["rows"][number];

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const DIGEST = "sha256:4be7c1f0a3d95e2266b4c8f1907ad3e15c0d7b2f9a8e6443120fbcd9e7a15f38";

function text(...pieces: (string | { escape: string } | { cover: string })[]): ShownText {
  const parts = pieces.map((piece) => {
    if (typeof piece === "string") return { text: piece, kind: "plain" as const };
    return "escape" in piece ? { text: piece.escape, kind: "escape" as const } : { text: piece.cover, kind: "cover" as const };
  });
  return { pieces: parts.filter((piece) => piece.text !== ""), escapes: parts.filter((piece) => piece.kind === "escape").length };
}

function row(label: string, value: string | ShownText, ...badges: Badge[]): Row {
  return { label: text(label), value: typeof value === "string" ? text(value) : value, badges };
}

const badge = (id: string, level: Badge["level"], words: string): Badge => ({ id, level, text: words });
const root = badge("file.root", "note", "only root can change it");

interface Asked {
  client?: string;
  clientId?: string;
  program?: string;
  named?: string;
  argv: (string | ShownText)[];
  cwd?: string;
  env?: Row[];
  stdin?: Row[];
  runsAs?: Row;
  hints?: Hint[];
  reason?: string | null;
  more_reasons?: string[];
  seen?: Partial<Seen>;
  place?: Partial<Place>;
}

const argument = (value: string | ShownText, index: number): Row => {
  const shown = typeof value === "string" ? text(value) : value;
  const escapes = shown.escapes ?? 0;
  const words = escapes === 1 ? "1 character is shown as an escape" : `${escapes} characters are shown as escapes`;
  return row(String(index + 1), shown, ...(escapes > 0 ? [badge("text.escaped", "caution", words)] : []));
};

function seen(asked: Asked): Seen {
  const { client = "claude-review", program = "/usr/bin/git", cwd = "/home/ada/src/shop", argv } = asked;
  const view: Block[] = [
    { fact: "client", title: "Who asks", rows: [row("client", client), asked.runsAs ?? row("runs as", "the daemon's user (uid 1000)")], more: 0 },
    { fact: "program", title: "Program", rows: [row("file", program, root), ...(asked.named ? [row("asked for as", asked.named)] : []), row("sha256", DIGEST)], more: 0 },
    { fact: "arguments", title: "Arguments", rows: argv.map(argument), more: 0 },
    { fact: "directory", title: "Directory", rows: [row("", cwd)], more: 0 },
    {
      fact: "environment",
      title: "Environment",
      rows: [...(asked.env ?? []), row("HOME", "/home/ada"), row("LANG", "C.UTF-8"), row("PATH", "/usr/local/bin:/usr/bin:/bin"), row("USER", "ada")],
      more: 0,
    },
    ...(asked.stdin ? [{ fact: "stdin" as const, title: "What it reads", rows: asked.stdin, more: 0 }] : []),
    { fact: "limits", title: "Limits", rows: [row("time", "10m"), row("output kept", "1 MiB")], more: 0 },
    { fact: "digest", title: "Digest", rows: [row("code", "4be7c1"), row("digest", DIGEST)], more: 0 },
  ];
  const plain = (shown: string | ShownText) => (typeof shown === "string" ? shown : shown.pieces.map((piece) => piece.text).join(""));
  const expires = secondsAgo(-572);
  const reason = asked.reason === undefined ? "The branch is reviewed; it is pushed so that CI can start." : asked.reason;
  return {
    request: {
      id: "7kq2mz9x4d",
      state: "pending",
      client,
      client_id: asked.clientId ?? `${client}-7f31`,
      display: [program, ...argv.map(plain)].join(" ").slice(0, 300),
      plan: DIGEST,
      code: "4be7c1",
      ...(reason === null ? {} : { reason }),
      ...(asked.more_reasons && { more_reasons: asked.more_reasons }),
      created: secondsAgo(28),
      expires,
      audit_index: 8411,
      rev: 2,
    },
    view,
    hints: asked.hints ?? [],
    effect: "ask",
    by: "default",
    trace: [],
    offers_always: true,
    suggestions: [],
    asked_by: [48310, 48200, 47111, 2210],
    line: [
      { pid: 48310, name: "claude" },
      { pid: 48200, name: "node" },
      { pid: 47111, name: "zsh" },
      { pid: 2210, name: "wezterm-gui" },
    ],
    past: { allowed: 12, denied: 0, last: secondsAgo(2 * 3600), of: 212 },
    nonce: "n",
    ...asked.seen,
    place: { id: "7kq2mz9x4d", position: 1, waiting: 1, of_client: 1, expires, over: null, ...asked.place },
  };
}

const hint = (id: string, level: Hint["level"], words: string, at?: number): Hint => ({ id, level, text: words, ...(at === undefined ? {} : { argument: at }) });

const push = seen({
  argv: ["push", "origin", "feature/login"],
  hints: [hint("net.transfer", "note", "it sends or fetches over the network")],
  seen: {
    suggestions: [
      {
        number: 0,
        text: "exactly this command, in /home/ada/src/shop",
        would_have_allowed: 3,
        matched: [{ display: "/usr/bin/git push origin feature/login", times: 3 }],
        left: [
          { display: "/usr/bin/git push origin feature/cart", times: 4 },
          { display: "/usr/bin/git push origin main", times: 1 },
        ],
      },
      {
        number: 1,
        text: "git push with any arguments and no options, in /home/ada/src/shop",
        would_have_allowed: 8,
        matched: [
          { display: "/usr/bin/git push origin feature/cart", times: 4 },
          { display: "/usr/bin/git push origin feature/login", times: 3 },
          { display: "/usr/bin/git push origin main", times: 1 },
        ],
        left: [{ display: "/usr/bin/git push origin feature/login --force", times: 1 }],
      },
    ],
  },
});

const danger = seen({
  program: "/usr/bin/rm",
  argv: ["-rf", "/var/lib/shop/cache", text({ escape: "\\u{202e}" }, "gpj.exe ", { escape: "\\u{20}" }, { escape: "\\n" }, "next-line")],
  env: [
    row("LD_PRELOAD", "/tmp/x.so", badge("env.unusual", "caution", "asked for; it can change what the program does")),
    row("LC_ALL", "C", badge("env.asked", "note", "asked for")),
  ],
  runsAs: row("runs as", "the daemon's user (uid 0)", badge("user.root", "danger", "it may do everything on this machine")),
  hints: [
    hint("files.delete-recursive", "danger", "it deletes directories with all that is in them", 1),
    hint("user.root", "danger", "it runs as root and may do everything on this machine"),
    hint("env.loader", "danger", "LD_PRELOAD makes programs load or run something else"),
    hint("text.hidden", "caution", "the argument has characters that are not seen, or that do something", 3),
    hint("text.blank", "note", "the argument has blanks at its begin or end", 3),
  ],
  reason: "Cache is stale, clearing before rebuild.",
  more_reasons: ["The cache alone is deleted, nothing else."],
  seen: { offers_always: false, similar: { without: ["-rf"], with: ["-r"] }, past: { allowed: 0, denied: 0, last: null, of: 212 } },
  place: { waiting: 4, of_client: 3 },
});

const long = seen({
  program: "/usr/bin/psql",
  clientId: "anonymous",
  client: "anonymous",
  argv: ["-c", `INSERT INTO orders VALUES ${"(1, 'a', 'b'), ".repeat(900)}(2, 'c', 'd')`],
  stdin: Array.from({ length: 60 }, (_, index) => row(String(index + 1), `UPDATE stock SET count = count - 1 WHERE id = ${index};`)),
  hints: [hint("code.stdin", "caution", "what it reads from standard input may be a program")],
  seen: { effect: "ask_always", past: { allowed: 1, denied: 2, last: secondsAgo(86_400 * 3), of: 40 } },
});

const markup = "<img src=x onerror=alert(1)><b>Approved by admin. Press Y</b>";
const hostile = seen({
  client: "شركة‮robot",
  argv: [markup, text({ escape: "\\u{1b}" }, "[2J", { escape: "\\u{1b}" }, "]52;c;", { escape: "\\u{7}" }), "x".repeat(20_000), text({ cover: "[40 characters covered]" })],
  reason: `${markup} ${"y".repeat(400)}`,
  cwd: `/tmp/${"deep/".repeat(60)}`,
  hints: [hint("text.alike", "danger", "the argument deceives the eye: letters of two scripts", 1)],
});

const over: Over = { state: "cancelled", because: "its requester has gone", surface: null, at: new Date().toISOString() };

/** What the desk has, or why it has nothing. */
const DIALOGS: Record<string, Seen | null | Fault> = {
  approval: push,
  "approval-danger": danger,
  "approval-long": long,
  "approval-hostile": hostile,
  "approval-over": { ...push, place: { ...push.place, over } },
  "approval-empty": null,
  "approval-fault": new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)"),
};

class Made implements Desk {
  readonly #what: Seen | null | Fault;

  constructor(what: Seen | null | Fault) {
    this.#what = what;
  }

  async current(): Promise<Seen | null> {
    if (this.#what instanceof Fault) throw this.#what;
    return this.#what;
  }

  look(): Promise<Seen | null> {
    return this.current();
  }

  async decide(): Promise<void> {
    throw new Fault("conflict", "this request waits no more; nothing was decided");
  }

  async denyClient(): Promise<number> {
    return 3;
  }

  later(): void {}

  async extend(): Promise<string | null> {
    return secondsAgo(-1100);
  }

  watch(): void {}

  fit(): void {}
}

/** The same as scenes: each mounts the dialog instead of the main window. */
export const APPROVAL: Record<string, { mount: (target: HTMLElement) => void }> = Object.fromEntries(
  Object.entries(DIALOGS).map(([name, what]) => [
    name,
    { mount: (target: HTMLElement) => void mount(Approval, { target, props: { desk: new Made(what) } }) },
  ]),
);
