/**
 * The daemon behind the window's own program.
 *
 * Seven commands carry everything, and this is the only file that knows them:
 * `call`, `open` and `close` for what a page asks, `save` for what a person keeps
 * of it, `review` for what only another window may do, `starts_at_login` for what is
 * no matter of the daemon's, and `painted`, by which the program knows that its
 * window shows something. Which operations a window may
 * use is decided there, not here.
 */

import { Channel, invoke } from "@tauri-apps/api/core";

import { Fault, type Following, type Painted, type Transport } from "./transport";

/** What comes through the channel of a feed; after `end` or `fault` nothing does. */
type Message = { item: unknown } | { end: null } | { fault: unknown };

export class Tauri implements Transport {
  /** The way out of a window; nothing in a page that is shown by a browser. */
  static here(): Tauri | undefined {
    return "__TAURI_INTERNALS__" in window ? new Tauri() : undefined;
  }

  async call(op: string, params: object): Promise<unknown> {
    try {
      return await invoke("call", { method: op, params });
    } catch (thrown) {
      throw Fault.from(thrown);
    }
  }

  open(feed: string, params: object, onItem: (item: unknown) => void): Following {
    let over = false;
    const { promise, resolve, reject } = settled();
    const items = new Channel<Message>((message) => {
      if (over) return;
      if ("item" in message) return onItem(message.item);
      over = true;
      if ("fault" in message) reject(Fault.from(message.fault));
      else resolve();
    });
    const opened = invoke<number>("open", { method: feed, params, items });
    opened.catch((thrown: unknown) => {
      over = true;
      reject(Fault.from(thrown));
    });

    return {
      ended: promise,
      cancel: () => {
        if (over) return;
        over = true;
        resolve();
        // A feed that is still being opened has no number yet, and one that could not be opened needs no end.
        opened.then((id) => invoke("close", { feed: id })).catch(() => {});
      },
    };
  }

  async save(name: string, text: string): Promise<string> {
    try {
      return await invoke<string>("save", { name, text });
    } catch (thrown) {
      throw Fault.from(thrown);
    }
  }

  /** Has the program open the window in which a request is decided; no page can decide one. */
  static async review(id: string): Promise<void> {
    try {
      await invoke("review", { id });
    } catch (thrown) {
      throw Fault.from(thrown);
    }
  }

  /** Whether the app starts at login, after making it so if that is wanted; undefined where nobody can say. */
  static async startsAtLogin(wanted?: boolean): Promise<boolean | undefined> {
    if (!("__TAURI_INTERNALS__" in window)) return undefined;
    try {
      return await invoke<boolean>("starts_at_login", { wanted: wanted ?? null });
    } catch (thrown) {
      throw Fault.from(thrown);
    }
  }

  /** Tells the program, once the browser has drawn what is mounted now. */
  painted(what: Painted): void {
    // The first callback comes before that frame is drawn, the second after it.
    requestAnimationFrame(() => requestAnimationFrame(() => void invoke("painted", { what }).catch(() => {})));
  }
}

function settled(): { promise: Promise<void>; resolve: () => void; reject: (fault: Fault) => void } {
  let resolve!: () => void;
  let reject!: (fault: Fault) => void;
  const promise = new Promise<void>((whenEnded, whenBroken) => {
    resolve = whenEnded;
    reject = whenBroken;
  });
  return { promise, resolve, reject };
}
