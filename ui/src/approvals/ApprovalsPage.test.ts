// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";
import type { Waiting } from "./waiting";

let app: Record<string, unknown> | undefined;
const NOW = new Date(2026, 10, 21, 14, 7, 32);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  document.body.replaceChildren();
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ahead = (seconds: number) => new Date(NOW.getTime() + seconds * 1000).toISOString();
const asks = (id: string, rest: Partial<Waiting> = {}): Waiting => ({
  id,
  display: "git push",
  client: "agent",
  client_id: "c-1",
  state: "pending",
  created: ahead(-72),
  expires: ahead(528),
  plan: `sha256:${id}`,
  code: "abc123",
  rev: 1,
  audit_index: 12,
  ...rest,
});

async function showing(at: string, waiting: Waiting[], answers: Record<string, Answer> = {}): Promise<Fake> {
  history.replaceState(undefined, "", `#${at}`);
  const daemon = new Fake({ "approval.list": () => ({ requests: waiting, pending: waiting.length }), ...answers });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  await board(daemon, waiting);
  return daemon;
}

async function board(daemon: Fake, waiting: Waiting[]): Promise<void> {
  daemon.item(BOARD_FEED, { snapshot: true, changes: waiting.map((value, index) => ({ noun: "request", key: value.id, sequence: index + 1, value })) });
  await wait();
}

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

async function press(selector: string): Promise<void> {
  const found = document.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`there is no ${selector}`);
  found.click();
  await wait(10);
}

const text = (selector: string) => [...document.querySelectorAll(selector)].map((element) => element.textContent?.replaceAll(/\s+/g, " ").trim());
const asked = (daemon: Fake, op: string) => daemon.sent.filter(({ method }) => method === op).map(({ params }) => params);

test("what waits is shown with its risk, who asks, and how long there is", async () => {
  await showing("/approvals", [asks("1", { reason: "it is stale" }), asks("2", { risk: "danger", display: "rm -rf /" })]);
  expect(text("[data-request] code")).toEqual(["rm -rf /", "git push"]);
  expect(text("[data-request] .risk")).toEqual(["High", "Low"]);
  expect(text("[data-request='1'] .who")[0]).toContain("agent asks · its own words, not verified: “it is stale”");
  expect(text("[data-request='1'] dd")).toEqual(["1 m", "in 8 m"]);
  await wait(480_000);
  expect(document.querySelector("[data-request='1'] dd.soon")).not.toBeNull();
});

test("what is decided elsewhere is gone at once, and what comes is asked about", async () => {
  const waiting = [asks("1"), asks("2")];
  const daemon = await showing("/approvals", waiting);
  await board(daemon, waiting.slice(1));
  expect(text("[data-request] code")).toHaveLength(1);
  expect(asked(daemon, "approval.list")).toHaveLength(2);
  await board(daemon, []);
  expect(text("main h2")).toEqual(["Nothing waits for a decision."]);
});

test("nothing can be decided here: in a browser it says where it can", async () => {
  const daemon = await showing("/approvals", [asks("7k3m")]);
  await press("[data-request] button");
  expect(text("dialog pre")[0]).toContain("hob approve 7k3m");
  expect(daemon.sent.map(({ method }) => method)).not.toContain("approval.decide");
});

test("in the desktop app a review is the program's own window", async () => {
  const invoked: unknown[] = [];
  await showing("/approvals", [asks("7k3m")]);
  vi.stubGlobal("__TAURI_INTERNALS__", {
    invoke: async (command: string, args: unknown) => {
      invoked.push([command, args]);
      throw "the dialog is gone";
    },
  });
  await press("[data-request] button");
  expect(invoked).toEqual([["review", { id: "7k3m" }]]);
  expect(text(".toast p")[0]).toContain("the dialog is gone. In a terminal: hob approve 7k3m");
  await wait(20_000);
});

test("what cannot be read says why, and how to do it elsewhere", async () => {
  await showing("/approvals", [asks("1")], {
    "approval.list": () => {
      throw new Fault("denied", "not from this window");
    },
  });
  expect(text("[role=alert] > *")).toEqual(["This window is not allowed to show what waits.", "Not from this window.", "In a terminal: hob approvals"]);
});

test("what a requester writes is text, never markup", async () => {
  await showing("/approvals", [asks("1", { display: "echo <img src=x> \u202e", client: "<b>root</b>", reason: "<i>\u001b[0m" })]);
  expect(document.querySelector("main :is(img, b, i)")).toBeNull();
  expect(text("[data-request] code")).toEqual(["echo <img src=x> \\u{202e}"]);
});

const grant = {
  id: "g-1",
  exec: "/usr/bin/npm",
  name: "agent",
  client: "c-1",
  scope: "always",
  state: "active",
  created: ahead(-40 * 86_400),
  created_by: "local",
  matcher: { args: { argv: ["run", "*"] }, cwd: [], exec: "/usr/bin/npm", named: "npm", class: "run" },
};
const rule = { id: "git-read", effect: "allow", layer: "user", file: "/x/policy.toml", line: 3, broad: true, text: 'id = "git-read"\nexec = "/usr/bin/git"\nargv = ["status", "..."]' };
const rules: Record<string, Answer> = {
  "grant.list": () => ({ grants: [grant] }),
  "policy.show": () => ({ rules: [rule], problems: [], revision: { number: 1, source: [], sha256: "", loaded_at: ahead(0) }, settings: {} }),
  "audit.search": () => ({ entries: [], size: 0 }),
};

test("a grant is ended only when it was asked twice", async () => {
  const daemon = await showing("/approvals/rules", [], { ...rules, "grant.revoke": () => ({ grants: [grant] }) });
  expect(text("[data-grant] code")).toEqual(["/usr/bin/npm run '*'"]);
  expect(text("[data-rule] code")).toEqual(["/usr/bin/git status …"]);
  expect(text(".banner")[0]).toContain("not used for 30 days");
  await press("[data-grant] button");
  expect(asked(daemon, "grant.revoke")).toEqual([]);
  await press("dialog button:not(.danger)");
  await press("[data-grant] button");
  await press("dialog button.danger");
  expect(asked(daemon, "grant.revoke")).toEqual([{ id: "g-1" }]);
  await wait(20_000);
});

test("a policy that cannot be read is said before anything else", async () => {
  await showing("/approvals/rules", [], { ...rules, "policy.show": () => ({ rules: [], problems: [], unreadable: "permission denied", revision: {}, settings: {} }) });
  expect(text("[role=alert]")[0]).toContain("Every command is asked about, and no grant counts: permission denied.");
  expect(text("[aria-labelledby=rules] .none")).toEqual(["The rules cannot be read, as is said above."]);
});

test("what nobody answered stands under missed, with where the record tells of it", async () => {
  await showing("/approvals/missed", [], {
    "request.list": (params) => ({ requests: (params as { state: string }).state === "expired" ? [asks("1", { state: "expired" })] : [] }),
  });
  expect(text("tbody td.end")).toEqual(["Expired Nobody answered in time"]);
  expect(document.querySelector("tbody a")?.getAttribute("href")).toBe("#/activity/12");
});
