/**
 * What the daemon answered about one service, asked again whenever there is a
 * reason to: the board said something new, or somebody looks again. Nothing is
 * asked at intervals. Reasons that come while an answer is awaited make one more
 * question together.
 */

import { Fault, type Transport } from "../lib/api/transport";

export class Known<Value> {
  value: Value | undefined = $state.raw();
  /** Why there is none, or none that is newer. */
  fault: Fault | undefined = $state.raw();

  readonly #ask: () => Promise<unknown>;
  #busy = false;
  #again = false;

  constructor(transport: Transport, op: string, params: object) {
    this.#ask = () => transport.call(op, params);
  }

  async ask(): Promise<void> {
    this.#again = this.#busy;
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.value = (await this.#ask()) as Value;
      this.fault = undefined;
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.#busy = false;
    }
    if (this.#again) await this.ask();
  }
}
