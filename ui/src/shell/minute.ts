/** A time of day without its seconds, for what is planned by a person: `14:30`, `22 Nov, 08:00`. */

import { clockTime } from "../lib/time";

export function toTheMinute(at: string, now: number): string {
  return clockTime(at, now).replace(/^(\d\d:\d\d):\d\d$/, "$1");
}
