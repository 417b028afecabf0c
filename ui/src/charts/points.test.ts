import { expect, test } from "vitest";

import type { StatsItem } from "../lib/api/types.gen";
import { arrived, columns, downs, joined, lone, markers, type Point, within } from "./points";

const point = (at: number, seconds: number, cpu = 1): Point => ({ at, seconds, cpu, memory: 100 * cpu, processes: 1 });
const item = (second: number, cpu?: number): StatsItem => ({
  at: new Date(second * 1000).toISOString(),
  services: [
    {
      name: "web",
      run: 1,
      pid: 2,
      cpu_seconds: 0,
      memory_bytes: 5,
      resident_bytes: 6,
      processes: 1,
      threads: 1,
      open_files: 1,
      ...(cpu !== undefined && { cpu_percent: cpu }),
    },
  ],
});

test("what follows on each other is one line, and ends where it ends", () => {
  expect(columns([point(30, 30, 1), point(60, 30, 2)])).toMatchObject({ x: [0, 30, 60], cpu: [1, 2, 2] });
});

test("what nobody measured is a gap, at every resolution", () => {
  const drawn = columns([point(30, 30, 1), point(120, 30, 2)]);
  expect(drawn).toMatchObject({ x: [0, 30, 30, 90, 120], cpu: [1, 1, null, 2, 2] });
  expect(columns([point(600, 600), point(1320, 120)]).cpu).toContain(null);
});

test("two runs are never one line", () => {
  const happened = [
    { at: 40, kind: "crash", text: "" },
    { at: 41, kind: "start", text: "" },
  ] as const;
  // The gap is seen, however short it was; what was measured across it ends and begins beside it.
  expect(columns([point(30, 30, 1), point(60, 30, 2)], downs(happened, 5))).toMatchObject({ x: [0, 30, 40, 40, 45, 60], cpu: [1, 2, 2, null, 2, 2] });
  // A crash between two measurements, too.
  expect(columns([point(40, 40, 1), point(80, 40, 2)], downs(happened, 5)).cpu).toEqual([1, 1, null, 2, 2]);
  expect(downs([{ at: 7, kind: "end", text: "" }], 5)).toEqual([{ from: 7, to: 12 }]);
});

test("what stands alone and is too short for a line is a dot", () => {
  const { x, cpu } = columns([point(30, 2), point(150, 60), point(250, 2)]);
  expect(lone(x, cpu, 5).map((index) => x[index])).toEqual([28, 248]);
  expect(lone([], [], 5)).toEqual([]);
});

test("what is a little late is no gap", () => {
  expect(columns([point(2, 2), point(4.5, 2)]).cpu).not.toContain(null);
});

test("a clock that was set back draws nothing backwards", () => {
  const { x } = columns([point(100, 2), point(50, 2)]);
  expect([...x].sort((a, b) => a - b)).toEqual(x);
});

test("what has arrived takes the place of the coarser history", () => {
  const past = [point(30, 30), point(60, 30), point(90, 30)];
  const live = [point(62, 2), point(64, 2)];
  expect(joined(past, live).map(({ at }) => at)).toEqual([30, 60, 62, 64, 90]);
  expect(joined(past, [])).toEqual(past);
});

test("an item without a rate is only where the next one's time begins", () => {
  expect(arrived([], item(10), "web", undefined)).toEqual([]);
  expect(arrived([], item(12, 3), "web", 10)).toMatchObject([{ at: 12, seconds: 2, cpu: 3, memory: 5 }]);
  expect(arrived([], item(12, 3), "other", 10)).toEqual([]);
});

test("what has arrived does not grow without end", () => {
  let live: Point[] = [];
  for (let second = 1; second < 2500; second += 1) live = arrived(live, item(second, 1), "web", second - 1);
  expect(live.length).toBe(1800);
  expect(live.at(-1)?.at).toBe(2499);
});

test("only what reaches into the time is drawn", () => {
  expect(within([point(10, 5), point(20, 5), point(30, 5)], 12, 24).map(({ at }) => at)).toEqual([20]);
});

test("a run that was asked to end did not crash", () => {
  const run = (number: number, ending: string) => ({
    run: number,
    pid: 1,
    started: `2026-11-21T10:0${number}:00Z`,
    ended: `2026-11-21T10:0${number}:30Z`,
    ending,
  });
  const runs = [run(3, "exited with 1 after 30s"), run(2, "killed by SIGTERM after 30s"), run(1, "exited with 0 after 30s")];
  const events = [{ at: "2026-11-21T10:02:29Z", run: 2, text: "is asked to end with SIGTERM" }];
  expect(markers(runs, events).map(({ kind }) => kind)).toEqual(["start", "end", "start", "end", "start", "crash"]);
  expect(markers([{ run: 4, pid: 1, started: "2026-11-21T10:00:00Z" }], [])).toHaveLength(1);
});
