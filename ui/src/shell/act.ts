/** Does something that was asked for away from where its outcome is seen, and says what became of it. */

import { Fault } from "../lib/api/transport";
import type { App } from "../lib/app";
import { cause, sentence } from "../lib/text";

export interface Act {
  op: string;
  params: object;
  /** What is said when it is done: "Restarted web". */
  done: string;
  /** What is said before the reason when it is not: "Restart web". */
  failed: string;
}

export async function act({ transport, toasts }: Pick<App, "transport" | "toasts">, { op, params, done, failed }: Act): Promise<boolean> {
  try {
    await transport.call(op, params);
    toasts.say(done);
    return true;
  } catch (thrown) {
    const { message, hint } = Fault.from(thrown);
    const { name } = params as { name?: unknown };
    const why = typeof name === "string" ? cause(message, name) : message;
    toasts.fail(`${failed} failed: ${why}${hint === undefined ? "" : ` · ${sentence(hint)}`}`);
    return false;
  }
}
