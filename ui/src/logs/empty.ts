/**
 * Why there is no line to see. Each cause is told apart, because a reader acts
 * on it: to start what never ran, to wait for what is silent, to take away the
 * filter that hides everything. At most one thing to do, or to look further back
 * beside it.
 */

import type { RunRecord } from "../lib/api/types.gen";
import { sentence } from "../lib/text";
import type { Status } from "../services/status";
import { clock } from "./clock";
import { count } from "./fold";
import type { Moment } from "./line";
import type { Link } from "./tail.svelte";

export interface Situation {
  link: Link;
  /** The services that are shown; nothing for a job's run. */
  services: readonly Status[] | undefined;
  run: RunRecord | undefined;
  /** Lines in memory. */
  lines: number;
  /** How many of them are of the chosen level, stream and run. */
  admitted: number;
  cleared: Moment | undefined;
  /** Whether a filter hides anything. */
  filtered: boolean;
  /** Older lines that are not in memory. */
  more: boolean;
  /** The first line in memory. */
  oldest: Moment | undefined;
}

export type Action = "all" | "again" | "unclear" | "unfilter" | "older" | { start: string };

export interface Cause {
  title: string;
  text?: string;
  action?: Action;
  /** There is more to be searched. */
  further?: true;
}

/** The cause; nothing while it is not known yet. */
export function cause({ link, services, run, lines, cleared, filtered, more, admitted, oldest }: Situation): Cause | undefined {
  if (services?.length === 0) return { title: "No source is chosen.", action: "all" };
  if (link.state === "broken") {
    const { message, hint } = link.fault;
    if (link.fault.code === "unavailable") return { title: "The connection was lost.", text: "It is followed again as soon as the daemon is back." };
    return { title: "The log cannot be read.", text: [sentence(message), hint && sentence(hint)].filter(Boolean).join(". "), action: "again" };
  }
  if (link.state === "opening") return undefined;
  if (lines > 0 && filtered && (admitted === 0 || cleared === undefined)) {
    const all = lines === 1 ? "the only line" : `all ${count(lines)} lines`;
    return { title: `The filter hides ${all}.`, ...(more && { text: `Searched back to ${oldest ? clock(oldest.at).slice(0, 8) : "now"}; there are older lines.`, further: true }), action: "unfilter" };
  }
  if (lines > 0 && cleared !== undefined) {
    return { title: `Nothing since ${clock(cleared.at).slice(0, 8)}.`, text: `${count(lines)} ${lines === 1 ? "line is" : "lines are"} hidden above.`, action: "unclear" };
  }
  if (more) return { title: "No line is in memory.", action: "older" };
  if (services !== undefined) return ofServices(services);
  return ofRun(run, link.state === "over");
}

function ofServices(services: readonly Status[]): Cause {
  const [only] = services;
  if (only === undefined || services.length > 1) return { title: "None of these services has written anything yet.", text: "What they write appears here at once." };
  const { name, state, run, reason } = only;
  if (state === "failed" && reason) return { title: `${name} has written nothing.`, text: sentence(reason) };
  if (state === "waiting") return { title: `${name} has written nothing yet.`, text: `It waits for ${only.waiting_for?.join(", ") || "another service"}.` };
  if (run === 0) return { title: `${name} has never been started.`, action: { start: name } };
  if (state === "stopped") return { title: `${name} has written nothing, and is stopped.`, action: { start: name } };
  return { title: `${name} has written nothing yet.`, text: "It runs; what it writes appears here at once." };
}

function ofRun(run: RunRecord | undefined, isOver: boolean): Cause {
  if (run?.started === undefined || run.started === null) return { title: "The run has not begun yet." };
  return isOver ? { title: "The run wrote nothing." } : { title: "The run has written nothing yet." };
}
