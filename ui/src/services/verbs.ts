/** What a person can do to a service, and when that makes sense. */

import type { Status } from "./status";

export type Verb = "start" | "stop" | "restart";

/** In this order on every row, so that a hand finds them without looking. */
export const VERBS: Verb[] = ["start", "stop", "restart"];

/** "Restart", "web" makes "Restart web". */
export const NAMES: Record<Verb, string> = { start: "Start", stop: "Stop", restart: "Restart" };

type Refusals = Partial<Record<Verb, string>>;

const RUNS: Refusals = { start: "Already started" };
const RESTS: Refusals = { stop: "Not running", restart: "Not running" };

const REFUSALS: Record<string, Refusals> = {
  starting: RUNS,
  running: RUNS,
  waiting: { ...RUNS, restart: "Not running" },
  stopped: RESTS,
  failed: { stop: "Not running" },
  // It has crashed: starting does not wait, stopping gives up on it.
  backoff: { restart: "Not running" },
};

/** Why this cannot be done now; undefined if it can. A state that we do not know forbids nothing. */
export function refusal({ state, wanted }: Status, verb: Verb): string | undefined {
  if (state === "stopping") {
    // What is wanted up is between two runs of a restart.
    const refusals: Refusals = wanted === "up" ? RUNS : { stop: "Already stopping", restart: "Already stopping" };
    return refusals[verb];
  }
  return REFUSALS[state]?.[verb];
}
