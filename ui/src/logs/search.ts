/** Going from hit to hit. */

import type { Line } from "./line";

/** The index of the first line whose number is not smaller; lines are in order. */
export function place(lines: readonly Line[], seq: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The hit after (or before) a line, going around at the end. Without a line it
 * begins with the newest: whoever searches a log asks what has happened last.
 */
export function step(hits: readonly Line[], from: Line | undefined, direction: 1 | -1): Line | undefined {
  if (hits.length === 0) return undefined;
  if (from === undefined) return direction === 1 ? hits[0] : hits[hits.length - 1];
  const at = place(hits, from.seq);
  const isHit = hits[at]?.seq === from.seq;
  const next = direction === 1 ? at + (isHit ? 1 : 0) : at - 1;
  return hits[(next + hits.length) % hits.length];
}

/** Which hit a line is, counted from 1; 0 if it is none. */
export function ordinal(hits: readonly Line[], line: Line | undefined): number {
  if (line === undefined) return 0;
  const at = place(hits, line.seq);
  return hits[at] === line ? at + 1 : 0;
}
