import { expect, test } from "vitest";

import { cards, expires, isWaiting, risk, type Waiting } from "./waiting";

const now = Date.parse("2026-11-21T14:00:00Z");
const asks = (id: string, seconds: number, rest: Partial<Waiting> = {}): Waiting => ({
  id,
  client: "agent",
  client_id: "c-1",
  state: "pending",
  display: "make",
  plan: `sha256:${id}`,
  code: "abc123",
  rev: 1,
  audit_index: 1,
  created: new Date(now - seconds * 1000).toISOString(),
  expires: new Date(now + 600_000).toISOString(),
  ...rest,
});
const plain = (text: string) => text.replaceAll(/\s/g, " ");

test("the riskiest comes first, and of these what waits longest", () => {
  const all = [asks("a", 10, { risk: "note" }), asks("b", 5, { risk: "danger" }), asks("c", 50), asks("d", 20, { risk: "caution" }), asks("e", 60, { risk: "danger" })];
  expect(cards(all).map(({ first }) => first.id)).toEqual(["e", "b", "d", "c", "a"]);
});

test("the same by the same client is one card", () => {
  const all = [asks("a", 10, { plan: "p" }), asks("b", 50, { plan: "p" }), asks("c", 60, { plan: "p", client_id: "c-2" })];
  expect(cards(all).map(({ first, ids }) => [first.id, ids])).toEqual([
    ["c", ["c"]],
    ["b", ["b", "a"]],
  ]);
});

test("each risk has a word and a shape, and one that is not known is taken seriously", () => {
  const risks = (["note", "caution", "danger"] as const).map((level) => risk(asks("a", 1, { risk: level })));
  expect(risks.map(({ word }) => word)).toEqual(["Low", "Elevated", "High"]);
  expect(new Set(risks.map(({ shape }) => shape)).size).toBe(3);
  expect(risk(asks("a", 1)).word).toBe("Low");
  expect(risk(asks("a", 1, { risk: "apocalypse" as never })).word).toBe("High");
});

test("what expires soon says so", () => {
  const left = (seconds: number) => expires(asks("a", 1, { expires: new Date(now + seconds * 1000).toISOString() }), now);
  expect(plain(left(528).text)).toBe("in 8 m");
  expect([left(528).soon, left(44).soon, left(-1).soon]).toEqual([false, true, true]);
  expect(left(-1).text).toBe("now");
});

test("what runs does not wait", () => {
  expect(["pending", "orphaned", "running", "approved"].map((state) => isWaiting({ state }))).toEqual([true, true, false, false]);
});
