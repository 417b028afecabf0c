import { expect, test } from "vitest";

import type { Recorded } from "../lib/api/types.gen";
import { fits, isNone, NONE, ofAddress, question, toAddress, went, type Filter } from "./filter";

const filter = (rest: Partial<Filter>): Filter => ({ ...NONE, ...rest });
const entry: Recorded = { index: 7, at: "2026-11-21T14:00:00Z", kind: "call.made", actor: "local", actor_kind: "human", surface: "socket", request: "r1", body: { op: "service.restart", args: { name: 'we"b' }, outcome: "ok" } };

test("a filter is kept in the address", () => {
  const all = filter({ who: "local", kind: "call.made", request: "r1", text: "a b&c", result: "failed" });
  const given = Object.entries(toAddress(all)).filter((pair): pair is [string, string] => pair[1] !== undefined);
  expect(ofAddress(new URLSearchParams(given))).toEqual(all);
  expect(Object.values(toAddress(NONE)).every((value) => value === undefined)).toBe(true);
  expect(ofAddress(new URLSearchParams("result=maybe"))).toEqual(NONE);
  expect([isNone(NONE), isNone(all)]).toEqual([true, false]);
});

test("only what was said is asked", () => {
  expect(question(NONE, 100)).toEqual({ limit: 100 });
  expect(question(filter({ who: "a", kind: "b", request: "c", text: "d", result: "failed" }), 5, 40)).toEqual({ limit: 5, actor: "a", kind: "b", request: "c", text: "d", before: 40 });
});

test("what comes is shown if it would have been found", () => {
  expect(fits(entry, NONE)).toBe(true);
  for (const rest of [{ who: "local" }, { kind: "call.made" }, { request: "r1" }, { text: "restart" }, { text: 'we"b' }]) expect(fits(entry, filter(rest)), JSON.stringify(rest)).toBe(true);
  for (const rest of [{ who: "agent" }, { kind: "call" }, { request: "r2" }, { text: "RESTART" }]) expect(fits(entry, filter(rest)), JSON.stringify(rest)).toBe(false);
});

test("how it went is told by what it says", () => {
  expect(went(entry, filter({ result: "failed" }))).toBe(false);
  expect(went({ ...entry, body: { op: "x", outcome: "timeout" } }, filter({ result: "failed" }))).toBe(true);
  expect(went(entry, NONE)).toBe(true);
});
