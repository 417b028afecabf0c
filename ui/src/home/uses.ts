/** What everything that runs uses together, and which of it the most. Pure. */

import type { ServiceUsage } from "../lib/api/types.gen";

interface Sum {
  /** How many they are. */
  count: number;
  /** In percent of one processor; undefined before there is a rate. */
  cpu: number | undefined;
  memory: number;
}

export interface Uses extends Sum {
  /** By memory, which changes more slowly than anybody reads; so no row jumps about. */
  biggest: readonly ServiceUsage[];
  /** All others together. */
  rest: Sum;
}

/** So many are named; one more is named, too, rather than counted. */
const NAMED = 3;

export function uses(latest: ReadonlyMap<string, ServiceUsage>): Uses | undefined {
  const all = [...latest.values()].sort((left, right) => right.memory_bytes - left.memory_bytes || (left.name < right.name ? -1 : 1));
  if (all.length === 0) return undefined;
  const named = all.length === NAMED + 1 ? all.length : NAMED;
  return { ...sum(all), biggest: all.slice(0, named), rest: sum(all.slice(named)) };
}

function sum(some: readonly ServiceUsage[]): Sum {
  const rates = some.flatMap(({ cpu_percent }) => (typeof cpu_percent === "number" ? [cpu_percent] : []));
  return {
    count: some.length,
    cpu: rates.length === 0 ? undefined : rates.reduce((all, rate) => all + rate, 0),
    memory: some.reduce((all, { memory_bytes }) => all + memory_bytes, 0),
  };
}
