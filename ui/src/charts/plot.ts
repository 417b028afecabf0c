/** How uPlot draws one measure: its axes, its line and the marks of what happened. */

import type uPlot from "uplot";
import Plot from "uplot";

import { lone, type Marker } from "./points";

/** What the page shows at the moment; read whenever something is drawn. */
export interface Seen {
  from: number;
  to: number;
  top: number;
  markers: readonly Marker[];
}

/** What is narrower than that, in pixels, is a dot of that size. */
const DOT = 4;

interface Look {
  size: { width: number; height: number };
  colour: string;
  token: (name: string) => string;
  seen: Seen;
  axis: (value: number) => string;
  shownAt: (index: number | undefined) => void;
}

export function options({ size, colour, token, seen, axis, shownAt }: Look): uPlot.Options {
  const font = `500 11px ${token("sans")}`;
  const line = { stroke: token("border"), width: 1 };
  const words = { stroke: token("text-3"), font, ticks: { ...line, size: 4 }, grid: line };
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "usage" }, points: { size: 6, fill: colour } },
    padding: [6, 8, 0, 0],
    scales: {
      x: { range: () => [seen.from, seen.to] },
      y: { range: () => [0, seen.top] },
    },
    axes: [
      { ...words, size: 20, gap: 2, space: 64, grid: { show: false }, values: (_, seconds) => seconds.map(clock) },
      { ...words, size: 60, gap: 4, splits: () => [0, seen.top / 2, seen.top], values: (_, values) => values.map(axis) },
    ],
    series: [
      {},
      {
        stroke: colour,
        width: 1.5,
        paths: steps(),
        points: { show: false, size: DOT, width: 0, fill: colour, filter: ({ data: [x, y], width }) => lone(x, y ?? [], (DOT * (seen.to - seen.from)) / width) },
        spanGaps: false,
      },
    ],
    hooks: {
      draw: [(plot) => marks(plot, seen.markers, token)],
      setCursor: [({ cursor: { idx, left } }) => shownAt(idx === null || idx === undefined || (left ?? -1) < 0 ? undefined : idx)],
    },
  };
}

/** Draws what there is now. */
export function draw(plot: uPlot | undefined, data: [number[], (number | null)[]]): void {
  plot?.setData(data);
}

function steps(): uPlot.Series.PathBuilder {
  const { stepped } = Plot.paths;
  if (stepped === undefined) throw new Error("uPlot draws steps");
  return stepped({ align: 1 });
}

/** Nearer than that, in pixels, two marks of one kind are one. */
const CLOSE = 12;

/** A bar where it was started, a cross where it crashed: shapes first, colours second. */
function marks({ ctx, bbox, valToPos }: uPlot, markers: readonly Marker[], token: (name: string) => string): void {
  const ratio = devicePixelRatio;
  const edge = bbox.left + bbox.width;
  ctx.save();
  ctx.lineWidth = ratio;
  const placed = markers.map(({ at, kind }) => ({ x: Math.round(valToPos(at, "x", true)) + 0.5, kind }));
  for (const { x, kind, count } of bunched(placed.filter(({ x }) => bbox.left <= x && x <= edge), CLOSE * ratio)) {
    ctx.strokeStyle = kind === "crash" ? token("err") : token("text-3");
    ctx.setLineDash(kind === "crash" ? [] : [2 * ratio, 2 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    if (kind === "start") triangle(ctx, x, bbox.top + bbox.height, 4 * ratio, token("text-3"));
    if (kind === "crash") cross(ctx, x, bbox.top + 5 * ratio, 4 * ratio);
    if (kind === "crash" && 1 < count) {
      ctx.font = `500 ${11 * ratio}px ${token("sans")}`;
      ctx.fillStyle = token("err");
      ctx.textAlign = "right";
      ctx.fillText(`×${count}`, x - 6 * ratio, bbox.top + 9 * ratio);
    }
  }
  ctx.restore();
}

/** Marks of one kind that stand too close to be told apart are one, where the last of them is. */
export function bunched<Kind extends string>(marks: readonly { x: number; kind: Kind }[], close: number): { x: number; kind: Kind; count: number }[] {
  const found: { x: number; kind: Kind; count: number }[] = [];
  for (const { x, kind } of marks) {
    const last = found.findLast((one) => one.kind === kind);
    if (last === undefined || close <= x - last.x) found.push({ x, kind, count: 1 });
    else Object.assign(last, { x, count: last.count + 1 });
  }
  return found;
}

function triangle(ctx: CanvasRenderingContext2D, x: number, y: number, size: number, fill: string): void {
  ctx.fillStyle = fill;
  ctx.beginPath();
  ctx.moveTo(x, y - 2 * size);
  ctx.lineTo(x + 1.5 * size, y - size);
  ctx.lineTo(x, y);
  ctx.fill();
}

function cross(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.lineWidth *= 2;
  ctx.beginPath();
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x + size, y - size);
  ctx.lineTo(x - size, y + size);
  ctx.stroke();
  ctx.lineWidth /= 2;
}

function clock(second: number): string {
  const time = new Date(second * 1000);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
