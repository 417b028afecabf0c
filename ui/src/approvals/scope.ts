/** For how long a yes holds, in words: `15 m`, `this session`, `until 21 Dec 2026, 14:00`. */

import { fullTime } from "../lib/time";

export function spoken(scope: string): string {
  if (scope === "session") return "this session";
  const [, count, unit] = /^(\d+)([mh])$/.exec(scope) ?? [];
  if (count !== undefined) return `${count}\u202f${unit}`;
  return /^\d{4}-/.test(scope) ? `until ${fullTime(scope).replace(/:\d\d$/, "")}` : scope;
}
