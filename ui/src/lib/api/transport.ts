/**
 * The one way out of a page.
 *
 * A page does not know whether the daemon is in the same program, behind a
 * socket or on another machine. It asks an operation by its name, or follows a
 * feed by its name; the names and shapes are those of `types.gen.ts`. Nothing
 * else in `ui/` talks to the daemon.
 */

export interface Transport {
  /** Asks one operation. Rejects with a {@link Fault}. */
  call(op: string, params: object): Promise<unknown>;

  /** Follows a feed; `onItem` is called once for each item, in order. */
  open(feed: string, params: object, onItem: (item: unknown) => void): Following;

  /** Saves text as a file of that name among the person's downloads; answers its path. Not every way can. */
  save?(name: string, text: string): Promise<string>;

  /** Tells whoever holds the window, once the browser has drawn what is mounted now. */
  painted?(what: Painted): void;
}

/** What is on the screen: a first frame, or what the daemon has told. */
export type Painted = "frame" | "data";

export interface Following {
  /** Resolves when the feed ends or is cancelled, rejects with a {@link Fault} when it breaks. */
  readonly ended: Promise<void>;
  /** No item comes after this. */
  cancel(): void;
}

/** Why the daemon did not do what was asked; the codes are those of the wire. */
export class Fault extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = "Fault";
    this.code = code;
    this.hint = hint;
  }

  /** Whatever was thrown or sent, as a fault. */
  static from(thrown: unknown): Fault {
    if (thrown instanceof Fault) return thrown;
    if (thrown instanceof Error) return new Fault("internal", thrown.message);
    if (typeof thrown !== "object" || thrown === null) return new Fault("internal", String(thrown));

    const { code, message, hint } = thrown as Record<string, unknown>;
    if (typeof code !== "string" || typeof message !== "string") return new Fault("internal", JSON.stringify(thrown));
    return new Fault(code, message, typeof hint === "string" ? hint : undefined);
  }
}
