/**
 * What a person asked of one service last, and what became of it.
 *
 * Only the last counts: whoever starts a service that hangs and then stops it
 * does not want to read that the start was overtaken. The daemon's board says
 * how the service is; here is only what the board cannot know.
 */

import { Fault, type Transport } from "../lib/api/transport";
import type { Verb } from "./verbs";

export class Asked {
  /** What is being done. */
  busy: Verb | undefined = $state();
  /** Why it was not done. */
  refused: { verb: Verb; fault: Fault } | undefined = $state.raw();

  readonly #transport: Transport;
  #last = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Whether it was done, and nothing else was asked since. */
  async ask(verb: Verb, name: string): Promise<boolean> {
    if (this.busy === verb) return false;
    const mine = ++this.#last;
    this.busy = verb;
    this.refused = undefined;
    try {
      await this.#transport.call(`service.${verb}`, { name });
      return mine === this.#last;
    } catch (thrown) {
      if (mine === this.#last) this.refused = { verb, fault: Fault.from(thrown) };
      return false;
    } finally {
      if (mine === this.#last) this.busy = undefined;
    }
  }

  dismiss(): void {
    this.refused = undefined;
  }
}
