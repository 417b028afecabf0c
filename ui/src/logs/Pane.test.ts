// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { BOARD_FEED } from "../lib/watch.svelte";
import type { Status } from "../services/status";

let app: Record<string, unknown> | undefined;
let copied: string[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 21, 14, 7, 32) });
  document.body.replaceChildren();
  localStorage.clear();
  sessionStorage.clear();
  copied = [];
  // A window without a screen has no sizes of its own.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(720);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1000);
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async (text: string) => void copied.push(text) } });
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

const services: Status[] = [
  { name: "api", state: "running", run: 3 },
  { name: "worker", state: "failed", run: 6 },
];

const said = (second: number, service: string, text: string, stream = "stdout") => ({
  time: new Date(Date.parse("2026-11-21T14:00:00Z") + 1000 * second).toISOString(),
  service,
  stream,
  text,
  run: 3,
});

const LINES = [
  said(1, "api", "GET /cart timeout"),
  said(2, "worker", "Error: no", "stderr"),
  said(2, "worker", "    at one (a.js:1:2)", "stderr"),
  said(2, "worker", "    at two (a.js:1:2)", "stderr"),
  said(3, "worker", "exited with status 1", "event"),
  said(4, "api", "GET / fine"),
];

async function show(hash: string, lines: object[] = LINES, answers: Record<string, Answer> = {}): Promise<Fake> {
  location.hash = hash;
  const daemon = new Fake({ "system.status": () => ({ version: "1", started: "", uptime_ms: 1 }), ...answers });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  const changes = services.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
  await wait();
  daemon.item("service.follow", { lines, places: { api: "1", worker: "1" } });
  await wait(600);
  return daemon;
}

const rows = () => [...document.querySelectorAll("[data-seq]")].map((row) => (row.querySelector(".text, .words, .fold")?.textContent ?? "").trim());
const one = <Found extends HTMLElement>(selector: string) => document.querySelector<Found>(selector)!;

async function press(key: string, more: KeyboardEventInit = {}, target: Element = document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  await wait(600);
}

async function type(text: string): Promise<void> {
  const field = one<HTMLInputElement>("[data-search]");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await wait(600);
}

test("lines are rows, a trace is one, and an event stands between them", async () => {
  await show("#/logs");
  expect(rows()).toEqual(["GET /cart timeout", "Error: no", "⤷2 lines of stack traceexpand", "exited with status 1", "GET / fine"]);
  expect(one("footer").textContent).toContain("2 sources · 6 lines");
  one(".fold").click();
  await wait(600);
  expect(rows()).toHaveLength(6);
});

test("a search marks and counts, and is in the address", async () => {
  await show("#/logs?q=timeout");
  expect(one<HTMLInputElement>("[data-search]").value).toBe("timeout");
  expect(one("mark").textContent).toBe("timeout");
  expect(one(".hits").textContent).toContain("1 hit");
  await type("fine");
  expect(location.hash).toBe("#/logs?q=fine");
  expect(one("mark").textContent).toBe("fine");
  await press("n");
  expect(one(".target").textContent).toContain("GET / fine");
});

test("hits are marked in events too, which are found as they are read", async () => {
  await show("#/logs?q=after+2.2+s", [said(1, "api", "exited with 1 after 2.2s; retry in 5s", "event")]);
  expect(rows()).toEqual(["exited with 1 after 2.2 s; retry in 5 s"]);
  expect([...document.querySelectorAll(".words mark")].map((mark) => mark.textContent)).toEqual(["after 2.2 s"]);
});

test("keys do nothing while something is typed, and the slash goes to the search", async () => {
  await show("#/logs");
  await press("/");
  expect(document.activeElement).toBe(one("[data-search]"));
  await press("w", {}, one("[data-search]"));
  expect(document.querySelector(".wrap")).toBeNull();
  await press("Escape", {}, one("[data-search]"));
  await press("w");
  expect(document.querySelector(".wrap")).not.toBeNull();
  expect(localStorage.getItem("hob.logs.merged")).toBe("wrap");
});

test("a filter names what it hides, and one press takes it away", async () => {
  await show("#/logs?q=kubernetes&filter=1");
  expect(one(".nothing").textContent).toContain("The filter hides all 6 lines.");
  one(".nothing button").click();
  await wait(600);
  expect(rows()).toHaveLength(5);
  expect(location.hash).toBe("#/logs?filter=1");
});

test("a line is copied as it was written, a range without what stands beside it", async () => {
  await show("#/logs");
  await press("ArrowUp");
  await press("c");
  expect(copied).toEqual(["GET / fine"]);
  const first = one("[data-seq]");
  first.querySelector(".text")!.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
  await wait(600);
  expect(copied[1]?.split("\n")).toEqual(["GET /cart timeout", "Error: no", "    at one (a.js:1:2)", "exited with status 1", "GET / fine"]);
});

