/**
 * What has run, for the pages: each job's runs as far back as somebody looks.
 *
 * The board says that something has changed; then only the newest runs of that
 * job are asked for again. Further back is asked once, when it is looked at, and
 * no more than {@link MOST} of a job are kept: a job that runs each second would
 * fill the memory, and nobody could tell the marks apart.
 */

import { SvelteMap } from "svelte/reactivity";

import { Fault, type Transport } from "../lib/api/transport";
import type { Run } from "./standing";

/** Runs that are asked for first: enough for the marks in the list, and for most days. */
export const FIRST = 100;
const PAGE = 500;
/** Runs of one job that are kept. */
export const MOST = 2000;

interface Page {
  runs: Run[];
  more: boolean;
}

export interface Past {
  /** The newest first. */
  runs: readonly Run[];
  /** Whether there are older ones. */
  more: boolean;
}

export class History {
  /** By job. */
  readonly past = new SvelteMap<string, Past>();
  /** Why the runs of a job could not be read. */
  fault: Fault | undefined = $state.raw();

  readonly #transport: Transport;
  /** What was known of a job when its runs were asked for last. */
  readonly #asked = new Map<string, string>();
  readonly #loading = new Set<string>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Asks for the newest runs of a job unless they were asked for since it became what `state` says. */
  follow(job: string, state: string): void {
    if (this.#asked.get(job) === state) return;
    this.#asked.set(job, state);
    void this.#newest(job);
  }

  /** Forgets jobs that are gone. */
  keep(jobs: ReadonlySet<string>): void {
    for (const job of [...this.#asked.keys()]) {
      if (jobs.has(job)) continue;
      this.#asked.delete(job);
      this.past.delete(job);
    }
  }

  /** Asks for older runs of a job until there are some from before this moment. */
  async reach(job: string, since: number): Promise<void> {
    if (this.#loading.has(job)) return;
    this.#loading.add(job);
    try {
      for (;;) {
        const known = this.past.get(job);
        const last = known?.runs.at(-1);
        if (known === undefined || last === undefined || !known.more || MOST <= known.runs.length) return;
        if (Date.parse(last.due) < since) return;
        const older = await this.#page({ job, before: last.id, limit: PAGE });
        const newer = this.past.get(job)?.runs ?? [];
        this.past.set(job, { runs: joined(newer, older.runs), more: older.more });
      }
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.#loading.delete(job);
    }
  }

  async #newest(job: string): Promise<void> {
    try {
      const known = this.past.get(job);
      const { runs, more } = await this.#page({ job, limit: known === undefined ? FIRST : 20 });
      if (!this.#asked.has(job)) return;
      const newer = this.past.get(job);
      const meets = newer !== undefined && newer.runs.some(({ id }) => id === runs.at(-1)?.id);
      // Where more than a page has run meanwhile there would be a hole, so what is older is asked for anew.
      this.past.set(job, meets ? { runs: joined(runs, newer.runs), more: newer.more } : { runs, more });
      this.fault = undefined;
    } catch (thrown) {
      this.#asked.delete(job);
      this.fault = Fault.from(thrown);
    }
  }

  async #page(params: object): Promise<Page> {
    return (await this.#transport.call("job.runs", params)) as Page;
  }
}

/** Both, the newest first; what is in both is as the first has it. */
export function joined(first: readonly Run[], second: readonly Run[]): Run[] {
  const known = new Set(first.map(({ id }) => id));
  const all = [...first, ...second.filter(({ id }) => !known.has(id))];
  return all.sort((left, right) => right.id - left.id).slice(0, MOST);
}
