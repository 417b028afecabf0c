/** What else can be done with the lines of a pane: the items of its menu. */

import type { IconName } from "../parts/icons";
import { report } from "./copy";
import type { Pane } from "./pane.svelte";
import { ALL, begin, isMoment } from "./since";

interface Item {
  label: string;
  run: () => void;
  icon?: IconName;
  keys?: string;
  refused?: string | undefined;
}

export function ways(pane: Pane, command: string, save: ((text: string) => void) | undefined): Item[] {
  const { rows } = pane.tail;
  const none = rows.lines.length === 0 ? "No line is shown" : undefined;
  // Folded traces are lines, too.
  const shown = () => rows.lines.flatMap((line) => (line.trace !== undefined && rows.heads(line) && !line.trace.open ? pane.tail.linesOf(line.trace) : [line]));
  const items: Item[] = [
    { label: "Clear: hide all until now", icon: "filter", refused: none, run: () => pane.clear() },
    { label: "Next error", keys: "e", refused: none, run: () => pane.nextError() },
    { label: "Copy all lines shown", icon: "copy", refused: none, run: () => void pane.copy(shown()) },
    { label: "Copy as a command", icon: "copy", run: () => void pane.copyText(command, "the command") },
    { label: pane.aloud ? "Stop reading new errors" : "Read new errors", run: () => (pane.aloud = !pane.aloud) },
  ];
  if (save !== undefined) {
    const file: Item = { label: "Save all lines shown…", icon: "download", refused: none, run: () => save(report(shown())) };
    items.splice(3, 0, file);
  }
  return items;
}

/** What shows the same in a terminal. */
export function command(names: readonly string[], pane: Pane): string {
  const { text, regex, matchCase, exclude, level, stream, run, mode, since } = pane.asked;
  const parts = ["hob", "logs", ...names.map(quoted)];
  if (text !== "" && (exclude || mode === "filter")) {
    parts.push("--grep", quoted(regex ? text : text.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, "\\$&")));
    if (!matchCase) parts.push("--ignore-case");
    if (exclude) parts.push("--invert");
  }
  if (level > 0) parts.push("--level", ["trace", "debug", "info", "warn", "error", "fatal"][level] ?? "trace");
  if (stream !== "all") parts.push("--stream", stream);
  if (run !== "all") parts.push("--run", run === "latest" ? "0" : String(run));
  // A stretch stays one; what is today here is a moment there.
  const from = begin(since, Date.now());
  if (since !== ALL && from !== undefined) parts.push("--since", /^\d+[mh]$/.test(since) || isMoment(since) ? since : new Date(from).toISOString());
  return parts.join(" ");
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