test("the address of a line leads to it", async () => {
  await show("#/logs");
  await press("ArrowUp");
  await press("y");
  expect(location.hash).toContain("at=2026-11-21T14%3A00%3A04.000000000Z");
  expect(copied[0]).toBe(location.href);
});

test("a source that is switched off is gone at once, and goes on without the others being read again", async () => {
  const daemon = await show("#/logs");
  one("[aria-pressed=true][title^=worker]").click();
  await wait();
  expect(rows()).toEqual(["GET /cart timeout", "GET / fine"]);
  expect(location.hash).toBe("#/logs?sources=api");
  const follows = daemon.sent.filter((sent) => "params" in sent && sent.method === "service.follow");
  expect(follows.at(-1)?.params).toMatchObject({ names: ["api"], after: { api: "1" } });
  expect(daemon.followers("service.follow")).toBe(1);
});

test("new lines are announced only on demand, and then errors only", async () => {
  const daemon = await show("#/logs");
  expect(one("[role=log]").getAttribute("aria-live")).toBe("off");
  one("[aria-label='More about these lines']").click();
  await wait(600);
  [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((item) => item.textContent?.includes("Read new errors"))?.click();
  await wait();
  daemon.item("service.follow", { lines: [said(9, "api", "fine"), said(9, "api", "ERROR one"), said(9, "api", "ERROR two")] });
  await wait(4000);
  expect(one("p.spoken[aria-live]").textContent).toBe("2 errors, the last: api ERROR two");
});

test("hostile text stays text", async () => {
  await show("#/logs", [said(1, "api", "<img src=x onerror=alert(1)>\u001b[2J\u202e"), said(2, "<b>", "x".repeat(1 << 20))]);
  expect(document.querySelector("main img")).toBeNull();
  expect(rows()[0]).toBe("<img src=x onerror=alert(1)>\\u{1b}[2J\\u{202e}");
  expect(document.querySelectorAll(".text")[0]?.textContent?.length).toBeLessThan(400);
});

async function choose(selector: string, value: string): Promise<void> {
  const field = one<HTMLSelectElement>(selector);
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await wait(600);
}

/** So many minutes before now. */
const before = (minutes: number, text: string) => ({ ...said(0, "api", text), time: new Date(Date.now() - 60_000 * minutes).toISOString() });

test("since hides what is older, and the address says it as it was chosen", async () => {
  await show("#/logs?sources=api", [before(90, "old"), before(30, "this hour"), before(2, "just now")]);
  await choose("[aria-label=Since]", "1h");
  expect(rows()).toEqual(["this hour", "just now"]);
  expect(location.hash).toBe("#/logs?sources=api&since=1h");
  await choose("[aria-label=Since]", "5m");
  expect(rows()).toEqual(["just now"]);
  await choose("[aria-label=Since]", "own");
  expect(one<HTMLInputElement>("[aria-label='Since this time']").value).toBe("2026-11-21 14:02:33");
  await choose("[aria-label='Since this time']", "2026-11-21 13:00");
  expect(rows()).toEqual(["this hour", "just now"]);
  await choose("[aria-label=Since]", "all");
  expect(rows()).toHaveLength(3);
  expect(location.hash).toBe("#/logs?sources=api");
});

test("a beginning that is not in memory is looked for by its time", async () => {
  const asked: Record<string, unknown>[] = [];
  const logs: Answer = (params) => {
    asked.push(params as Record<string, unknown>);
    return { lines: [before(61, "older")], more: true };
  };
  const daemon = await show("#/logs?sources=api", [], { "service.logs": logs });
  daemon.item("service.follow", { lines: [before(2, "just now")], more: true });
  await wait(600);
  await choose("[aria-label=Since]", "1h");
  daemon.item("service.follow", { lines: [before(40, "found"), before(2, "just now")] });
  await wait(600);
  expect(asked[0]).toMatchObject({ names: ["api"], until: expect.stringMatching(/^2026-/) });
  expect(document.querySelector("[aria-label='Since this time']")).toBeNull();
});

test("where nothing was written since, what comes is shown", async () => {
  const daemon = await show("#/logs?sources=api&since=5m", [before(90, "old")]);
  expect(rows()).toEqual([]);
  expect(document.body.textContent).toContain("The filter hides the only line.");
  daemon.item("service.follow", { lines: [before(0, "new")] });
  await wait(600);
  expect(rows()).toEqual(["new"]);
});
