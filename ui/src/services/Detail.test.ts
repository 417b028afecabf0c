// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";

let app: Record<string, unknown> | undefined;

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  location.hash = "";
  vi.restoreAllMocks();
});

const file = { name: "web", file: "/c/web.toml", line: 1, text: "[service.web]\ncommand = 'x'\n", digest: "d1", table: { env: { PORT: "3000", KEY: null } } };
const detail = {
  name: "web",
  state: "running",
  command: ["web", ""],
  config: { restart: "never", stop_signal: "TERM", stop_timeout: "10s" },
  environment: [
    { name: "KEY", origin: "config" },
    { name: "PORT", origin: "config" },
    { name: "PATH", origin: "/c/.env:1" },
  ],
  runs: [{ run: 1, pid: 5, started: "2026-11-21T10:00:00Z", ended: "2026-11-21T10:00:05Z", ending: "exited with 1 after 5.0s" }],
  events: [{ at: "2026-11-21T10:00:05Z", run: 1, text: "exited with 1 after 5.0s" }],
};

function show(tab: string, answers: Record<string, Answer> = {}): Fake {
  location.hash = `#/services/web/${tab}`;
  const daemon = new Fake({ "service.get": () => detail, "service.config": () => file, ...answers });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  put(daemon, 1, { name: "web", state: "running", wanted: "up", ready: true, pid: 7 });
  return daemon;
}

function put(daemon: Fake, sequence: number, value: object): void {
  daemon.item(BOARD_FEED, { snapshot: sequence === 1, changes: [{ noun: "service", key: "web", sequence, value }] });
  flushSync();
}

const asked = (daemon: Fake, op: string) => daemon.sent.filter(({ method }) => method === op).length;
const said = () => document.querySelector("main")?.textContent?.replace(/\s+/g, " ") ?? "";

test("what is known is asked when the board says something new, and not otherwise", async () => {
  const daemon = show("runs");
  await expect.poll(said).toContain("Exited with 1 after 5 s");
  expect(asked(daemon, "service.get")).toBe(1);
  daemon.item(BOARD_FEED, { snapshot: false, changes: [{ noun: "service", key: "other", sequence: 2, value: { name: "other", state: "failed" } }] });
  flushSync();
  expect(asked(daemon, "service.get")).toBe(1);
  put(daemon, 3, { name: "web", state: "failed", wanted: "up", reason: "exited with 1" });
  await expect.poll(() => asked(daemon, "service.get")).toBe(2);
  expect(said()).toContain("Failed");
});

test("a value that may be secret is not shown, wherever it comes from", async () => {
  show("environment");
  await expect.poll(said).toContain("3000");
  const rows = [...document.querySelectorAll("main tbody tr")].map((row) => row.textContent?.replace(/\s+/g, " ").trim());
  expect(rows.map((row) => row?.includes("not shown"))).toEqual([true, false, true]);
});

test("a file that changed on disk is not swapped under the eyes of its reader", async () => {
  let text = file;
  show("config", { "service.config": () => text });
  await expect.poll(said).toContain("command = 'x'");
  text = { ...file, digest: "d2", text: "[service.web]\ncommand = 'y'\n" };
  dispatchEvent(new Event("focus"));
  await expect.poll(said).toContain("Changed on disk");
  expect(said()).toContain("command = 'x'");
  [...document.querySelectorAll("button")].find((button) => button.textContent === "Show as it is now")?.click();
  flushSync();
  expect(said()).toContain("command = 'y'");
  expect(said()).not.toContain("Changed on disk");
});

test("a file that this window may not read says so", async () => {
  const denied: Answer = () => {
    throw new Fault("denied", "service.config needs admin access", "a window may look, start and stop, and no more");
  };
  show("config", { "service.config": denied });
  await expect.poll(said).toContain("service.config needs admin access");
});

test("what is not there says so and leads back", () => {
  location.hash = "#/services/nobody";
  const daemon = new Fake();
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  flushSync();
  expect(said()).toContain("There is no service named nobody.");
  expect(document.querySelector("main a")?.getAttribute("href")).toBe("#/services");
});
