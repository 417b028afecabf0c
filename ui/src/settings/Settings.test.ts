// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";

let app: Record<string, unknown> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 21, 14, 7, 32) });
  document.body.replaceChildren();
  history.replaceState(undefined, "", "#/settings");
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function showing(...values: [noun: string, key: string, value: object][]): Promise<Fake> {
  const paths = [{ name: "daemon log", path: "/home/ada/.local/state/hob/logs/hob.log\u202e", from: "the default" }];
  const daemon = new Fake({
    "system.status": () => ({ version: "0.1.0", pid: 12, started: "2026-11-21T10:00:00Z", paths, tasks: [] }),
    "system.doctor": () => ({ checks: [{ name: "open files", verdict: "warning", detail: "at most 1024", remedy: "`ulimit -n 4096`" }] }),
    "system.pause": () => ({ paused: true }),
    "system.resume": () => ({ paused: false }),
  });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  daemon.item(BOARD_FEED, { snapshot: true, changes: values.map(([noun, key, value], index) => ({ noun, key, value, sequence: index + 1 })) });
  await wait();
  return daemon;
}

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

const text = (selector: string) => [...document.querySelectorAll(selector)].map((it) => it.textContent?.replaceAll(/\s+/g, " ").trim());
const button = (label: string) => [...document.querySelectorAll<HTMLButtonElement>("main button")].find((it) => it.textContent === label);
const asked = (daemon: Fake, op: string) => daemon.sent.filter(({ method }) => method === op).map(({ params }) => params);

test("the daemon's paths and what it found are there, as text", async () => {
  await showing();
  expect(text("main dd")).toContain("/home/ada/.local/state/hob/logs/hob.log\\u{202e}");
  expect(text("[data-verdict=warning]")).toEqual(["Warning: open files at most 1024 ulimit -n 4096"]);
  expect(text(".head [role=status]")).toEqual(["1 of 1 needs a look"]);
});

test("a pause is for a while or until it is ended", async () => {
  const daemon = await showing();
  button("For 1 hour")?.click();
  button("Until resumed")?.click();
  await wait(6000);
  expect(asked(daemon, "system.pause")).toEqual([{ for: "1h" }, {}]);
  expect(button("Resume")).toBeUndefined();
});

test("what is paused can be resumed", async () => {
  const daemon = await showing(["system", "pause", {}]);
  expect(button("For 1 hour")).toBeUndefined();
  button("Resume")?.click();
  await wait(6000);
  expect(asked(daemon, "system.resume")).toEqual([{}]);
});

test("without a daemon what was known stays, and nothing is asked", async () => {
  const daemon = await showing();
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  button("For 1 hour")?.click();
  button("Check again")?.click();
  await wait();
  expect(asked(daemon, "system.pause")).toEqual([]);
  expect(asked(daemon, "system.doctor")).toHaveLength(1);
  expect(text("main dd")).toContain("0.1.0");
});

test("a browser has no program that could start at login", async () => {
  await showing();
  expect(text("[role=switch]")).toHaveLength(1);
  expect(text("main .label")).toEqual(["Single-letter shortcuts"]);
});
