/** What a pane is asked, as the parameters of an address, so that a view can be linked to and comes back with "back". */

import { EVERYTHING, type Question } from "./filter";
import { LEVELS, TRACE } from "./level";
import { moment, written, type Moment } from "./line";
import { ALL, read } from "./since";

const STREAMS = ["stdout", "stderr", "event"] as const;

/** The parameters that are a pane's; others on the same address are not its business. */
export const OWN = ["q", "regex", "case", "exclude", "filter", "level", "stream", "run", "since", "at"] as const;

export function question(query: URLSearchParams): Question {
  const run = query.get("run");
  const level = LEVELS.indexOf((query.get("level") ?? "") as (typeof LEVELS)[number]);
  return {
    text: query.get("q") ?? "",
    regex: query.has("regex"),
    matchCase: query.has("case"),
    exclude: query.has("exclude"),
    mode: query.has("filter") ? "filter" : "highlight",
    level: level === -1 ? TRACE : level,
    stream: STREAMS.find((stream) => stream === query.get("stream")) ?? "all",
    run: run === "latest" ? "latest" : run !== null && /^\d{1,9}$/.test(run) ? Number(run) : "all",
    since: read(query.get("since")),
  };
}

/** Which line is meant. */
export function place(query: URLSearchParams): Moment | undefined {
  const at = query.get("at");
  return at !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(at) ? moment(at) : undefined;
}

/** The same as parameters; of the others of the address those that were there. */
export function parameters(query: URLSearchParams, asked: Question, at?: Moment): Record<string, string | undefined> {
  const others = Object.fromEntries([...query].filter(([name]) => !(OWN as readonly string[]).includes(name)));
  const { text, regex, matchCase, exclude, mode, level, stream, run, since } = asked;
  return {
    ...others,
    q: text === "" ? undefined : text,
    regex: regex ? "1" : undefined,
    case: matchCase ? "1" : undefined,
    exclude: exclude ? "1" : undefined,
    filter: mode === EVERYTHING.mode ? undefined : "1",
    level: level === TRACE ? undefined : LEVELS[level],
    stream: stream === "all" ? undefined : stream,
    run: run === "all" ? undefined : String(run),
    since: since === ALL ? undefined : since,
    at: at && written(at),
  };
}
