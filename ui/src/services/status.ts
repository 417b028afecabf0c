/**
 * A service's state in words and marks.
 *
 * The words are the same in the window, on the command line and in JSON. A word
 * that this page does not know comes from a newer daemon and is shown as it is.
 */

import type { ServiceStatus } from "../lib/api/types.gen";
import { ago, lasted, timeless, until, type Timed } from "../lib/time";

/** What the page reads of a service; a word of a newer daemon is any string. */
export type Status = Partial<Omit<ServiceStatus, "name" | "state">> & {
  name: string;
  state: string;
};

export type Tone = "ok" | "info" | "warn" | "err" | "quiet";

/** The silhouettes of `Mark.svelte`. */
export type Shape = "disc" | "ring" | "left-half" | "right-half" | "triangle" | "turn" | "cross" | "bars" | "dot";

export interface Appearance {
  word: string;
  shape: Shape;
  tone: Tone;
}

const APPEARANCES: Record<string, Appearance> = {
  starting: { word: "Starting", shape: "left-half", tone: "info" },
  running: { word: "Running", shape: "disc", tone: "ok" },
  unhealthy: { word: "Unhealthy", shape: "triangle", tone: "warn" },
  backoff: { word: "Backing off", shape: "turn", tone: "warn" },
  stopping: { word: "Stopping", shape: "right-half", tone: "quiet" },
  stopped: { word: "Stopped", shape: "ring", tone: "quiet" },
  failed: { word: "Failed", shape: "cross", tone: "err" },
  waiting: { word: "Waiting", shape: "bars", tone: "info" },
};

export function appearance({ state, healthy }: Status): Appearance {
  const shown = state === "running" && healthy === false ? "unhealthy" : state;
  return APPEARANCES[shown] ?? { word: shown, shape: "dot", tone: "quiet" };
}

/** What stands beside the word: readiness, what it waits for, when it is tried again, or since when it is so. */
export function detail({ state, ready, healthy, since, waiting_for, retry_at }: Status, now: number): Timed {
  if (state === "running") return timeless(ready === undefined || healthy === false ? "" : ready ? "ready" : "not ready");
  if (state === "waiting" && waiting_for?.length) return timeless(`for ${waiting_for.join(", ")}`);
  if (state === "starting" || state === "stopping") return lasted(since ?? undefined, now);
  if (state !== "backoff" || !retry_at) return ago(since ?? undefined, now);
  const next = until(Date.parse(retry_at), now);
  return { ...next, text: `retry ${next.text}` };
}

/** For how long it has run; nothing for what does not run. */
export function uptime({ state, since }: Status, now: number): Timed {
  return lasted(state === "running" ? (since ?? undefined) : undefined, now);
}

/** What is said about it below its state, one line each. */
export function notes({ reason, says, changed }: Status): string[] {
  const found: string[] = [];
  if (reason) found.push(reason);
  if (says) found.push(`“${says}”`);
  if (changed) found.push("Its configuration has changed; a restart applies it.");
  return found;
}

/** Nobody sees that "3 h 12 m" comes a few seconds late, and many services need not wake the page as often. */
const PATIENCE = 10_000;

/** After how many milliseconds one of these services should be described in other words. */
export function lasts(services: Status[], now: number): number {
  const texts = services.flatMap((service) => [detail(service, now), uptime(service, now)]);
  return Math.min(...texts.map(({ lasts, unit }) => (unit < 60_000 ? lasts : lasts + PATIENCE)));
}

/** `2 running · 1 failed`: how many there are in each state, worst first; a count never parts from its word. */
export function summary(services: Status[]): string {
  const order = ["Failed", "Unhealthy", "Backing off", "Waiting", "Starting", "Stopping", "Running", "Stopped"];
  const counts = new Map<string, number>();
  for (const { word } of services.map(appearance)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const place = (word: string) => (order.includes(word) ? order.indexOf(word) : order.length);
  return [...counts]
    .sort(([left], [right]) => place(left) - place(right))
    .map(([word, count]) => `${count}\u00a0${word.toLowerCase().replaceAll(" ", "\u00a0")}`)
    .join("\u00a0· ");
}
