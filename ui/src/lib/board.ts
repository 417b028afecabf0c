/**
 * What is true now, as the daemon's board says it.
 *
 * The feed gives everything first and what changed from then on. Numbers of
 * changes may be skipped (a value that was overwritten before we looked is not
 * sent), but they never go back and never come before the first snapshot.
 * Where they do, this is another daemon's board or a part of it was missed, and
 * the only honest thing is to ask for all of it again.
 *
 * Pure: whoever follows the feed acts on the answer.
 */

import type { Change as AnyChange } from "./api/types.gen";

/** One value that changed; without a value it was removed. What a value is, its reader knows. */
export type Change = Omit<AnyChange, "value"> & { value?: unknown };

/** One item of the feed: all there is, or what changed. */
export interface Changes {
  snapshot: boolean;
  changes: Change[];
}

export interface Board {
  /** The number of the last change seen. */
  readonly sequence: number;
  /** Noun, then key, then value. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
}

/** The board after these changes, or `"resync"` if they do not follow from what we have. */
export function apply(board: Board | undefined, { snapshot, changes }: Changes): Board | "resync" {
  if (!snapshot && board === undefined) return "resync";

  let sequence = snapshot ? 0 : (board?.sequence ?? 0);
  const values = new Map(snapshot ? [] : board?.values);
  const copied = new Map<string, Map<string, unknown>>();
  for (const change of changes) {
    // In all there is, what is told rather than kept has the number up to which that goes.
    const follows = snapshot ? sequence <= change.sequence : sequence < change.sequence;
    if (!follows) return "resync";
    sequence = change.sequence;

    const entries = copied.get(change.noun) ?? new Map(values.get(change.noun));
    copied.set(change.noun, entries);
    values.set(change.noun, entries);
    if (change.value === undefined) entries.delete(change.key);
    else entries.set(change.key, change.value);
  }
  return { sequence, values };
}

/** All values of one kind, by key. */
export function all<Value>(board: Board, noun: string): Value[] {
  const entries = [...(board.values.get(noun) ?? [])];
  return entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value as Value);
}
