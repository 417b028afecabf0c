/**
 * From when on lines are shown: a stretch of time until now, today, or a moment.
 * A stretch is kept as it was chosen, so that an address means the same tomorrow.
 * Pure.
 */

import { moment } from "../lib/moment";
import { midnight } from "./clock";

/** `all`, a stretch, or a moment as the daemon writes one. */
export type Since = string;

export const ALL: Since = "all";

const STRETCHES: readonly { since: Since; label: string; milliseconds: number }[] = [
  { since: "5m", label: "Last 5 minutes", milliseconds: 300_000 },
  { since: "1h", label: "Last hour", milliseconds: 3_600_000 },
];
const TODAY: Since = "today";
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** What can be chosen without a time of one's own. */
export const CHOICES: readonly { since: Since; label: string }[] = [{ since: ALL, label: "Any time" }, ...STRETCHES, { since: TODAY, label: "Today" }];

/** What an address says; nonsense is all. */
export function read(text: string | null): Since {
  if (text === null || text === "") return ALL;
  return CHOICES.some(({ since }) => since === text) || (MOMENT.test(text) && !Number.isNaN(Date.parse(text))) ? text : ALL;
}

/** The moment that is meant, in milliseconds since 1970. */
export function begin(since: Since, now: number): number | undefined {
  if (since === ALL) return undefined;
  if (since === TODAY) return midnight(now);
  const stretch = STRETCHES.find((one) => one.since === since);
  return stretch === undefined ? Date.parse(since) : now - stretch.milliseconds;
}

export function isMoment(since: Since): boolean {
  return MOMENT.test(since);
}

/** A moment as its field has it, on the clock of this machine: `2026-11-21 14:02:11`. */
export function toField(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

/** What was put into such a field, the seconds or all of the time left out or not; nothing where it is no time. */
export function fromField(text: string): Since | undefined {
  const found = moment(text);
  return found && `${new Date(`${found.day}T${found.time ?? "00:00"}`).toISOString().slice(0, 19)}Z`;
}
