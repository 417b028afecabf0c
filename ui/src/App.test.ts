// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "./App.svelte";
import { Fake } from "./lib/api/fake";
import { Fault, type Transport } from "./lib/api/transport";
import { BOARD_FEED } from "./lib/watch.svelte";
import type { Status } from "./services/status";

let app: Record<string, unknown> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 21, 14, 7, 32) });
  document.body.replaceChildren();
  location.hash = "#/services";
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  // What is left after that would go on for as long as the window lives.
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function show(transport: Transport | undefined): void {
  app = mount(App, { target: document.body, props: { transport } });
  flushSync();
}

/** A page with these services on the board. */
function showing(...services: Status[]): Fake {
  const daemon = new Fake();
  show(daemon);
  send(daemon, ...services);
  return daemon;
}

function send(daemon: Fake, ...services: Status[]): void {
  const changes = services.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
  flushSync();
}

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

async function lose(daemon: Fake, fault: Fault): Promise<void> {
  daemon.fail(BOARD_FEED, fault);
  await wait();
}

function text(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map((element) => plain(element.textContent ?? ""));
}

const plain = (text: string) => text.replaceAll(/\s+/g, " ").trim();
const gone = new Fault("unavailable", "nothing answers on hob.sock");

test("without a transport the page says so, and shows no services", () => {
  show(undefined);
  expect(text("h1")).toEqual(["No connection to a daemon."]);
  expect(document.querySelector("table")).toBeNull();
});

test("services are rows, in the order of their names", () => {
  const daemon = new Fake();
  show(daemon);
  expect(text("main [role=status]")).toEqual(["Connecting to the daemon…"]);
  send(daemon, { name: "worker", state: "failed", reason: "exit 1" }, { name: "web", state: "running", ready: true, pid: 12 });
  expect(text("tbody th")).toEqual(["web", "worker"]);
  expect(text(".word")).toEqual(["Running", "Failed"]);
  expect(text(".note")).toEqual(["Exit 1"]);
  expect(text("[data-service=web][data-state=running] .beside")).toEqual(["· ready"]);
  expect(text("[data-summary]")).toEqual(["1 failed · 1 running"]);
});

test("a change is shown without a reload", () => {
  const daemon = showing({ name: "web", state: "starting" });
  const row = document.querySelector("[data-service=web]");
  const value = { name: "web", state: "running" };
  daemon.item(BOARD_FEED, { snapshot: false, changes: [{ noun: "service", key: "web", sequence: 2, value }] });
  flushSync();
  expect(text(".word")).toEqual(["Running"]);
  expect(document.querySelector("[data-service=web]")).toBe(row);
});

test("times go on while they are seen, and no timer runs for what does not change", async () => {
  const since = new Date(Date.now() - 58_000).toISOString();
  const daemon = showing({ name: "web", state: "running", since });
  expect(text("td.uptime")).toEqual(["58 s"]);
  await wait(1000);
  expect(text("td.uptime")).toEqual(["59 s"]);
  await wait(71_000);
  expect(text("td.uptime")).toEqual(["2 m"]);

  send(daemon, { name: "web", state: "running" });
  expect(vi.getTimerCount()).toBe(0);
});

test("a page that nobody sees does not tick, and is right when it is seen again", async () => {
  showing({ name: "web", state: "running", since: new Date(Date.now()).toISOString() });
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(vi.getTimerCount()).toBe(0);
  await wait(30_000);
  hidden.mockRestore();
  document.dispatchEvent(new Event("visibilitychange"));
  await wait();
  expect(text("td.uptime")).toEqual(["30 s"]);
});

test("no services is an answer, and says how to add one", () => {
  showing();
  expect(text("h2")).toEqual(["No services yet."]);
  expect(text("pre").join()).toContain("hob add");
});

