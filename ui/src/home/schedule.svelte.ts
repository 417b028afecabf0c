/**
 * Due times and today's runs, as the daemon has them; asked anew when the board
 * says that a job has changed, at most once in a second, and never by a timer of
 * its own.
 */

import type { Transport } from "../lib/api/transport";
import type { DueNext, NextPage, RunPage } from "../lib/api/types.gen";
import { VisibleTimer } from "../lib/timer";

/** So many runs are looked at for today. */
const RUNS = 1000;
/** So many due times of each job. */
const DUE = 3;
const CALM = 1000;

export class Schedule {
  next: readonly DueNext[] | undefined = $state.raw();
  runs: RunPage | undefined = $state.raw();

  readonly #transport: Transport;
  readonly #timer = new VisibleTimer(() => void this.#ask());
  #asked = 0;
  #last = -Infinity;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Something has changed: asks now, or as soon as a second has passed since the last time. */
  renew(): void {
    this.#timer.at(Math.max(Date.now(), this.#last + CALM));
  }

  stop(): void {
    this.#timer.clear();
    this.#asked += 1;
  }

  async #ask(): Promise<void> {
    const mine = ++this.#asked;
    this.#last = Date.now();
    // What cannot be had is left as it was: the board says whether there is a daemon.
    const [next, runs] = await Promise.allSettled([
      this.#transport.call("job.next", { count: DUE }),
      this.#transport.call("job.runs", { limit: RUNS }),
    ]);
    if (mine !== this.#asked) return;
    if (next.status === "fulfilled") this.next = (next.value as NextPage).due;
    if (runs.status === "fulfilled") this.runs = runs.value as RunPage;
  }
}
