/**
 * What is known of a daemon that cannot be reached, as text to paste into a
 * report: what this window is, which daemon it was, what was said and when.
 * Nothing of the board, of logs or of the environment is in it. Pure.
 */

import type { Status } from "./lib/api/types.gen";
import { visible } from "./lib/text";
import type { Down } from "./lib/watch.svelte";

export function diagnostics(down: Down, last: Status | undefined, now: number, agent: string): string {
  const time = (at: number) => new Date(at).toISOString();
  const { code, message, hint } = down.fault;
  const services = down.board?.values.get("service")?.size ?? 0;
  const jobs = down.board?.values.get("job")?.size ?? 0;
  const lines = [
    ["Hob", "the daemon cannot be reached"],
    ["At", time(now)],
    ["Lost at", down.board ? time(down.since) : `never reached, tried since ${time(down.since)}`],
    ["Said", `${code}: ${message}`],
    ["Hint", hint],
    ["Version", last?.version],
    ["Process", last && String(last.pid)],
    ["Started", last?.started],
    ...(last?.paths ?? []).map(({ name, path, from }) => [name.charAt(0).toUpperCase() + name.slice(1), `${path} (from ${from})`]),
    ["On the board", down.board && `services ${services}, jobs ${jobs}`],
    ["Window", agent],
  ];
  return lines.flatMap(([name, text]) => (text ? [`${name}: ${visible(text)}\n`] : [])).join("");
}
