/**
 * Where the lines of a pane come from: services, or one run of a job.
 *
 * Both give what is there and what comes, and older lines on demand; this says
 * so in one way. A page of older lines ends with the moment that is asked for,
 * not with a line, and a service writes many lines in one moment; so what the
 * pane has already is taken off again by counting the records of that moment.
 */

import type { FollowItem, JobFollowItem, JobLogPage, LogLine, LogPage, RunRecord, ServiceFollow, ServiceLogs } from "../lib/api/types.gen";
import type { Following, Transport } from "../lib/api/transport";
import type { Question } from "./filter";
import { DEBUG, LEVELS, TRACE } from "./level";
import { compare, moment, written, type Line, type Moment, type Raw } from "./line";
import { begin } from "./since";

/** Lines to begin with. */
export const FIRST = 2000;
/** Lines that are read at once, on demand. */
export const PAGE = 2000;

/** What came. */
export interface Arrival {
  raws: readonly Raw[];
  /** So many were removed before they could be read; 0 where nobody has counted them. */
  lost?: { count: number; source: string };
  /** There may be older lines than these, which are the first. */
  more?: boolean;
  /** The run that is followed, as it is now. */
  run?: RunRecord;
}

export interface Page {
  raws: readonly Raw[];
  more: boolean;
}

/** Where an earlier follower has got to. */
export interface Place {
  after: Record<string, string>;
  event: Moment | undefined;
}

export interface Origin {
  /** Follows from the newest lines, or from a place. */
  follow(place: Place | undefined, arrive: (arrival: Arrival) => void): Following;
  /** Remembers where it has got to, for going on there; nothing if it can only begin anew. */
  place(): Place | undefined;
  /** The newest lines until a moment, that moment included; only what the question asks for, if there is one. */
  until(before: Moment, lines: number, question?: Question): Promise<Page>;
  /** The lines from a moment on, that moment included. */
  since(from: Moment, lines: number): Promise<Page>;
}

export class Services implements Origin {
  readonly #transport: Transport;
  readonly #names: readonly string[];
  readonly #after = new Map<string, string>();
  /** The last event, or the last line before the first. */
  #event: Moment | undefined;

  constructor(transport: Transport, names: readonly string[], place?: Place) {
    this.#transport = transport;
    this.#names = names;
    for (const [name, at] of Object.entries(place?.after ?? {})) if (names.includes(name)) this.#after.set(name, at);
    this.#event = place?.event;
  }

