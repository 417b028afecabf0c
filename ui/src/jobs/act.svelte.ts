/**
 * What a person asks of a job or a run with a button: once at a time, and what
 * went wrong is said where everybody looks, at the lower edge of the window.
 */

import { Fault, type Transport } from "../lib/api/transport";
import { visible } from "../lib/text";
import type { Toasts } from "../lib/toasts.svelte";

export class Act {
  /** What is being done, such as "run backup". */
  busy: string | undefined = $state();

  readonly #transport: Transport;
  readonly #toasts: Toasts;

  constructor(transport: Transport, toasts: Toasts) {
    this.#transport = transport;
    this.#toasts = toasts;
  }

  /** Asks, unless it is being asked; the reply, or nothing where it was refused. */
  async ask<Reply>(what: string, op: string, params: object): Promise<Reply | undefined> {
    if (this.busy !== undefined) return undefined;
    this.busy = what;
    try {
      return (await this.#transport.call(op, params)) as Reply;
    } catch (thrown) {
      const { message, hint } = Fault.from(thrown);
      this.#toasts.fail(`Could not ${what}: ${[message, hint].filter(Boolean).join(" · ")}`);
      return undefined;
    } finally {
      this.busy = undefined;
    }
  }

  run(job: string): Promise<{ id: number } | undefined> {
    return this.ask(`run ${visible(job)}`, "job.run", { name: job });
  }

  again(id: number): Promise<{ id: number } | undefined> {
    return this.ask(`run ${id} again`, "job.again", { id });
  }

  pause(job: string): Promise<unknown> {
    return this.ask(`pause ${visible(job)}`, "job.pause", { name: job });
  }

  resume(job: string): Promise<unknown> {
    return this.ask(`resume ${visible(job)}`, "job.resume", { name: job });
  }
}
