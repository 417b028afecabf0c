/**
 * A change that is being written: what it would do to the file is asked while
 * it is typed, and only what was looked at is saved.
 */

import { Fault, type Transport } from "./api/transport";
import type { JobEdit, ServiceEdit, TableEdited } from "./api/types.gen";

/** Both are asked alike. */
export type TableEdit = ServiceEdit & JobEdit;

const TYPING = 250;

export class Draft {
  /** What it would do, in the daemon's words; undefined while nothing is known. */
  looked: TableEdited | undefined = $state.raw();
  /** Why nothing is known, or why it was not saved. */
  fault: Fault | undefined = $state.raw();
  saving = $state(false);
  /** Whether what was looked at is what was asked last. */
  current = $state(false);

  readonly #transport: Transport;
  readonly #op: "service.edit" | "job.edit";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(transport: Transport, op: "service.edit" | "job.edit") {
    this.#transport = transport;
    this.#op = op;
  }

  /** Asks what this would do, once nobody types any more. */
  look(change: TableEdit, wait = TYPING): void {
    const mine = ++this.#last;
    this.current = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(change, mine), wait);
  }

  /** Saves it; whether it was. */
  async save(change: TableEdit): Promise<boolean> {
    this.saving = true;
    try {
      await this.#transport.call(this.#op, { ...change, dry_run: false });
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

  async #look(change: TableEdit, mine: number): Promise<void> {
    try {
      const looked = (await this.#transport.call(this.#op, { ...change, dry_run: true })) as TableEdited;
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