  follow(place: Place | undefined, arrive: (arrival: Arrival) => void): Following {
    const params: ServiceFollow = { names: [...this.#names], lines: FIRST };
    if (place !== undefined) params.after = place.after;
    if (place?.event !== undefined) params.events_after = written(place.event);
    // An event of a service that is new here may come twice: as its past, and as what others have missed.
    let past: Set<string> | undefined;
    return this.#transport.open("service.follow", params, (item) => {
      const { lines: came = [], more, places, skipped = 0, uncounted = false, service } = item as FollowItem;
      for (const [name, at] of Object.entries(places ?? {})) this.#after.set(name, at);
      const lines = past === undefined ? came : came.filter((line) => line.stream !== "event" || !past?.has(identity(line)));
      past ??= new Set(came.filter((line) => line.stream === "event").map(identity));
      for (const line of lines) if (line.stream === "event" || this.#event === undefined) this.#event = moment(line.time);
      const arrival: Arrival = { raws: lines };
      if (more !== undefined) arrival.more = more;
      if (skipped > 0 || uncounted) arrival.lost = { count: skipped, source: service ?? "" };
      arrive(arrival);
    });
  }

  place(): Place | undefined {
    return this.#after.size === 0 ? undefined : { after: Object.fromEntries(this.#after), event: this.#event };
  }

  async until(before: Moment, lines: number, question?: Question): Promise<Page> {
    const params: ServiceLogs = { names: [...this.#names], lines, until: written(before), ...(question && asked(question)) };
    const { lines: raws, more } = (await this.#transport.call("service.logs", params)) as LogPage;
    return { raws, more };
  }

  since(from: Moment, lines: number): Promise<Page> {
    const raws: Raw[] = [];
    const params: ServiceFollow = { names: [...this.#names], since: written(from), ends: true };
    return new Promise((resolve, reject) => {
      const following = this.#transport.open("service.follow", params, (item) => {
        raws.push(...((item as FollowItem).lines ?? []));
        if (raws.length < lines) return;
        following.cancel();
        resolve({ raws: raws.slice(0, lines), more: true });
      });
      following.ended.then(() => resolve({ raws, more: false }), reject);
    });
  }
}

export class Run implements Origin {
  readonly #transport: Transport;
  readonly #run: string;

  constructor(transport: Transport, run: string) {
    this.#transport = transport;
    this.#run = run;
  }

  follow(_: Place | undefined, arrive: (arrival: Arrival) => void): Following {
    return this.#transport.open("job.follow", { run: this.#run }, (item) => {
      const { lines = [], skipped, run } = item as JobFollowItem;
      const arrival: Arrival = { raws: lines };
      if (skipped !== undefined && skipped !== null) arrival.lost = { count: skipped, source: "" };
      if (run) arrival.run = run;
      arrive(arrival);
    });
  }

  place(): undefined {
    return undefined;
  }

  async until(before: Moment, lines: number): Promise<Page> {
    const { lines: raws, more } = (await this.#transport.call("job.logs", { run: this.#run, lines: 100_000 })) as JobLogPage;
    const older = raws.filter((raw) => compare(moment(raw.time), before) <= 0);
    return { raws: older.slice(-lines), more: more || older.length > lines };
  }

  async since(from: Moment, lines: number): Promise<Page> {
    const { lines: raws } = (await this.#transport.call("job.logs", { run: this.#run, lines: 100_000 })) as JobLogPage;
    const later = raws.filter((raw) => compare(moment(raw.time), from) >= 0);
    return { raws: later.slice(0, lines), more: later.length > lines };
  }
}

function identity({ service, time, text }: LogLine): string {
  return `${service} ${time} ${text}`;
}

/** The question in the daemon's words. */
function asked({ text, regex, matchCase, exclude, level, stream, run, since }: Question): Partial<ServiceLogs> {
  const params: Partial<ServiceLogs> = {};
  if (text !== "") {
    params.grep = regex ? text : text.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, "\\$&");
    params.ignore_case = !matchCase;
    params.invert = exclude;
  }
  if (level !== TRACE) params.level = LEVELS[level] ?? LEVELS[DEBUG];
  if (stream !== "all") params.stream = stream;
  if (run !== "all") params.run = run === "latest" ? 0 : run;
  const from = begin(since, Date.now());
  if (from !== undefined) params.since = new Date(from).toISOString();
  return params;
}

/** What a pane has of one moment: records by source and stream. */
export class Known {
  readonly #records = new Map<string, number>();
  total = 0;

  constructor(lines: Iterable<Line>, private readonly at: Moment) {
    for (const line of lines) {
      if (compare(line, at) !== 0) continue;
      const key = `${line.stream} ${line.source}`;
      this.#records.set(key, (this.#records.get(key) ?? 0) + line.records);
      this.total += line.records;
    }
  }

  /** Without those that are known: the last of their moment in a page that ends with it. */
  offEnd(raws: readonly Raw[]): Raw[] {
    return this.#off([...raws].reverse()).reverse();
  }

  /** The same for a page that begins with that moment. */
  offBegin(raws: readonly Raw[]): Raw[] {
    return this.#off(raws);
  }

  #off(raws: readonly Raw[]): Raw[] {
    const left = new Map(this.#records);
    return raws.filter((raw) => {
      const key = `${raw.stream} ${"service" in raw ? raw.service : ""}`;
      const known = left.get(key) ?? 0;
      if (known === 0 || compare(moment(raw.time), this.at) !== 0) return true;
      left.set(key, known - 1);
      return false;
    });
  }
}
