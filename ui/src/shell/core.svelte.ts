/** What the daemon says of itself: asked when it is reached and not again, since none of it changes while it runs. */

import type { Transport } from "../lib/api/transport";
import type { Status } from "../lib/api/types.gen";

/** The last answers, for who wants to say which daemon it was that is gone. */
const LAST = new WeakMap<Transport, Status>();

export function lastStatus(transport: Transport): Status | undefined {
  return LAST.get(transport);
}

export class CoreStatus {
  status: Status | undefined = $state.raw();

  readonly #transport: Transport;
  #asked = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async ask(): Promise<void> {
    const mine = ++this.#asked;
    try {
      const status = (await this.#transport.call("system.status", {})) as Status;
      LAST.set(this.#transport, status);
      if (mine === this.#asked) this.status = status;
    } catch {
      // Whoever looks at the window sees by the board's link that there is no daemon; here is only its version.
    }
  }
}
