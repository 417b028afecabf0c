import { expect, test } from "vitest";

import { fingerprint, next, summary, within, words, type Job } from "./list";

const job = (name: string, rest: Partial<Job> = {}): Job => ({ name, triggers: [], running: [], waiting: [], ...rest });
const failed = { id: 1, state: "failed", why: "schedule", due: "2026-11-21T02:00:00Z", attempt: 1 };
const plain = (text: string) => text.replaceAll(/\s/g, " ");
const now = Date.parse("2026-11-21T14:00:00Z");

const nightly = job("nightly", { triggers: ["0 2 * * *"], next: "2026-11-21T14:06:00Z", last: failed });
const lint = job("lint", { triggers: ["files"] });
const call = job("call", { triggers: ["service.failed web"] });
const once = job("once", { triggers: ["at 2026-11-01T09:00"] });
const jobs = [nightly, lint, call, once, job("asked")];

test("jobs are narrowed to a kind", () => {
  const names = (kind: Parameters<typeof within>[1]) => within(jobs, kind).map(({ name }) => name);
  expect(names("all")).toHaveLength(5);
  expect(names("scheduled")).toEqual(["nightly", "once"]);
  expect(names("files")).toEqual(["lint"]);
  expect(names("failing")).toEqual(["nightly"]);
});

test("what comes next is said, or what it waits for", () => {
  expect(jobs.map((job) => plain(next(job, now).text))).toEqual(["in 6 m", "On change", "On event", "–", "–"]);
  expect(next({ ...nightly, paused: true }, now).text).toBe("Paused");
});

test("when it runs is the daemon's words, or what was written", () => {
  expect(words(job("x", { triggers: ["0 2 * * *"], when: ["every day at 02:00"] }))).toEqual(["Every day at 02:00"]);
  expect(words(job("x", { when: ["every day at 02:00 (Europe/Madrid)", "Sundays at 03:00 (Asia/Tokyo)"] }), "Europe/Madrid")).toEqual(["Every day at 02:00", "Sundays at 03:00 (Asia/Tokyo)"]);
  expect(words(nightly)).toEqual(["0 2 * * *"]);
  expect(words(job("x"))).toEqual(["When asked"]);
});

test("the summary adds up", () => {
  expect(plain(summary([...jobs, job("x", { running: [4], paused: true })]))).toBe("6 jobs · 1 failing · 1 running · 1 paused");
  expect(plain(summary([lint]))).toBe("1 job");
  expect(summary([])).toBe("");
});

test("what changes with its runs is noticed, and nothing else", () => {
  expect(fingerprint(nightly)).toBe(fingerprint({ ...nightly, next: "2026-11-22T02:00:00Z" }));
  expect(fingerprint(nightly)).not.toBe(fingerprint({ ...nightly, running: [2] }));
});
