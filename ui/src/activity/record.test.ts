import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import type { Recorded } from "../lib/api/types.gen";
import { broken, Check, untrustedFrom } from "./check.svelte";
import { NONE } from "./filter";
import { MOST, Record } from "./record.svelte";

const entry = (index: number, kind = "call.made"): Recorded => ({ index, at: "2026-11-21T14:00:00Z", kind, actor: "local", actor_kind: "human", surface: "socket", body: {} });

/** A daemon whose record has so many entries. */
function daemon(size: number): Fake {
  return new Fake({
    "audit.search": (params) => {
      const { before = size, limit = 100 } = params as { before?: number; limit?: number };
      const last = Math.min(before, size);
      const first = Math.max(0, last - limit);
      return { entries: Array.from({ length: last - first }, (_, place) => entry(first + place)), size };
    },
  });
}

const indices = (record: Record) => record.entries?.map(({ index }) => index);

test("the newest come first, and older ones when they are asked for", async () => {
  const record = new Record(daemon(150), NONE);
  await record.search(NONE);
  expect(indices(record)?.slice(0, 2)).toEqual([149, 148]);
  expect([record.more, record.size, record.entries?.length]).toEqual([true, 150, 100]);
  await record.older();
  expect([record.more, record.entries?.length, indices(record)?.at(-1)]).toEqual([false, 150, 0]);
});

test("what comes meanwhile is not missed, and not shown twice", async () => {
  const fake = daemon(3);
  const record = new Record(fake, NONE);
  const searching = record.search(NONE);
  fake.item("audit.tail", entry(2));
  fake.item("audit.tail", entry(3));
  await searching;
  expect(indices(record)).toEqual([3, 2, 1, 0]);
  fake.item("audit.tail", entry(4));
  expect(indices(record)).toEqual([4, 3, 2, 1, 0]);
  expect(record.size).toBe(5);
});

test("who reads further down is not pushed about", async () => {
  const fake = daemon(3);
  const record = new Record(fake, NONE);
  await record.search(NONE);
  record.live(false);
  fake.item("audit.tail", entry(3));
  expect([indices(record), record.fresh.length]).toEqual([[2, 1, 0], 1]);
  record.live(true);
  expect([indices(record), record.fresh.length]).toEqual([[3, 2, 1, 0], 0]);
});

test("what does not fit the filter is counted and not shown", async () => {
  const fake = daemon(3);
  const record = new Record(fake, NONE);
  await record.search({ ...NONE, kind: "call.made" });
  fake.item("audit.tail", entry(3, "exec.started"));
  expect([indices(record), record.size]).toEqual([[2, 1, 0], 4]);
});

test("no more are kept than anybody reads", async () => {
  const fake = daemon(10);
  const record = new Record(fake, NONE);
  await record.search(NONE);
  for (let index = 10; index < MOST + 100; index += 1) fake.item("audit.tail", entry(index));
  expect([record.entries?.length, record.entries?.[0]?.index]).toEqual([MOST, MOST + 99]);
});

test("what a request asks for is known from the entry that says it, loaded or not, and asked for once", async () => {
  const of = (index: number, request: string, kind: string, body = {}) => ({ ...entry(index, kind), request, body });
  const asks = [of(1, "r1", "request.received", { display: "make" }), of(5, "r2", "request.received", { display: "git push" })];
  const fake = new Fake({
    "audit.search": (params) =>
      (params as { kind?: string }).kind === "request.received" ? { entries: asks, size: 9 } : { entries: [asks[1], of(7, "r2", "exec.started"), of(8, "r1", "approval.decided")], size: 9 },
  });
  const record = new Record(fake, NONE);
  await record.search(NONE);
  await expect.poll(() => [...record.commands]).toEqual([["r2", "git push"], ["r1", "make"]]);
  fake.item("audit.tail", of(9, "r1", "exec.started"));
  expect(fake.sent.filter(({ method }) => method === "audit.search").map(({ params }) => params)).toEqual([{ limit: 100 }, { kind: "request.received", limit: 1000, before: 8 }]);
});

test("an answer that was overtaken counts for nothing", async () => {
  const answers: ((value: unknown) => void)[] = [];
  const record = new Record(new Fake({ "audit.search": () => new Promise((resolve) => answers.push(resolve)) }), NONE);
  const [first, second] = [record.search(NONE), record.search({ ...NONE, text: "b" })];
  answers[1]?.({ entries: [entry(2)], size: 3 });
  answers[0]?.({ entries: [entry(1)], size: 3 });
  await Promise.all([first, second]);
  expect(indices(record)).toEqual([2]);
});

test("a record that cannot be read says why, and one that is left is followed no more", async () => {
  const fake = new Fake({
    "audit.search": () => {
      throw new Fault("unavailable", "E_AUDIT_UNAVAILABLE");
    },
  });
  const record = new Record(fake, NONE);
  await record.search(NONE);
  expect([record.fault?.message, record.entries, fake.followers("audit.tail")]).toEqual(["E_AUDIT_UNAVAILABLE", undefined, 1]);
  record.stop();
  expect(fake.followers("audit.tail")).toBe(0);
});

const verified = { whole: false, exit: 2, verdict: "altered", size: 9, signed: 9, root: "", directory: "/x", report: [] };

test("a broken record says what is broken and from where on", () => {
  expect(untrustedFrom(undefined)).toBeUndefined();
  expect(untrustedFrom({ ...verified, whole: true })).toBeUndefined();
  expect(untrustedFrom({ ...verified, first_bad: 7 })).toBe(7);
  expect(untrustedFrom({ ...verified, exit: 4 })).toBe(0);
  expect(broken({ ...verified, first_bad: 8_398 })).toMatch(/^Entry 8398 does not match/);
  const all = [2, 3, 4, 5, 6, 99].map((exit) => broken({ ...verified, exit }));
  expect(new Set(all).size).toBe(6);
});

test("the record is checked once at a time", async () => {
  const fake = new Fake({ "audit.verify": () => verified });
  const check = new Check(fake);
  await Promise.all([check.run(), check.run()]);
  expect([fake.sent.length, check.found?.whole, check.busy]).toEqual([1, false, false]);
});
