/** How often something was used, in words: `41×, 2 h ago`. */

import { ago } from "../lib/time";
import { dayAndTime } from "../jobs/spans";
import type { Counted } from "./rules";

export function uses({ by, since }: Counted, name: string, now: number): string {
  const usage = by.get(name);
  if (usage !== undefined) return `${usage.count}×, ${ago(new Date(usage.last).toISOString(), now).text}`;
  return since === undefined ? "never" : `not since ${dayAndTime(since, now)}`;
}
