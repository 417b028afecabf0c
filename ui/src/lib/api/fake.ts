/**
 * A daemon for tests, and for looking at pages without one.
 *
 * It is told what to answer, but not how to say it: requests and replies pass
 * through real envelopes as text, so what would not survive the wire does not
 * survive here. It decides nothing and keeps no state; no page of a build uses
 * it.
 */

import { cancel, request, settle, type Cancel, type Item, type Request, type Response } from "./envelope";
import { Fault, type Following, type Transport } from "./transport";

/** Answers a call; what it throws is sent as the fault. */
export type Answer = (params: object) => unknown;

interface Open {
  feed: string;
  onItem: (item: unknown) => void;
  resolve: () => void;
  reject: (fault: Fault) => void;
}

export class Fake implements Transport {
  /** Everything that was sent, as the daemon would have read it. */
  readonly sent: (Request | Cancel)[] = [];

  readonly #answers: Record<string, Answer>;
  readonly #open = new Map<number, Open>();
  #lastId = 0;

  constructor(answers: Record<string, Answer> = {}) {
    this.#answers = answers;
  }

  async call(op: string, params: object): Promise<unknown> {
    const message = this.#send(request(++this.#lastId, op, params));
    const answer = this.#answers[op];
    if (answer === undefined) {
      const error = { code: -32601, message: `there is no operation ${JSON.stringify(op)}` };
      return settle(overTheWire<Response>({ jsonrpc: "2.0", id: message.id, error }));
    }
    return settle(overTheWire(await respond(message, answer)));
  }

  open(feed: string, params: object, onItem: (item: unknown) => void): Following {
    const { id } = this.#send(request(++this.#lastId, feed, params));
    const ended = new Promise<void>((resolve, reject) => {
      this.#open.set(id, { feed, onItem, resolve, reject });
    });
    return {
      ended,
      cancel: () => {
        if (!this.#open.has(id)) return;
        this.#send(cancel(id));
        this.#close(id)?.resolve();
      },
    };
  }

  /** Sends one item to everybody who follows this feed. */
  item(feed: string, item: unknown): void {
    for (const [id, open] of this.#following(feed)) {
      const message = overTheWire<Item>({ jsonrpc: "2.0", method: "feed.item", params: { id, item } });
      open.onItem(message.params.item);
    }
  }

  /** Ends this feed for everybody, as it does when the daemon goes away. */
  fail(feed: string, fault: Fault): void {
    for (const [id] of this.#following(feed)) this.#close(id)?.reject(fault);
  }

  /** Ends this feed for everybody, since there is no more of it. */
  end(feed: string): void {
    for (const [id] of this.#following(feed)) this.#close(id)?.resolve();
  }

  /** How many follow this feed. */
  followers(feed: string): number {
    return this.#following(feed).length;
  }

  #following(feed: string): [number, Open][] {
    return [...this.#open].filter(([, open]) => open.feed === feed);
  }

  #close(id: number): Open | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    return open;
  }

  #send<Message extends Request | Cancel>(message: Message): Message {
    const read = overTheWire(message);
    this.sent.push(read);
    return read;
  }
}

async function respond({ id, params }: Request, answer: Answer): Promise<Response> {
  try {
    return { jsonrpc: "2.0", id, result: await answer(params) };
  } catch (thrown) {
    const { code, message, hint } = Fault.from(thrown);
    const data = hint === undefined ? { code } : { code, hint };
    return { jsonrpc: "2.0", id, error: { code: -32603, message, data } };
  }
}

function overTheWire<Message>(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}
