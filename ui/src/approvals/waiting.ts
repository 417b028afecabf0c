/**
 * What waits for a person: which of it first, and what is said of each.
 *
 * The order is the dialog's: by risk, then by how long it waits. Requests for
 * exactly the same, by the same client, are one card that says how many they are.
 */

import type { HintLevel, Request } from "../lib/api/types.gen";
import { until, type Timed } from "../lib/time";
import type { Tone } from "../services/status";

/** What the page reads of a request; an older daemon does not say how much there is to worry about. */
export type Waiting = Request & { risk?: HintLevel | null };

export interface Risk {
  word: string;
  /** Of `RiskMark.svelte`. */
  shape: "ring" | "triangle" | "filled";
  tone: Tone;
  /** A higher one comes first. */
  rank: number;
}

const RISKS: Record<HintLevel, Risk> = {
  note: { word: "Low", shape: "ring", tone: "quiet", rank: 0 },
  caution: { word: "Elevated", shape: "triangle", tone: "warn", rank: 1 },
  danger: { word: "High", shape: "filled", tone: "err", rank: 2 },
};

export function risk({ risk }: Waiting): Risk {
  return RISKS[risk ?? "note"] ?? RISKS.danger;
}

export function isWaiting({ state }: { state: string }): boolean {
  return state === "pending" || state === "orphaned";
}

export interface Card {
  /** The one that waits longest. */
  first: Waiting;
  /** All of them. */
  ids: string[];
}

export function cards(requests: readonly Waiting[]): Card[] {
  const found = new Map<string, Card>();
  for (const request of [...requests].sort((left, right) => Date.parse(left.created) - Date.parse(right.created))) {
    const key = `${request.client_id} ${request.plan}`;
    const card = found.get(key);
    if (card === undefined) found.set(key, { first: request, ids: [request.id] });
    else card.ids.push(request.id);
  }
  // Sorting keeps what is equal in its order: the longest waiting first.
  return [...found.values()].sort((left, right) => risk(right.first).rank - risk(left.first).rank);
}

/** Somebody should look now. */
const SOON = 60_000;

/** `in 8 m 48 s`, and whether that is soon. */
export function expires({ expires }: Waiting, now: number): Timed & { soon: boolean } {
  const at = Date.parse(expires);
  const left = until(at, now);
  return { ...left, soon: at - now < SOON };
}
