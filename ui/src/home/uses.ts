/** What everything that runs uses together, and which of it the most. Pure. */

import type { ServiceUsage } from "../lib/api/types.gen";

export interface Uses {
  /** In percent of one processor; undefined before there is a rate. */
  cpu: number | undefined;
  memory: number;
  /** By memory, which changes more slowly than anybody reads; so no row jumps about. */
  biggest: readonly ServiceUsage[];
  /** How many more there are. */
  more: number;
}

/** So many are named; one more is named, too, rather than counted. */
const NAMED = 3;

export function uses(latest: ReadonlyMap<string, ServiceUsage>): Uses | undefined {
  const all = [...latest.values()].sort((left, right) => right.memory_bytes - left.memory_bytes || (left.name < right.name ? -1 : 1));
  if (all.length === 0) return undefined;
  const rates = all.flatMap(({ cpu_percent }) => (typeof cpu_percent === "number" ? [cpu_percent] : []));
  const named = all.length === NAMED + 1 ? all.length : NAMED;
  return {
    cpu: rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0),
    memory: all.reduce((sum, { memory_bytes }) => sum + memory_bytes, 0),
    biggest: all.slice(0, named),
    more: Math.max(0, all.length - named),
  };
}
