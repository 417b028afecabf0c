/** Does something that was asked for away from where its outcome is seen, and says what became of it. */

import { Fault } from "../lib/api/transport";
import type { App } from "../lib/app";
import { sentence } from "../lib/text";

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
    toasts.fail(`${failed} failed: ${unnamed(message, failed)}${hint === undefined ? "" : ` · ${sentence(hint)}`}`);
    return false;
  }
}

/** The reason without the name that was said before it: "Restart web failed: web failed: …" says it twice. */
function unnamed(message: string, failed: string): string {
  const name = failed.slice(failed.lastIndexOf(" ") + 1);
  const begin = [`${name} failed: `, `${name}: `].find((begin) => message.startsWith(begin));
  return begin === undefined ? message : message.slice(begin.length);
}
