/**
 * Where runs stand on a line of time, in pixels.
 *
 * A run is as wide as it lasted, but never too thin to be seen. Runs that would
 * lie on each other become one mark that says how many they are, and shows the
 * worst of them: a failure among a hundred is never painted over.
 *
 * Pure; what a mark looks like is for `Timeline.svelte` to say.
 */

import { look, worst, type Glyph, type Run } from "./standing";
import type { Tone } from "../services/status";

export interface Mark {
  x: number;
  width: number;
  /** The state of its run, or the worst of several; `planned` for what is due. */
  state: string;
  glyph: Glyph;
  tone: Tone;
  /** The runs in it, the newest last; none if it is planned. */
  runs: Run[];
  /** The moments that are planned. */
  due: number[];
}

export interface Span {
  from: number;
  to: number;
  /** How many pixels that is. */
  width: number;
}

/** Thinner nobody could hit it. */
const THINNEST = 6;
/** Between two marks, at least. */
const GAP = 1;

/** What lies on each other is told apart again after so many, so that a failure marks its hour and not its week. */
const BIN = 9;

interface Piece {
  x: number;
  /** Where its drawing ends. */
  end: number;
  /** Where it ends itself. */
  over: number;
  run?: Run;
  due?: number;
}

export function lay(runs: readonly Run[], due: readonly number[], span: Span, now: number): Mark[] {
  const place = (at: number) => ((at - span.from) / (span.to - span.from)) * span.width;
  const pieces: Piece[] = [];
  for (const run of runs) {
    const [begin, end] = extent(run, now);
    if (end < span.from || span.to <= begin) continue;
    // What has run is never drawn where it is still to come.
    const x = Math.max(0, Math.min(place(begin), end <= now ? place(now) - THINNEST : Infinity));
    const over = Math.min(span.width, place(end));
    pieces.push({ x, end: Math.min(span.width, Math.max(over, x + THINNEST)), over, run });
  }
  for (const at of due) {
    if (at < span.from || span.to <= at) continue;
    const x = place(at);
    pieces.push({ x, end: Math.min(span.width, x + THINNEST), over: x, due: at });
  }
  // What is planned never hides in what has run: it comes after it.
  pieces.sort((left, right) => left.x - right.x || (left.run === undefined ? 1 : 0) - (right.run === undefined ? 1 : 0));
  return merged(pieces);
}

/** From when to when something is drawn for it. */
export function extent({ started, ended, due, state }: Run, now: number): [number, number] {
  const begin = Date.parse(started ?? due);
  const end = state === "running" ? now : Date.parse(ended ?? started ?? due);
  return [begin, Math.max(begin, end)];
}

function merged(pieces: readonly Piece[]): Mark[] {
  const marks: Mark[] = [];
  let group: Piece[] = [];
  for (const piece of pieces) {
    const [first] = group;
    if (first === undefined) {
      group = [piece];
      continue;
    }
    const same = (first.run === undefined) === (piece.run === undefined);
    const touches = piece.x < Math.max(...group.map(({ end }) => end)) + GAP;
    const overlaps = piece.x < Math.max(...group.map(({ over }) => over));
    if (same && touches && (overlaps || piece.x - first.x < BIN)) {
      group.push(piece);
    } else {
      marks.push(mark(group, overlaps ? Infinity : piece.x - GAP));
      group = [piece];
    }
  }
  if (0 < group.length) marks.push(mark(group, Infinity));
  return marks;
}

function mark(group: readonly Piece[], before: number): Mark {
  const runs = group.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const due = group.flatMap(({ due }) => (due === undefined ? [] : [due]));
  const x = Math.min(...group.map((piece) => piece.x));
  const width = Math.max(2, Math.min(before, Math.max(...group.map((piece) => piece.end))) - x);
  if (runs.length === 0) return { x, width, state: "planned", glyph: "planned", tone: "quiet", runs, due };
  const state = worst(runs.map((run) => run.state));
  const { glyph, tone } = look(state);
  return { x, width, state, glyph, tone, runs, due };
}

export interface Tick {
  x: number;
  text: string;
}

/** Hours of one day, or days of a week: not more than there is room for. */
export function ticks(span: Span): Tick[] {
  const place = (at: number) => ((at - span.from) / (span.to - span.from)) * span.width;
  const found: Tick[] = [];
  const days = Math.round((span.to - span.from) / 86_400_000);
  if (days <= 2) {
    const step = span.width < 560 ? 4 : 2;
    for (let hour = 0; hour < 24 * days; hour += step) {
      // By the clock and not by its hours: a day with a change of the clock has 23 or 25.
      const at = new Date(span.from).setHours(hour);
      if (at < span.to) found.push({ x: place(at), text: String(hour % 24).padStart(2, "0") });
    }
    return found;
  }
  for (let day = 0; day < days; day += 1) {
    const at = new Date(span.from);
    at.setDate(at.getDate() + day);
    const text = at.toLocaleDateString("en-GB", { weekday: "short", day: "numeric" });
    found.push({ x: place(at.getTime()), text });
  }
  return found;
}
