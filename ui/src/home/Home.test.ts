// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";

const NOW = new Date(2026, 10, 21, 14, 7, 32);
let app: Record<string, unknown> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  document.body.replaceChildren();
  history.replaceState(undefined, "", "#/");
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

type Value = [noun: string, key: string, value: object];

async function showing(answers: Record<string, Answer>, ...values: Value[]): Promise<Fake> {
  const daemon = new Fake(answers);
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  daemon.item(BOARD_FEED, { snapshot: true, changes: changes(1, values) });
  await wait(10);
  return daemon;
}

const changes = (from: number, values: Value[]) => values.map(([noun, key, value], index) => ({ noun, key, value, sequence: from + index }));

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

const text = (selector: string) => [...document.querySelectorAll(selector)].map((it) => it.textContent?.replaceAll(/\s+/g, " ").trim());
const service = (name: string, state: string, more: object = {}): Value => ["service", name, { name, state, ...more }];
const job = (name: string, last?: object): Value => ["job", name, { name, triggers: [], running: [], waiting: [], ...(last && { last }) }];
const at = (hour: number, minute: number) => new Date(2026, 10, 21, hour, minute).toISOString();
const count = (daemon: Fake, op: string) => daemon.sent.filter(({ method }) => method === op).length;

test("what needs somebody comes with its cause and the next thing to do", async () => {
  const daemon = await showing(
    { "service.start": () => ({}) },
    service("web", "running"),
    service("worker", "failed", { reason: "exit status 1", since: at(14, 7) }),
  );
  expect(text("[data-need] .said")).toEqual(["worker failed · 32 s ago Exit status 1"]);
  expect(document.querySelector("[data-need] a")?.getAttribute("href")).toBe("#/services/worker/logs");
  document.querySelector<HTMLButtonElement>("[data-need] button")?.click();
  await wait(6000);
  expect(count(daemon, "service.start")).toBe(1);
});

test("what runs adds up", async () => {
  await showing({}, service("a", "running"), service("b", "running", { healthy: false }), service("c", "stopped"));
  expect(text("h2")).toEqual(["Running1 of 3"]);
  expect(text("section li")).toEqual(["a, Running", "b, Unhealthy", "c, Stopped"]);
  expect(text(".nothing")).toEqual(["Nothing needs you."]);
});

test("due times and the day are asked for again when a job has changed, and not before", async () => {
  const answers = {
    "job.next": () => ({ due: [{ job: "sync", at: at(14, 30), local: "", trigger: "" }] }),
    "job.runs": () => ({ more: false, runs: [{ id: 1, state: "failed", due: at(14, 0), ended: at(14, 0) }] }),
  };
  const daemon = await showing(answers, job("sync"));
  expect(text("li")).toContain("14:30 sync in 22 m");
  expect(text("section:last-child p")).toEqual(["1 run · 1 failed"]);
  await wait(120_000);
  expect(count(daemon, "job.next")).toBe(1);
  expect(text("li")).toContain("14:30 sync in 20 m");

  for (let sequence = 2; sequence < 7; sequence += 1) {
    daemon.item(BOARD_FEED, { snapshot: false, changes: changes(sequence, [job("sync", { id: sequence, state: "succeeded", due: at(14, 7) })]) });
    await wait(100);
  }
  await wait(2000);
  // The first at once, the others together.
  expect(count(daemon, "job.next")).toBe(3);
});

test("what would begin during a pause does not say when", async () => {
  const due = [{ job: "sync", at: at(14, 30), local: "", trigger: "" }, { job: "sync", at: at(15, 30), local: "", trigger: "" }];
  const daemon = await showing({ "job.next": () => ({ due }) }, job("sync"), ["system", "pause", { until: at(15, 0) }]);
  expect(text("li time + a + .in")).toEqual(["paused", "in 1 h 22 m"]);
  daemon.item(BOARD_FEED, { snapshot: false, changes: changes(3, [["system", "pause", {}]]) });
  await wait(10);
  expect(text("li time + a + .in")).toEqual(["paused", "paused"]);
});

test("a daemon that is lost leaves what was, with nothing to press", async () => {
  const daemon = await showing({ "service.start": () => ({}) }, service("worker", "failed", { since: at(14, 7) }));
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait(20_000);
  document.querySelector<HTMLButtonElement>("[data-need] button")?.click();
  await wait();
  expect(count(daemon, "service.start")).toBe(0);
  expect(text("[data-need] .said")).toEqual(["worker failed · 32 s ago"]);
});

test("before anything is set up it says how to begin", async () => {
  await showing({});
  expect(text("main h2")).toEqual(["Nothing is set up yet."]);
  expect(text("main .button")).toEqual(["Add a service", "Add a job"]);
});

test("a sample is one service that does not come back by itself, and leads to what it writes", async () => {
  const daemon = await showing({ "service.add": () => ({}) });
  [...document.querySelectorAll<HTMLButtonElement>("main button")].find((button) => button.textContent === "Try a sample")?.click();
  await wait(10_000);
  expect(daemon.sent.find(({ method }) => method === "service.add")?.params).toMatchObject({ name: "sample", no_autostart: true });
  expect(location.hash).toBe("#/services/sample/logs");
});

test("a sample that cannot be added says why, and nothing is asked of a daemon that is lost", async () => {
  const daemon = await showing({
    "service.add": () => {
      throw new Fault("conflict", "there is a service named sample");
    },
  });
  const sample = () => [...document.querySelectorAll<HTMLButtonElement>("main button")].find((button) => button.textContent === "Try a sample");
  sample()?.click();
  await wait(10);
  expect(document.body.textContent).toContain("there is a service named sample");
  expect(location.hash).toBe("#/");
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait(20_000);
  sample()?.click();
  await wait();
  expect(count(daemon, "service.add")).toBe(1);
});

test("what runs says what it uses, in all and the biggest", async () => {
  const daemon = await showing({}, service("web", "running", { pid: 5 }), service("db", "running", { pid: 6 }));
  expect(daemon.followers("service.stats")).toBe(1);
  const used = (name: string, megabytes: number, cpu_percent?: number) => ({ name, memory_bytes: megabytes << 20, ...(cpu_percent !== undefined && { cpu_percent }) });
  daemon.item("service.stats", { at: NOW.toISOString(), services: [used("web", 10), used("db", 300)] });
  await wait();
  expect(text(".uses tbody :is(th, td)")).toEqual(["All 2 with processes", "", "310 MB", "db", "", "300 MB", "web", "", "10 MB"]);
  daemon.item("service.stats", { at: NOW.toISOString(), services: [used("web", 10, 4.5), used("db", 300, 61)] });
  await wait();
  expect(text(".uses tbody td:nth-child(2)")).toEqual(["65.5 %", "61.0 %", "4.5 %"]);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait(10);
  expect(daemon.followers("service.stats")).toBe(0);
  expect(text(".uses tbody tr")).toHaveLength(3);
});

test("where nothing has a process, nothing is counted", async () => {
  const daemon = await showing({}, service("web", "stopped"));
  expect(daemon.followers("service.stats")).toBe(0);
});
