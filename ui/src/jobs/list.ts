/** What the list of jobs says of each, and what it can be narrowed to. */

import type { JobStatus } from "../lib/api/types.gen";
import { sentence } from "../lib/text";
import { hasFailed, type Run } from "./standing";
import { dayAndTime, timeless, until, type Timed } from "./spans";

/** What the page reads of a job; what a newer daemon says of a run is any string. */
export type Job = Omit<JobStatus, "last"> & { last?: Run | null };

export type Kind = "all" | "scheduled" | "files" | "failing";

export function isScheduled({ next, triggers }: Job): boolean {
  return Boolean(next) || triggers.some((trigger) => trigger !== "files" && !/^(service|job)\.[a-z]+( |$)/.test(trigger));
}

export function watchesFiles({ triggers }: Job): boolean {
  return triggers.includes("files");
}

export function isFailing({ last }: Job): boolean {
  return last ? hasFailed(last) : false;
}

export function within(jobs: readonly Job[], kind: Kind): Job[] {
  if (kind === "scheduled") return jobs.filter(isScheduled);
  if (kind === "files") return jobs.filter(watchesFiles);
  if (kind === "failing") return jobs.filter(isFailing);
  return [...jobs];
}

/** When it runs, one line each: the daemon's words, without a zone that needs no word; or what was written where an older daemon has none. */
export function words({ when, triggers }: Job, known = ""): string[] {
  const said = when && 0 < when.length ? when : triggers;
  return said.length === 0 ? ["When asked"] : said.map((line) => sentence(line.replace(` (${known})`, "")));
}

/** When it runs next: `in 6 m`, `tomorrow 02:00`, `on change`. */
export function next(job: Job, now: number): Timed {
  if (job.paused) return timeless("Paused");
  if (job.next) return until(Date.parse(job.next), now);
  if (watchesFiles(job)) return timeless("On change");
  return timeless(job.triggers.length === 0 || isScheduled(job) ? "–" : "On event");
}

/** Until when it is paused, or the moment it is due: for the tooltip. */
export function nextInFull(job: Job, now: number): string | undefined {
  if (job.paused) return job.paused_until ? `Paused until ${dayAndTime(Date.parse(job.paused_until), now)}` : "Paused until it is resumed";
  return job.next ? `Due ${dayAndTime(Date.parse(job.next), now)}` : undefined;
}

/** What changes when its runs do. */
export function fingerprint({ running, waiting, last }: Job): string {
  return JSON.stringify([running, waiting, last?.id, last?.state, last?.attempt]);
}

/** `4 jobs · 1 failing · 1 running`: a count never parts from its word. */
export function summary(jobs: readonly Job[]): string {
  if (jobs.length === 0) return "";
  const failing = jobs.filter(isFailing).length;
  const running = jobs.filter((job) => 0 < job.running.length).length;
  const paused = jobs.filter((job) => job.paused).length;
  const said = [
    `${jobs.length}\u00a0${jobs.length === 1 ? "job" : "jobs"}`,
    failing ? `${failing}\u00a0failing` : "",
    running ? `${running}\u00a0running` : "",
    paused ? `${paused}\u00a0paused` : "",
  ];
  return said.filter(Boolean).join("\u00a0· ");
}
