/**
 * What was stopped by a person can be had back for some seconds: it, and what
 * was stopped with it because it needs it.
 */

import { Fault, type Transport } from "../lib/api/transport";
import { visible } from "../lib/text";
import type { Toasts } from "../lib/toasts.svelte";
import type { Status } from "./status";

interface Around {
  transport: Transport;
  toasts: Toasts;
  /** As they are whenever this is asked. */
  services: () => readonly Status[];
}

/** To be called before a service is stopped; what it returns is called when it was. */
export function stopping({ transport, toasts, services }: Around, name: string): () => void {
  const wanted = (word: string) => services().filter((service) => service.wanted === word).map((service) => service.name);
  const before = new Set(wanted("up"));
  return () => {
    const stopped = [name, ...wanted("down").filter((other) => other !== name && before.has(other))];
    const run = () => stopped.forEach((one) => void start(one));
    const start = (one: string) =>
      transport.call("service.start", { name: one }).catch((thrown: unknown) => toasts.fail(Fault.from(thrown).message));
    const others = stopped.length - 1;
    const with_others = others === 0 ? "" : ` and ${others} that ${others === 1 ? "needs" : "need"} it`;
    toasts.say(`Stopped ${visible(name)}${with_others}.`, { label: "Undo", run });
  };
}
