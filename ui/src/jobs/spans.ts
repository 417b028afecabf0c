/** Lengths of time as people say them, from milliseconds to hours: `0.4 s`, `4.1 s`, `1 m 12 s`. */

export { ago, clockTime, fullTime, lasted, timeless, until, type Timed } from "../lib/time";

/** A number never parts from its unit. */
const THIN = "\u202f";

export function measured(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 0.1) return `${Math.round(seconds * 1000)}${THIN}ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), "m", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), "h", minutes % 60, "m");
  const hours = Math.round(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

function two(first: number, unit: string, second: number, below: string): string {
  const said = `${first}${THIN}${unit}`;
  return second === 0 ? said : `${said}\u00a0${second}${THIN}${below}`;
}

/** `14:30`, `tomorrow 02:00`, `Fri 02:00`, `12 Dec 02:00`: the clock of this machine. */
export function dayAndTime(at: number, now: number): string {
  const then = new Date(at);
  const clock = `${pad(then.getHours())}:${pad(then.getMinutes())}${then.getSeconds() === 0 ? "" : `:${pad(then.getSeconds())}`}`;
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days === 0) return clock;
  if (days === 1) return `tomorrow ${clock}`;
  if (days === -1) return `yesterday ${clock}`;
  if (0 < days && days < 7) return `${weekday(then)} ${clock}`;
  const year = then.getFullYear() === new Date(now).getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `${then.getDate()} ${month(then)}${year} ${clock}`;
}

/** A moment on the clock of a zone, as RFC 9557 has it: `2026-10-25T02:30:00+02:00[Europe/Madrid]`. */
export function zoned(local: string): { day: string; clock: string; zone: string } | undefined {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d))?[^[]*(?:\[([^\]]+)\])?$/.exec(local);
  if (found === null) return undefined;
  const [, date = "", minutes = "", seconds = "00", zone = ""] = found;
  const day = new Date(`${date}T12:00:00Z`);
  if (Number.isNaN(day.getTime())) return undefined;
  const named = day.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  return { day: named.replace(",", ""), clock: seconds === "00" ? minutes : `${minutes}:${seconds}`, zone };
}

/** The zone of this machine's clock. */
export function here(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The midnight before this moment, on the clock of this machine. */
export function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** The same time so many calendar days later, however long these are. */
export function daysLater(at: number, days: number): number {
  const moved = new Date(at);
  return moved.setDate(moved.getDate() + days);
}

export function weekday(then: Date): string {
  return then.toLocaleDateString("en-GB", { weekday: "short" });
}

export function month(then: Date): string {
  return then.toLocaleDateString("en-GB", { month: "short" });
}

export function pad(number: number): string {
  return String(number).padStart(2, "0");
}