test("a daemon that was never there is said so, with the remedy, and is followed once it is there", async () => {
  const daemon = new Fake();
  show(daemon);
  await lose(daemon, gone);
  expect(text("h2")).toEqual(["The daemon cannot be reached."]);
  expect(text(".notice [role=alert] p")).toEqual(["Nothing answers on hob.sock.", "Start it; this page connects by itself:"]);
  expect(text("pre")).toEqual(["hob daemon start"]);
  expect(text(".when")).toEqual(["Next try in 1 s"]);

  await wait(1000);
  expect(text(".when")).toEqual(["Trying now…"]);
  send(daemon, { name: "web", state: "running" });
  expect(text(".word")).toEqual(["Running"]);
});

test("a hint that came with the fault is the remedy", async () => {
  const daemon = new Fake();
  show(daemon);
  await lose(daemon, new Fault("denied", "not from this window", "use `hob ls`"));
  expect(text("main p")).toEqual(["Not from this window.", "Use hob ls."]);
  expect(text("code")).toEqual(["hob ls"]);
  expect(text("pre")).toEqual([]);
});

test("a daemon that is lost leaves its last state, with nothing to press", async () => {
  const since = new Date(Date.now() - 5000).toISOString();
  const daemon = showing({ name: "web", state: "running", since });
  const row = document.querySelector("[data-service=web]");
  await lose(daemon, gone);
  expect(text("[role=alert] strong")).toEqual(["The daemon stopped answering at 14:07:32."]);
  expect(text("[role=alert]").join()).toContain("Nothing answers on hob.sock");
  expect(document.querySelector("table.last-known [data-service=web]")).toBe(row);

  document.querySelector<HTMLButtonElement>("[data-action=stop]")?.click();
  await wait(30_000);
  expect(daemon.sent.map(({ method }) => method)).not.toContain("service.stop");
  expect(text("td.uptime")).toEqual(["5 s"]);

  send(daemon, { name: "web", state: "running" });
  expect(document.querySelector("main [role=alert], .last-known")).toBeNull();
  expect(document.querySelector("[data-service=web]")).toBe(row);
});

test("a person need not wait for the next try", async () => {
  const daemon = showing({ name: "web", state: "running" });
  await lose(daemon, gone);
  document.querySelector<HTMLButtonElement>(".actions button")?.click();
  flushSync();
  expect(text(".when")).toEqual(["Trying now…"]);
  expect(daemon.followers(BOARD_FEED)).toBe(1);
});

test("what is known of a lost daemon can be copied, without what is on the board", async () => {
  let copied = "";
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: (text: string) => ((copied = text), Promise.resolve()) } });
  const daemon = showing({ name: "web", state: "running", command: ["web", "--token=hunter2"] });
  await lose(daemon, gone);
  const buttons = [...document.querySelectorAll<HTMLButtonElement>(".banner .actions button")];
  expect(buttons.map((button) => button.textContent)).toEqual(["Try now", "Copy diagnostics"]);
  buttons[1]?.click();
  await wait(10_000);
  expect(copied).toContain("Said: unavailable: nothing answers on hob.sock\n");
  expect(copied).toContain("On the board: services 1, jobs 0\n");
  expect(copied).not.toMatch(/web|hunter2/);
  Reflect.deleteProperty(navigator, "clipboard");
});

test("what a service says is text, never markup, and hides nothing", () => {
  showing({ name: "<b>web<b>\u202e", state: "odd\u0007", reason: "<img src=x onerror=alert(1)>\n" });
  expect(text("tbody th")).toEqual(["<b>web<b>\\u{202e}"]);
  expect(text("[data-summary]")).toEqual(["1 odd\\u{7}"]);
  expect(text(".note")).toEqual(["<img src=x onerror=alert(1)>\\n"]);
  expect(document.querySelector("tbody :is(b, img)")).toBeNull();
  expect(document.querySelector("[data-action=stop]")?.getAttribute("aria-label")).toBe("Stop <b>web<b>\\u{202e}");
});

test("no element has a style of its own: the policy of the window forbids it", async () => {
  const daemon = showing({ name: "web", state: "failed", reason: "exit 1" });
  await lose(daemon, gone);
  expect(document.querySelector("[style], style")).toBeNull();
});
