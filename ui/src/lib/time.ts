/**
 * Times as people say them: "3 h 12 m", "12 s ago", "14:02:11".
 *
 * Each text comes with the time after which it is no longer true, so that the
 * page wakes when there is something to change and not before.
 */

export interface Timed {
  text: string;
  /** For how many milliseconds the text stays true. */
  lasts: number;
  /** How many milliseconds its smallest unit has: how much it matters to be late. */
  unit: number;
}

/** A text that no time changes. */
export function timeless(text: string): Timed {
  return { text, lasts: Infinity, unit: Infinity };
}

/** A number never parts from its unit. */
const THIN = "\u202f";

const UNITS = [
  { seconds: 86_400, unit: "d" },
  { seconds: 3600, unit: "h" },
  { seconds: 60, unit: "m" },
  { seconds: 1, unit: "s" },
] as const;

/** How long something has lasted: `3 h 12 m`, `41 m`, `12 s`. */
export function lasted(since: string | undefined, now: number): Timed {
  return measured(since, now, (milliseconds) => span(milliseconds, 2));
}

/** How long ago something was, roughly: `12 s ago`, `3 h ago`. */
export function ago(since: string | undefined, now: number): Timed {
  return measured(since, now, (milliseconds) => {
    const said = span(milliseconds, 1);
    return { ...said, text: `${said.text}\u00a0ago` };
  });
}

/** How long it is until then: `in 32 s`, `now`. */
export function until(then: number, now: number): Timed {
  const left = then - now;
  if (!(0 < left)) return timeless("now");
  const { text } = span(Math.ceil(left / 1000) * 1000, 2);
  return { text: `in\u00a0${text}`, lasts: left % 1000 || 1000, unit: 1000 };
}

/** A length as a file has it, said as everywhere: `720h` is `30 d`, `1m30s` is `1 m 30 s`. What is no length stays. */
export function written(length: string): string {
  const found = [...length.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  if (found.length === 0 || found.map(([part]) => part).join("") !== length) return length;
  const seconds = found.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS.find((one) => one.unit === unit)?.seconds ?? 0.001), 0);
  if (0 < seconds && seconds < 1) return `${Math.round(seconds * 1000)}${THIN}ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(3))}${THIN}s`;
  let rest = Math.round(seconds);
  const parts = UNITS.flatMap(({ seconds: size, unit }) => {
    const amount = Math.floor(rest / size);
    rest %= size;
    return amount === 0 ? [] : [`${amount}${THIN}${unit}`];
  });
  return parts.join("\u00a0");
}

/** `14:02:11` for today, `20 Nov, 14:02` before that; a time that cannot be read is shown as it came. */
export function clockTime(since: string, now: number): string {
  const then = new Date(since);
  const today = new Date(now);
  if (Number.isNaN(then.getTime())) return since;
  if (then.toDateString() === today.toDateString()) return clock(then);
  const year = then.getFullYear() === today.getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `${day(then)}${year}, ${clock(then).slice(0, 5)}`;
}

/** `21 Nov 2026, 14:02:11`: the whole of it, for tooltips. */
export function fullTime(since: string): string {
  const then = new Date(since);
  if (Number.isNaN(then.getTime())) return since;
  return `${day(then)} ${then.getFullYear()}, ${clock(then)}`;
}

function measured(since: string | undefined, now: number, say: (milliseconds: number) => Timed): Timed {
  if (since === undefined) return timeless("");
  const then = Date.parse(since);
  if (Number.isNaN(then)) return timeless(since);
  // A clock that was set back makes nothing negative.
  return say(Math.max(0, now - then));
}

function span(milliseconds: number, units: 1 | 2): Timed {
  const seconds = Math.floor(milliseconds / 1000);
  const first = UNITS.findIndex((unit) => unit.seconds <= seconds);
  const place = first === -1 ? UNITS.length - 1 : first;
  // Hours and days have a second unit; nobody needs the seconds of 41 minutes.
  const last = units === 2 && place < 2 ? place + 1 : place;
  const shown = UNITS.slice(place, last + 1);

  let rest = seconds;
  const parts: string[] = [];
  for (const unit of shown) {
    const amount = Math.floor(rest / unit.seconds);
    // What there is none of is not said beside what there is.
    if (0 < amount || parts.length === 0) parts.push(`${amount}${THIN}${unit.unit}`);
    rest %= unit.seconds;
  }
  const unit = (UNITS[last]?.seconds ?? 1) * 1000;
  return { text: parts.join("\u00a0"), lasts: unit - (milliseconds % unit), unit };
}

function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function day(time: Date): string {
  return `${time.getDate()} ${time.toLocaleDateString("en-GB", { month: "short" })}`;
}
