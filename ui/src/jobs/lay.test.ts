import { expect, test } from "vitest";

import { lay, ticks, type Span } from "./lay";
import type { Run } from "./standing";

const from = new Date(2026, 10, 21).getTime();
const HOUR = 3_600_000;
/** A pixel is a minute. */
const day: Span = { from, to: from + 24 * HOUR, width: 1440 };
const now = from + 14 * HOUR;

let id = 0;
function run(minute: number, minutes: number, state = "succeeded"): Run {
  const at = (minute: number) => new Date(from + minute * 60_000).toISOString();
  return { id: ++id, state, why: "schedule", due: at(minute), attempt: 1, started: at(minute), ...(state !== "running" && { ended: at(minute + minutes) }) };
}

const drawn = (runs: Run[], due: number[] = []) => lay(runs, due, day, now).map(({ x, width, state, runs }) => [Math.round(x), Math.round(width), state, runs.length]);

test("a run is as wide as it lasted, and never too thin to be seen", () => {
  expect(drawn([run(60, 90), run(300, 0)])).toEqual([
    [60, 90, "succeeded", 1],
    [300, 6, "succeeded", 1],
  ]);
});

test("what runs goes on until now", () => {
  expect(drawn([run(800, 0, "running")])).toEqual([[800, 40, "running", 1]]);
});

test("what has run ends before now, however thin it is", () => {
  expect(drawn([run(838, 1)], [from + 842 * 60_000])).toEqual([
    [834, 6, "succeeded", 1],
    [842, 6, "planned", 0],
  ]);
});

test("what lies on each other is one mark, and shows the worst", () => {
  expect(drawn([run(60, 2), run(62, 1, "failed"), run(64, 1)])).toEqual([[60, 10, "failed", 3]]);
});

test("among many that touch each other, a failure marks its place only", () => {
  const runs = Array.from({ length: 100 }, (_, place) => run(place * 3, 0, place === 50 ? "failed" : "succeeded"));
  const marks = lay(runs, [], day, now);
  const failed = marks.filter(({ state }) => state === "failed");
  expect(failed.map(({ runs }) => runs.some(({ due }) => due === new Date(from + 150 * 60_000).toISOString()))).toEqual([true]);
  expect(failed[0]?.width).toBeLessThan(13);
  expect(marks.flatMap(({ runs }) => runs)).toHaveLength(100);
  for (const [place, mark] of marks.slice(1).entries()) {
    const before = marks[place];
    expect(before && before.x + before.width).toBeLessThan(mark.x);
  }
});

test("runs that were under way together stay together", () => {
  expect(drawn([run(60, 100), run(120, 100, "failed")])).toEqual([[60, 160, "failed", 2]]);
});

test("what is planned is no run, and does not hide in one", () => {
  expect(drawn([run(838, 2)], [from + 842 * 60_000, from + 900 * 60_000])).toEqual([
    [834, 6, "succeeded", 1],
    [842, 6, "planned", 0],
    [900, 6, "planned", 0],
  ]);
});

test("what is not in this time is not drawn, and what reaches into it is cut", () => {
  expect(drawn([run(-100, 50), run(-30, 60), run(1430, 60), run(1500, 5)], [from - 1, from + 24 * HOUR])).toEqual([
    [0, 30, "succeeded", 1],
    [1430, 10, "succeeded", 1],
  ]);
});

test("hours and days stand where they are", () => {
  expect(ticks(day).map(({ text }) => text)).toEqual(["00", "02", "04", "06", "08", "10", "12", "14", "16", "18", "20", "22"]);
  expect(ticks({ ...day, width: 400 })).toHaveLength(6);
  const week = ticks({ from, to: from + 7 * 24 * HOUR, width: 700 });
  expect(week.map(({ x, text }) => [Math.round(x), text]).slice(0, 2)).toEqual([
    [0, "Sat 21"],
    [100, "Sun 22"],
  ]);
});
