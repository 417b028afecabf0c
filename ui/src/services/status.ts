/**
 * A service's state in words and marks.
 *
 * The words are the same in the window, on the command line and in JSON. A word
 * that this page does not know comes from a newer daemon and is shown as it is.
 */

import type { ServiceStatus } from "../lib/api/types.gen";

/** What the page reads of a service; a word of a newer daemon is any string. */
export type Status = Partial<Pick<ServiceStatus, "ready" | "since" | "reason">> & {
  name: ServiceStatus["name"];
  state: string;
  /** Health checks come with a later version of the daemon. */
  healthy?: boolean;
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

/** What a person should see about readiness; only a running service has any. */
export function readiness({ state, ready }: Status): string {
  if (state !== "running" || ready === undefined) return "";
  return ready ? "Ready" : "Not ready";
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
    .join(" · ");
}

/** `14:02:11` for today, `20 Nov, 14:02` before that; a time that cannot be read is shown as it came. */
export function clockTime(since: string | undefined, now: Date): string {
  if (since === undefined) return "";
  const then = new Date(since);
  if (Number.isNaN(then.getTime())) return since;
  const hours = pad(then.getHours());
  const minutes = pad(then.getMinutes());
  if (then.toDateString() === now.toDateString()) return `${hours}:${minutes}:${pad(then.getSeconds())}`;
  const month = then.toLocaleDateString("en-GB", { month: "short" });
  const year = then.getFullYear() === now.getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `${then.getDate()} ${month}${year}, ${hours}:${minutes}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
