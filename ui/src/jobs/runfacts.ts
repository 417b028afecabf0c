/** What the page of a run says of it beyond how it ended. */

import { typed } from "./argv";
import { dayAndTime, measured } from "./spans";
import { median, type Run } from "./standing";

/** Later than that somebody may want to know. */
const LATE = 100;

/** `for 02:00, begun 0.4 s later`: when it was due or asked for, and how late it began. */
export function begun({ due, started, attempt, why }: Run, now: number): string {
  const at = Date.parse(due);
  const said = `${why === "schedule" ? "for" : "at"} ${dayAndTime(Math.floor(at / 1000) * 1000, now)}`.replaceAll(" ", "\u00a0");
  // What was tried again did not begin late.
  const late = started && attempt === 1 ? Date.parse(started) - at : 0;
  return LATE <= late ? `${said}, begun ${measured(late)} later` : said;
}

/** `median of 19: 1 m 08 s`: how long the others took that succeeded. */
export function against({ id }: Run, others: readonly Run[]): string {
  const rest = others.filter((other) => other.id !== id);
  const usual = median(rest);
  if (usual === undefined) return "";
  const count = rest.filter(({ state }) => state === "succeeded").length;
  return count < 3 ? "" : `· median\u00a0of\u00a0${count}:\u00a0${measured(usual)}`;
}

/** What it executed besides what its job says. */
export function inputs({ inputs = {}, job }: Run): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  const { command, args, working_dir, env, changed } = inputs;
  if (job && command?.length) found.push({ name: "Command", text: typed(command) });
  if (args?.length) found.push({ name: "Arguments", text: typed(args) });
  if (working_dir) found.push({ name: "In", text: working_dir });
  const names = Object.keys(env ?? {});
  if (names.length) found.push({ name: "Environment", text: names.join(", ") });
  if (changed) found.push({ name: "Changed files", text: files(changed) });
  return found;
}

/** A line of JSON for each file; of many only the first are named. */
function files(changed: string): string {
  const lines = changed.split("\n").filter(Boolean);
  const named = lines.slice(0, 8).map((line) => {
    try {
      const { path } = JSON.parse(line) as { path?: unknown };
      return typeof path === "string" ? path : line;
    } catch {
      return line;
    }
  });
  return named.join(", ") + (named.length < lines.length ? ` and ${lines.length - named.length} more` : "");
}
