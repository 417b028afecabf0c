import { expect, test } from "vitest";

import { apply, type Board } from "../lib/board";
import { needs } from "./needs";

function board(values: [noun: string, key: string, value: object][]): Board {
  const changes = values.map(([noun, key, value], index) => ({ noun, key, value, sequence: index + 1 }));
  return apply(undefined, { snapshot: true, changes }) as Board;
}

const request = (id: string, state: string, created: string) =>
  ["request", id, { id, state, client: "agent", created, expires: created }] as [string, string, object];
const job = (name: string, running: number[], last?: object) =>
  ["job", name, { name, running, waiting: [], triggers: [], last }] as [string, string, object];

test("decisions come first, as one, the oldest of them first", () => {
  const shown = board([
    ["service", "worker", { name: "worker", state: "failed" }],
    request("b", "orphaned", "2026-11-21T12:01:00Z"),
    request("a", "pending", "2026-11-21T12:00:00Z"),
    request("c", "running", "2026-11-21T11:00:00Z"),
  ]);
  const [first, second, ...more] = needs(shown);
  expect(first?.kind === "requests" && first.requests.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(second?.kind).toBe("service");
  expect(more).toEqual([]);
});

test("what tries again by itself needs nobody", () => {
  const states = ["backoff", "starting", "running", "stopped", "waiting", "stopping"];
  const services = states.map((state) => ["service", state, { name: state, state }] as [string, string, object]);
  expect(needs(board(services))).toEqual([]);
});

test("a job needs somebody if its last run went wrong and no other is under way", () => {
  const bad = { id: 7, state: "failed", due: "2026-11-21T12:00:00Z", reason: "exit status 1" };
  const found = needs(board([
    job("backup", [], bad),
    job("again", [8], bad),
    job("well", [], { ...bad, state: "succeeded" }),
    job("never", []),
    job("lost", [], { ...bad, state: "lost", reason: undefined }),
  ]));
  expect(found.map((need) => need.kind === "job" && [need.job.name, need.why])).toEqual([["backup", "exit status 1"], ["lost", "lost"]]);
});
