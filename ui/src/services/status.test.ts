import { expect, test } from "vitest";

import { appearance, clockTime, readiness, summary, type Status } from "./status";

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

test("only a running service is ready or not", () => {
  expect(readiness(web)).toBe("Ready");
  expect(readiness({ ...web, ready: false })).toBe("Not ready");
  expect(readiness({ ...web, state: "stopped" })).toBe("");
});

test("the summary counts each state, worst first", () => {
  const states = ["running", "failed", "running", "stopped", "hibernating"];
  const services = states.map((state, index) => ({ name: `${index}`, state }));
  expect(summary(services).replaceAll("\u00a0", " ")).toBe("1 failed · 2 running · 1 stopped · 1 hibernating");
});

test("times of today have seconds, older ones a date", () => {
  const now = new Date(2026, 10, 21, 15, 0, 0);
  const check = (then: Date, shown: string) => expect(clockTime(then.toISOString(), now)).toBe(shown);
  check(new Date(2026, 10, 21, 9, 2, 1), "09:02:01");
  check(new Date(2026, 10, 20, 23, 59, 0), "20 Nov, 23:59");
  check(new Date(2025, 10, 21, 9, 2, 1), "21 Nov 2025, 09:02");
});

test("a time that cannot be read is shown as it came", () => {
  expect(clockTime("yesterday-ish", new Date())).toBe("yesterday-ish");
  expect(clockTime(undefined, new Date())).toBe("");
});
