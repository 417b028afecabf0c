/** What is due next, of all jobs; asked anew when the board says that a job or its schedule has changed. */

import type { DueNext, NextPage } from "../lib/api/types.gen";
import type { Transport } from "../lib/api/transport";
import { Reply } from "../lib/reply.svelte";

/** Due times of each job: a day of quarters of an hour, nearly; the daemon gives no more at once. */
const EACH = 100;

export class Planned {
  readonly #reply = new Reply<NextPage>();
  readonly #transport: Transport;
  #asked: string | undefined;
  readonly byJob: ReadonlyMap<string, readonly number[]> = $derived(grouped(this.#reply.value?.due ?? []));
  readonly due: readonly DueNext[] = $derived(this.#reply.value?.due ?? []);

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Asks unless it was asked since the schedules became what `state` says. */
  follow(state: string): void {
    if (this.#asked === state) return;
    this.#asked = state;
    void this.#reply.ask(() => this.#transport.call("job.next", { count: EACH }));
  }
}

function grouped(due: readonly DueNext[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { job, at } of due) {
    const times = found.get(job) ?? [];
    found.set(job, times);
    times.push(Date.parse(at));
  }
  return found;
}
