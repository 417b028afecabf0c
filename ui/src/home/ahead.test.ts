import { expect, test } from "vitest";

import type { RunRecord } from "../lib/api/types.gen";
import { due, today } from "./ahead";

const NOW = new Date(2026, 10, 21, 14, 7, 32).getTime();
const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).toISOString();

test("due times are on this clock, the soonest first, and none that has passed", () => {
  const next = [at(22, 2), at(21, 15), at(21, 14, 30), at(24, 2), at(21, 14)].map((at, index) => ({ at, job: `job-${index}`, local: "", trigger: "" }));
  expect(due(next, NOW, 4).map(({ when, job }) => [when, job])).toEqual([
    ["14:30", "job-2"],
    ["15:00", "job-1"],
    ["Tomorrow, 02:00", "job-0"],
    ["24 Nov, 02:00", "job-3"],
  ]);
  expect(due(next, NOW, 2)).toHaveLength(2);
});

function run(state: RunRecord["state"], ended: string | null): RunRecord {
  return { id: 1, attempt: 1, due: at(21, 0), state, why: "schedule", ended };
}

test("today is what has begun or ended since midnight", () => {
  const runs = [
    run("running", null),
    run("queued", null),
    run("succeeded", at(21, 13)),
    run("failed", at(21, 12)),
    run("missed", at(21, 11)),
    run("failed", at(20, 23)),
  ];
  expect(today(runs, false, NOW)).toEqual({
    runs: 3,
    bad: [{ word: "failed", count: 1 }, { word: "missed", count: 1 }],
    more: false,
  });
});

test("where not all of the day could be looked at, it is said", () => {
  expect(today([run("succeeded", at(21, 1))], true, NOW).more).toBe(true);
  expect(today([run("succeeded", at(21, 1)), run("succeeded", at(20, 1))], true, NOW).more).toBe(false);
  expect(today([], false, NOW)).toEqual({ runs: 0, bad: [], more: false });
});
