// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import type { Recorded } from "../lib/api/types.gen";
import { BOARD_FEED } from "../lib/watch.svelte";

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
});

const entry = (index: number, rest: Partial<Recorded> = {}): Recorded => ({
  index,
  at: NOW.toISOString(),
  kind: "request.received",
  actor: "agent",
  actor_kind: "client",
  surface: "socket",
  body: { display: "git push" },
  ...rest,
});
const verified = { whole: true, exit: 0, verdict: "ok", size: 2, signed: 2, root: "", directory: "/state/audit", report: ["leaf 1 was altered"] };

async function showing(at: string, answers: Record<string, Answer> = {}): Promise<Fake> {
  history.replaceState(undefined, "", `#${at}`);
  const daemon = new Fake({
    "audit.search": () => ({ entries: [entry(0), entry(1)], size: 2 }),
    "system.doctor": () => ({ checks: [{ name: "audit key", verdict: "ok", detail: "in the keychain" }] }),
    ...answers,
  });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  await wait();
  return daemon;
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

test("entries are shown with the newest first, and what is added comes by itself", async () => {
  const daemon = await showing("/activity");
  expect(text("tbody td.number")).toEqual(["#1", "#0"]);
  expect(text(".key")).toEqual(["Signing key: in the keychain"]);
  daemon.item("audit.tail", entry(2, { kind: "approval.decided", body: { verdict: "deny" }, actor: "local", actor_kind: "human", surface: "window" }));
  await wait();
  expect(text("tbody tr")[0]).toMatch(/you \(window\)\s?Denied.*#2/);
});

test("each entry says which command it is about", async () => {
  const decided = entry(2, { kind: "approval.decided", request: "r1", body: { verdict: "approve", scope: "1h" } });
  await showing("/activity", { "audit.search": () => ({ entries: [entry(1, { request: "r1" }), decided], size: 3 }) });
  expect(text("td.about p")).toEqual(["git push · 1 h", "git push"]);
});

test("a record that was never read is not waited for without a daemon", async () => {
  const daemon = await showing("/activity", { "audit.search": () => new Promise(() => {}) });
  expect(text("main .wait")).toEqual(["Reading the record…"]);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  expect(text("main .wait")).toEqual([]);
  expect(text("main h2")).toEqual(["The record was not read before the daemon stopped answering."]);
  await wait(1000);
});

test("the record is checked when somebody asks, and what was found stays", async () => {
  const daemon = await showing("/activity", { "audit.verify": () => verified });
  expect(text(".state")).toEqual(["2 entries, not checked yet"]);
  await press("[data-action=check]");
  expect(text(".state")).toEqual(["Record intact: 2 entries, checked 14:07"]);
  location.hash = "#/services";
  await wait(10);
  location.hash = "#/activity";
  await wait(10);
  expect(text(".state")).toEqual(["Record intact: 2 entries, checked 14:07"]);
  expect(asked(daemon, "audit.verify")).toHaveLength(1);
});

test("a broken record says from where on nothing is to be trusted, and what to do", async () => {
  await showing("/activity", { "audit.verify": () => ({ ...verified, whole: false, exit: 2, first_bad: 1 }) });
  await press("[data-action=check]");
  expect(text("[role=alert]")[0]).toContain("Entry 1 does not match: it was altered, removed or moved. Entries from 1 on cannot be trusted.");
  expect(text("tr.doubted td.number")).toEqual(["#1"]);
  await press(".banner button");
  expect(text("dialog pre").join()).toContain("cp -r /state/audit");
  expect(text("dialog pre").at(-1)).toBe("leaf 1 was altered");
});

test("a record that cannot be read is no empty record", async () => {
  await showing("/activity", {
    "audit.search": () => {
      throw new Fault("unavailable", "the audit record is closed", "see docs/audit.md");
    },
  });
  expect(text(".notice [role=alert] > *")).toEqual(["The record cannot be read.", "The audit record is closed.", "See docs/audit.md."]);
  expect(text(".state"), "nothing is said of a check").toEqual(["Cannot be read"]);
  expect(text("main h2")).toHaveLength(1);
});

test("filters are asked of the daemon and kept in the address", async () => {
  const daemon = await showing("/activity?who=agent");
  expect(asked(daemon, "audit.search").at(-1)).toEqual({ limit: 100, actor: "agent" });
  const search = document.querySelector<HTMLInputElement>("[data-search]");
  if (search) search.value = "push";
  search?.dispatchEvent(new Event("input", { bubbles: true }));
  await wait(300);
  expect(asked(daemon, "audit.search").at(-1)).toEqual({ limit: 100, actor: "agent", text: "push" });
  expect(location.hash).toBe("#/activity?who=agent&q=push");

  const before = asked(daemon, "audit.search").length;
  const result = document.querySelector<HTMLSelectElement>("select[aria-label=Result]");
  if (result) result.value = "failed";
  result?.dispatchEvent(new Event("change", { bubbles: true }));
  await wait(300);
  expect(text("main h2")).toEqual(["Nothing of that kind is in the record."]);
  expect(asked(daemon, "audit.search")).toHaveLength(before);
  await press(".notice button");
  expect(location.hash).toBe("#/activity");
});

test("one entry is shown with all that it says, escaped, and can be proved", async () => {
  const daemon = await showing("/activity/1", {
    "audit.show": () => ({ ...entry(1, { request: "r1", body: { display: "echo <img src=x>\u202e" } }), line: '{"idx":"1"}' }),
    "audit.prove": () => ({ line: "", vkey: "key", proof: "c2sp.org/tlog-proof@v1\nindex 1" }),
  });
  expect(text("dialog h2")).toEqual(["Entry 1"]);
  expect(text("dialog dd")).toContain("echo <img src=x>\\u{202e}");
  expect(document.querySelector("dialog img")).toBeNull();
  expect(text("dialog pre")).toEqual(['{"idx":"1"}']);
  await press("dialog .row button:last-child");
  expect(asked(daemon, "audit.prove")).toEqual([{ index: 1 }]);
  expect(document.querySelectorAll("dialog pre")[1]?.textContent).toBe("c2sp.org/tlog-proof@v1\nindex 1");
  await press("dialog .actions button");
  expect(location.hash).toBe("#/activity");
});

test("who leaves the page follows the record no more", async () => {
  const daemon = await showing("/activity");
  expect(daemon.followers("audit.tail")).toBe(1);
  location.hash = "#/services";
  await wait(10);
  expect(daemon.followers("audit.tail")).toBe(0);
});

test("a daemon that comes back is asked again", async () => {
  const daemon = await showing("/activity");
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  expect(daemon.followers("audit.tail")).toBe(0);
  await wait(1000);
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  await wait();
  expect(daemon.followers("audit.tail")).toBe(1);
  expect(asked(daemon, "audit.search")).toHaveLength(2);
});
