/**
 * What comes next and what has run today, in words. Pure: the page asks for the
 * due times and the runs.
 */

import type { DueNext, RunRecord } from "../lib/api/types.gen";
import { clockTime } from "../lib/time";

export interface Due {
  at: number;
  job: string;
  /** "14:30", "Tomorrow, 02:00", "24 Nov, 02:00". */
  when: string;
}

/** The soonest, with their times on this clock. */
export function due(next: readonly DueNext[], now: number, most: number): Due[] {
  const later = next.map(({ at, job }) => ({ at: Date.parse(at), job })).filter(({ at }) => now < at);
  later.sort((left, right) => left.at - right.at);
  return later.slice(0, most).map((entry) => ({ ...entry, when: when(entry.at, now) }));
}

function when(at: number, now: number): string {
  const then = new Date(at);
  const tomorrow = new Date(now);
  tomorrow.setDate(tomorrow.getDate() + 1);
  const clock = [then.getHours(), then.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  if (then.toDateString() === new Date(now).toDateString()) return clock;
  return then.toDateString() === tomorrow.toDateString() ? `Tomorrow, ${clock}` : clockTime(then.toISOString(), now);
}

export interface Today {
  runs: number;
  /** Words and how many, without those that are none. */
  bad: readonly { word: string; count: number }[];
  /** There were more than were looked at. */
  more: boolean;
}

const WORDS: Partial<Record<RunRecord["state"], string>> = {
  failed: "failed",
  "timed-out": "timed out",
  lost: "lost",
  missed: "missed",
};

/** Counts what has begun or ended since midnight; `more` is whether older runs were left out. */
export function today(runs: readonly RunRecord[], more: boolean, now: number): Today {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const time = ({ ended, started, due }: RunRecord) => Date.parse(ended ?? started ?? due);
  const mine = runs.filter((run) => run.state !== "queued" && midnight <= time(run) && time(run) <= now);
  const bad = Object.entries(WORDS).map(([state, word]) => ({ word, count: mine.filter((run) => run.state === state).length }));
  const oldest = runs.at(-1);
  return {
    // One that was missed has not run.
    runs: mine.filter(({ state }) => state !== "missed" && state !== "skipped").length,
    bad: bad.filter(({ count }) => count > 0),
    more: more && oldest !== undefined && midnight <= time(oldest),
  };
}
