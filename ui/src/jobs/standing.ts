/**
 * How a run ended, in words and silhouettes.
 *
 * The words are those of the command line. A word that this page does not know
 * comes from a newer daemon and is shown as it is.
 */

import type { RunRecord } from "../lib/api/types.gen";
import { ago, lasted, measured, timeless, type Timed } from "./spans";
import type { Shape, Tone } from "../services/status";

/** What the page reads of a run; a word of a newer daemon is any string. */
export type Run = Omit<RunRecord, "state"> & { state: string };

/** What a mark of a history looks like; each has a silhouette of its own. */
export type Glyph = "full" | "cross" | "clock" | "hollow" | "dotted" | "gap" | "half" | "planned";

export interface Look {
  word: string;
  /** In a sentence that counts: `2 failed`. */
  counted: string;
  shape: Shape;
  tone: Tone;
  glyph: Glyph;
}

const LOOKS: Record<string, Look> = {
  queued: { word: "Waiting", counted: "waiting", shape: "bars", tone: "info", glyph: "planned" },
  running: { word: "Running", counted: "running", shape: "left-half", tone: "info", glyph: "half" },
  succeeded: { word: "Succeeded", counted: "succeeded", shape: "disc", tone: "ok", glyph: "full" },
  failed: { word: "Failed", counted: "failed", shape: "cross", tone: "err", glyph: "cross" },
  "timed-out": { word: "Timed out", counted: "timed out", shape: "cross", tone: "err", glyph: "clock" },
  cancelled: { word: "Cancelled", counted: "cancelled", shape: "ring", tone: "quiet", glyph: "hollow" },
  skipped: { word: "Skipped", counted: "skipped", shape: "dot", tone: "quiet", glyph: "dotted" },
  missed: { word: "Missed", counted: "missed", shape: "triangle", tone: "warn", glyph: "dotted" },
  lost: { word: "Lost", counted: "lost", shape: "triangle", tone: "warn", glyph: "gap" },
};

/** From what needs a look to what does not. */
const WORST_FIRST = ["failed", "timed-out", "lost", "missed", "running", "queued", "cancelled", "skipped", "succeeded"];

export function look(state: string): Look {
  return LOOKS[state] ?? { word: state, counted: state, shape: "dot", tone: "quiet", glyph: "dotted" };
}

/** The one of these that needs a look most. */
export function worst(states: readonly string[]): string {
  return WORST_FIRST.find((state) => states.includes(state)) ?? states[0] ?? "succeeded";
}

export function isOver({ state }: { state: string }): boolean {
  return state !== "queued" && state !== "running";
}

/** Whether it is something that somebody should know: what `hob status` counts as failed. */
export function hasFailed({ state }: { state: string }): boolean {
  return state === "failed" || state === "timed-out" || state === "lost";
}

/** `18 succeeded, 2 failed`: the worst first. */
export function tally(runs: readonly { state: string }[]): string {
  const counts = new Map<string, number>();
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const place = (state: string) => (WORST_FIRST.includes(state) ? WORST_FIRST.indexOf(state) : WORST_FIRST.length);
  return [...counts]
    .sort(([left], [right]) => place(left) - place(right))
    .map(([state, count]) => `${count}\u00a0${look(state).counted}`)
    .join(", ");
}

/** How long its latest attempt took, or takes; nothing for what never began. */
export function duration({ started, ended, state }: Run, now: number): Timed {
  if (!started) return timeless("");
  if (state === "running") return lasted(started, now);
  if (!ended) return timeless("");
  return timeless(measured(Date.parse(ended) - Date.parse(started)));
}

/** When it ended, or would have run: `14 h ago`. */
export function when({ ended, started, due, state }: Run, now: number): Timed {
  return ago(state === "running" ? (started ?? due) : (ended ?? due), now);
}

/** In milliseconds, of what succeeded: half of them took longer. */
export function median(runs: readonly Run[]): number | undefined {
  const lengths = runs
    .filter(({ state, started, ended }) => state === "succeeded" && started && ended)
    .map(({ started, ended }) => Date.parse(ended ?? "") - Date.parse(started ?? ""))
    .filter((length) => 0 <= length)
    .sort((left, right) => left - right);
  if (lengths.length === 0) return undefined;
  const middle = Math.floor(lengths.length / 2);
  const upper = lengths[middle] ?? 0;
  return lengths.length % 2 === 1 ? upper : ((lengths[middle - 1] ?? upper) + upper) / 2;
}

const TRIGGERS: Record<string, string> = {
  schedule: "Schedule",
  files: "Files changed",
  event: "Event",
  asked: "Asked for",
  again: "Run again",
};

/** Why it ran: `Schedule`, `Asked for`. */
export function trigger({ why }: { why: string }): string {
  return TRIGGERS[why] ?? why;
}
