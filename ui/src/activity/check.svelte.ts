/**
 * Whether the record is whole, as far as somebody has had it checked.
 *
 * Checking reads all of it, so it is done when a person asks. What was found is
 * kept for as long as the window lives: a broken record does not heal because
 * somebody went to another page.
 */

import { Fault, type Transport } from "../lib/api/transport";
import type { Verified } from "../lib/api/types.gen";

export class Check {
  found: Verified | undefined = $state.raw();
  /** When that was, in milliseconds since 1970. */
  at: number | undefined = $state();
  busy = $state(false);
  fault: Fault | undefined = $state.raw();

  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.fault = undefined;
    try {
      this.found = (await this.#transport.call("audit.verify", {})) as Verified;
      this.at = Date.now();
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.busy = false;
    }
  }
}

const checks = new WeakMap<Transport, Check>();

/** The one of this window. */
export function checkOf(transport: Transport): Check {
  const known = checks.get(transport) ?? new Check(transport);
  checks.set(transport, known);
  return known;
}

/** What is broken, in a sentence, by the exit status of hob-verify (docs/audit.md). */
export function broken({ exit, first_bad, verdict }: Verified): string {
  const at = typeof first_bad === "number" ? `Entry ${first_bad} does not match` : undefined;
  if (exit === 2) return at === undefined ? "The record was altered." : `${at}: it was altered, removed or moved.`;
  if (exit === 3) return "The record was rolled back or forked: it does not continue a head that was signed before.";
  if (exit === 4) return "The record’s key or a signature is wrong or absent.";
  if (exit === 5) return `${at ?? "An entry"}: it is signed, but cannot have happened.`;
  if (exit === 6) return `${at ?? "A part of the record"}: it cannot be read.`;
  return verdict;
}

/** From where on nothing is to be trusted; 0 if nothing of it is; undefined if all of it is. */
export function untrustedFrom(found: Verified | undefined): number | undefined {
  if (found === undefined || found.whole) return undefined;
  return typeof found.first_bad === "number" ? found.first_bad : 0;
}
