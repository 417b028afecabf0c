/**
 * What a service used, as it is drawn: the daemon's history and behind it what
 * has arrived since the page was opened, with true gaps.
 *
 * A point says what was used within a time before a moment. Where no point
 * covers a moment, nothing is known of it, and nothing is drawn.
 */

import type { Run, Event, StatsItem, StatsPoint } from "../lib/api/types.gen";

export interface Point {
  /** The end of its time, in seconds since 1970. */
  at: number;
  /** How long that is, in seconds. */
  seconds: number;
  /** In percent of one processor. */
  cpu: number;
  /** In bytes. */
  memory: number;
  processes: number;
}

/** Something that happened at a moment. */
export interface Marker {
  at: number;
  kind: "start" | "crash" | "end";
  text: string;
}

/** So many points that arrived are kept: an hour of one every two seconds. */
const KEPT = 1800;
/** What is so much late, relative to its length, is a gap. */
const LATE = 0.6;

export function ofHistory(points: readonly StatsPoint[]): Point[] {
  return points.map(({ at, seconds, cpu_percent, memory_bytes, processes }) => ({
    at: Date.parse(at) / 1000,
    seconds,
    cpu: cpu_percent,
    memory: memory_bytes,
    processes,
  }));
}

/** What has arrived, with one more; an item without CPU is only the beginning of the next one's time. */
export function arrived(live: readonly Point[], item: StatsItem, name: string, before: number | undefined): Point[] {
  const at = Date.parse(item.at) / 1000;
  const used = item.services.find((service) => service.name === name);
  if (used?.cpu_percent === undefined || used.cpu_percent === null || before === undefined || at <= before) return [...live];
  const point = { at, seconds: at - before, cpu: used.cpu_percent, memory: used.memory_bytes, processes: used.processes };
  return [...live, point].slice(-KEPT);
}

/** Both, each moment once: what has arrived is finer, and counts. */
export function joined(past: readonly Point[], live: readonly Point[]): Point[] {
  const first = live[0];
  if (first === undefined) return [...past];
  const begin = first.at - first.seconds;
  const last = live.at(-1)?.at ?? 0;
  // What the history got while the page did not look stands between.
  const covered = (point: Point) => live.some((one) => one.at - one.seconds < point.at && point.at <= one.at);
  const before = past.filter((point) => point.at <= begin);
  const between = past.filter((point) => begin < point.at && (last < point.at || !covered(point)));
  return [...before, ...live, ...between].sort((left, right) => left.at - right.at);
}

/** As uPlot takes it: a step begins at each x, and null begins a gap. */
export interface Columns {
  x: number[];
  cpu: (number | null)[];
  memory: (number | null)[];
}

/** The points that reach into a time. */
export function within(points: readonly Point[], from: number, to: number): Point[] {
  return points.filter((point) => from < point.at && point.at - point.seconds < to);
}

/** A time in which it did not run. */
interface Down {
  from: number;
  to: number;
}

/** From each end to the start after it; for at least so many seconds, so that the gap is seen. */
export function downs(markers: readonly Marker[], least: number): Down[] {
  return markers.flatMap(({ at, kind }, index): Down[] => {
    if (kind === "start") return [];
    const next = markers.slice(index + 1).find((marker) => marker.kind === "start");
    return [{ from: at, to: Math.max(next?.at ?? at, at + least) }];
  });
}

/** A point's time, or what of it lies on one side of a gap. */
interface Part {
  from: number;
  to: number;
  point: Point;
}

function parts(point: Point, downs: readonly Down[]): Part[] {
  let left: Part[] = [{ from: point.at - point.seconds, to: point.at, point }];
  for (const down of downs) {
    left = left.flatMap((part) => [
      { ...part, to: Math.min(part.to, down.from) },
      { ...part, from: Math.max(part.from, down.to) },
    ]);
    left = left.filter(({ from, to }) => from < to);
  }
  return left;
}

export function columns(points: readonly Point[], downs: readonly Down[] = []): Columns {
  const drawn: Columns = { x: [], cpu: [], memory: [] };
  const put = (x: number, point: Point | undefined) => {
    // Never back: a clock that was set would draw over itself.
    drawn.x.push(Math.max(x, drawn.x.at(-1) ?? x));
    drawn.cpu.push(point?.cpu ?? null);
    drawn.memory.push(point?.memory ?? null);
  };
  const all = points.flatMap((point) => parts(point, downs));
  all.forEach(({ from, to, point }, index) => {
    put(from, point);
    const next = all[index + 1];
    const apart = next !== undefined && downs.some((down) => to <= down.from && down.to <= next.from);
    if (next !== undefined && !apart && isNext(point, next.point)) return;
    put(to, point);
    if (next !== undefined) put(to, undefined);
  });
  return drawn;
}

function isNext(point: Point, next: Point): boolean {
  const gap = next.at - next.seconds - point.at;
  return gap <= LATE * Math.max(point.seconds, next.seconds);
}

/** What stands alone and is shorter than so many seconds, by the place at which it begins: a line of it is not seen. */
export function lone(x: ArrayLike<number>, y: ArrayLike<number | null | undefined>, short: number): number[] {
  const found: number[] = [];
  for (let begin = 0; begin < y.length; begin += 1) {
    if (typeof y[begin] !== "number") continue;
    let end = begin;
    while (typeof y[end + 1] === "number") end += 1;
    if ((x[end] ?? 0) - (x[begin] ?? 0) < short) found.push(begin);
    begin = end;
  }
  return found;
}

/** When its runs began and ended; what was asked to end did not crash. */
export function markers(runs: readonly Run[], events: readonly Event[]): Marker[] {
  const asked = new Set(events.filter(({ text }) => text.startsWith("is asked to end")).map(({ run }) => run));
  const found = runs.flatMap(({ run, started, ended, ending }): Marker[] => {
    const start: Marker = { at: Date.parse(started) / 1000, kind: "start", text: `run ${run} started` };
    if (!ended) return [start];
    const good = asked.has(run) || (ending?.startsWith("exited with 0 ") ?? false);
    const text = `run ${run} ${ending ?? "ended"}`;
    return [start, { at: Date.parse(ended) / 1000, kind: good ? "end" : "crash", text }];
  });
  return found.sort((left, right) => left.at - right.at);
}
