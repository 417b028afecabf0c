/**
 * A change that is being written: what it would do to the file is asked while
 * it is typed, and only what was looked at is saved.
 */

import { Fault, type Transport } from "../../lib/api/transport";
import type { ServiceEdit, ServiceEdited } from "../../lib/api/types.gen";

const TYPING = 250;

export class Draft {
  /** What it would do, in the daemon's words; undefined while nothing is known. */
  looked: ServiceEdited | undefined = $state.raw();
  /** Why nothing is known, or why it was not saved. */
  fault: Fault | undefined = $state.raw();
  saving = $state(false);
  /** Whether what was looked at is what was asked last. */
  current = $state(false);

  readonly #transport: Transport;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Asks what this would do, once nobody types any more. */
  look(change: ServiceEdit, wait = TYPING): void {
    const mine = ++this.#last;
    this.current = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(change, mine), wait);
  }

  /** Saves it; whether it was. */
  async save(change: ServiceEdit): Promise<boolean> {
    this.saving = true;
    try {
      await this.#transport.call("service.edit", { ...change, dry_run: false });
      return true;
    } catch (thrown) {
      this.fault = Fault.from(thrown);
      return false;
    } finally {
      this.saving = false;
    }
  }

  end(): void {
    this.#last += 1;
    clearTimeout(this.#timer);
  }

  async #look(change: ServiceEdit, mine: number): Promise<void> {
    try {
      const looked = (await this.#transport.call("service.edit", { ...change, dry_run: true })) as ServiceEdited;
      if (mine !== this.#last) return;
      this.looked = looked;
      this.fault = undefined;
      this.current = true;
    } catch (thrown) {
      if (mine !== this.#last) return;
      this.looked = undefined;
      this.fault = Fault.from(thrown);
    }
  }
}
