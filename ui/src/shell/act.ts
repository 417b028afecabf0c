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

export async function act({ transport, toasts, router }: Pick<App, "transport" | "toasts" | "router">, { op, params, done, failed }: Act): Promise<boolean> {
  try {
    await transport.call(op, params);
    toasts.say(done);
    return true;
  } catch (thrown) {
    const { message, hint } = Fault.from(thrown);
    const { name } = params as { name?: unknown };
    const why = typeof name === "string" ? cause(message, name) : message;
    const logged = typeof name === "string" && hint?.startsWith("`hob logs ");
    const more = hint === undefined || logged ? "" : ` · ${sentence(hint)}`;
    // What a terminal would show is here one press away.
    toasts.fail(`${failed} failed: ${why}${more}`, logged ? { label: "Show log", run: () => router.go(["services", name, "logs"]) } : undefined);
    return false;
  }
}
