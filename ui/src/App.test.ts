// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import App from "./App.svelte";
import { Fake } from "./lib/api/fake";
import { Fault, type Transport } from "./lib/api/transport";
import { BOARD_FEED } from "./lib/watch.svelte";

let app: Record<string, unknown> | undefined;

beforeEach(() => {
  document.body.replaceChildren();
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
});

function show(transport: Transport | undefined): void {
  app = mount(App, { target: document.body, props: { transport } });
  flushSync();
}

function send(daemon: Fake, services: { name: string; state: string; reason?: string }[]): void {
  const changes = services.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
  flushSync();
}

function text(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map((element) => element.textContent?.trim() ?? "");
}

test("without a transport the page says what it is, and shows no services", () => {
  show(undefined);
  expect(text("h1")).toEqual(["The desktop app is not part of this version."]);
  expect(document.querySelector("table")).toBeNull();
});

test("services are rows, in the order of their names", () => {
  const daemon = new Fake();
  show(daemon);
  expect(text("[role=status]")).toEqual(["Connecting to the daemon…"]);
  send(daemon, [
    { name: "worker", state: "failed", reason: "exit 1" },
    { name: "web", state: "running" },
  ]);
  expect(text("tbody th")).toEqual(["web", "worker"]);
  expect(text(".word")).toEqual(["Running", "Failed"]);
  expect(text(".reason")).toEqual(["exit 1"]);
  expect(text("header p")).toEqual(["1\u00a0failed · 1\u00a0running"]);
});

test("a change is shown without a reload", () => {
  const daemon = new Fake();
  show(daemon);
  send(daemon, [{ name: "web", state: "starting" }]);
  daemon.item(BOARD_FEED, {
    snapshot: false,
    changes: [{ noun: "service", key: "web", sequence: 2, value: { name: "web", state: "running" } }],
  });
  flushSync();
  expect(text(".word")).toEqual(["Running"]);
});

test("no services is an answer, and says how to add one", () => {
  const daemon = new Fake();
  show(daemon);
  send(daemon, []);
  expect(text("h2")).toEqual(["No services are configured."]);
  expect(text("pre").join()).toContain("hob add");
});

test("a daemon that cannot be reached is said so, with the remedy, and can be tried again", async () => {
  const daemon = new Fake();
  show(daemon);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "nothing answers on hob.sock"));
  await expect.poll(() => text("h1")).toEqual(["The daemon cannot be reached."]);
  expect(text("[role=alert] pre")).toEqual(["hob daemon start"]);
  expect(text("[role=alert] p")).toContain("nothing answers on hob.sock");

  document.querySelector("button")?.click();
  send(daemon, [{ name: "web", state: "running" }]);
  expect(text(".word")).toEqual(["Running"]);
});

test("a service's own words are text, never markup", () => {
  const daemon = new Fake();
  show(daemon);
  send(daemon, [{ name: "<b>web</b>", state: "failed", reason: "<img src=x onerror=alert(1)>" }]);
  expect(text("tbody th")).toEqual(["<b>web</b>"]);
  expect(document.querySelector("tbody :is(b, img)")).toBeNull();
});
