/** What the daemon finds when it looks at itself: asked when somebody looks, and again when somebody asks. */

import type { Check } from "../lib/api/types.gen";
import { Fault, type Transport } from "../lib/api/transport";
import type { Shape, Tone } from "../services/status";

export class Checkup {
  checks: readonly Check[] | undefined = $state.raw();
  fault: Fault | undefined = $state.raw();
  busy = $state(false);

  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async ask(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const { checks } = (await this.#transport.call("system.doctor", {})) as { checks: Check[] };
      this.checks = worstFirst(checks);
      this.fault = undefined;
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.busy = false;
    }
  }
}

interface Look {
  word: string;
  shape: Shape;
  tone: Tone;
}

const LOOKS: Record<string, Look> = {
  failed: { word: "Failed", shape: "cross", tone: "err" },
  warning: { word: "Warning", shape: "triangle", tone: "warn" },
  ok: { word: "Good", shape: "disc", tone: "ok" },
};

/** A verdict in a word and a mark; one of a newer daemon is shown as it is. */
export function look(verdict: string): Look {
  return LOOKS[verdict] ?? { word: verdict, shape: "dot", tone: "quiet" };
}

function worstFirst(checks: readonly Check[]): Check[] {
  const order = Object.keys(LOOKS);
  return [...checks].sort((left, right) => order.indexOf(left.verdict) - order.indexOf(right.verdict));
}

/** `13 checks, all good`, `2 of 13 need a look`. */
export function summary(checks: readonly Check[]): string {
  const bad = checks.filter(({ verdict }) => verdict !== "ok").length;
  return bad === 0 ? `${checks.length} checks, all good` : `${bad} of ${checks.length} ${bad === 1 ? "needs" : "need"} a look`;
}
