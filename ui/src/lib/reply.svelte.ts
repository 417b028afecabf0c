/**
 * What an operation replied, for a page to show.
 *
 * Asked again it keeps what it has until there is something newer, and an answer
 * that was overtaken by a later question counts for nothing.
 */

import { Fault } from "./api/transport";

export class Reply<Value> {
  value: Value | undefined = $state.raw();
  /** Why there is none, or none that is newer. */
  fault: Fault | undefined = $state.raw();
  busy = $state(false);
  #last = 0;

  /** Asks, and says whether this was answered and is the newest answer. */
  async ask(question: () => Promise<unknown>): Promise<boolean> {
    const mine = ++this.#last;
    this.busy = true;
    try {
      const value = (await question()) as Value;
      if (mine !== this.#last) return false;
      this.value = value;
      this.fault = undefined;
      return true;
    } catch (thrown) {
      if (mine === this.#last) this.fault = Fault.from(thrown);
      return false;
    } finally {
      if (mine === this.#last) this.busy = false;
    }
  }

  /** Forgets everything; what is still asked counts for nothing. */
  clear(): void {
    this.#last++;
    this.value = undefined;
    this.fault = undefined;
    this.busy = false;
  }
}
