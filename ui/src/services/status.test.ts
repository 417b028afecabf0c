import { expect, test } from "vitest";

import { appearance, detail, lasts, notes, summary, uptime, type Status } from "./status";

const web: Status = { name: "web", state: "running", ready: true, healthy: true };

test("each of the daemon's words has a mark of its own", () => {
  const states = ["stopped", "waiting", "starting", "running", "stopping", "backoff", "failed"];
  const shown = states.map((state) => appearance({ name: "web", state }));
  expect(new Set(shown.map(({ shape }) => shape)).size).toBe(states.length);
  expect(shown.map(({ shape }) => shape)).not.toContain("dot");
});

test("a running service that is not healthy is shown as unhealthy", () => {
  expect(appearance({ ...web, healthy: false })).toMatchObject({ word: "Unhealthy", tone: "warn" });
  expect(appearance({ ...web, state: "stopped", healthy: false }).word).toBe("Stopped");
});

test("a state that a newer daemon invented is shown as it is", () => {
  expect(appearance({ ...web, state: "hibernating" })).toEqual({ word: "hibernating", shape: "dot", tone: "quiet" });
});

const NOW = Date.parse("2026-11-21T12:00:00Z");
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

test("what stands beside a state's word is what a person asks next", () => {
  const check = (status: Partial<Status>, text: string) =>
    expect(detail({ ...web, since: before(12), ...status }, NOW).text.replaceAll(/\s/g, " ")).toBe(text);
  check({ ready: true }, "ready");
  check({ ready: false }, "not ready");
  check({ state: "waiting", waiting_for: ["db", "cache"] }, "for db, cache");
  check({ state: "waiting" }, "12 s ago");
  check({ state: "starting" }, "12 s");
  check({ state: "backoff", retry_at: before(-32) }, "retry in 32 s");
  check({ state: "backoff", retry_at: before(1) }, "retry now");
  check({ state: "backoff", retry_at: "soon" }, "retry now");
  check({ state: "failed" }, "12 s ago");
  check({ state: "stopped" }, "12 s ago");
  check({ state: "hibernating" }, "12 s ago");
});

test("only what runs has an uptime", () => {
  expect(uptime({ ...web, since: before(60) }, NOW).text).toBe("1\u202fm");
  expect(uptime({ ...web, state: "failed", since: before(60) }, NOW).text).toBe("");
});

test("everything a service has to say is said", () => {
  expect(notes(web)).toEqual([]);
  expect(notes({ ...web, reason: "exit 1", says: "draining", changed: true })).toEqual([
    "exit 1",
    "“draining”",
    "Its configuration has changed; a restart applies it.",
  ]);
});

test("the page wakes when a second passes that is shown, a little late for minutes, and else never", () => {
  const old = { ...web, since: before(90) };
  expect(lasts([], NOW)).toBe(Infinity);
  expect(lasts([{ ...web, ready: true }], NOW)).toBe(Infinity);
  expect(lasts([old], NOW)).toBe(40_000);
  expect(lasts([old, { name: "api", state: "starting", since: before(3) }], NOW)).toBe(1000);
});

test("the summary counts each state, worst first", () => {
  const states = ["running", "failed", "running", "stopped", "hibernating"];
  const services = states.map((state, index) => ({ name: `${index}`, state }));
  expect(summary(services).replaceAll("\u00a0", " ")).toBe("1 failed · 2 running · 1 stopped · 1 hibernating");
});
