/**
 * The entries of the record that a page shows: the newest by search, older ones
 * when they are asked for, and what is added while somebody looks.
 *
 * Who reads further down is not pushed about: what comes meanwhile is counted
 * and shown when it is wanted. No more than {@link MOST} are kept.
 */

import { Fault, type Following, type Transport } from "../lib/api/transport";
import type { Found, Recorded } from "../lib/api/types.gen";
import { fits, question, type Filter } from "./filter";

const PAGE = 100;
/** Entries that are kept; nobody reads further at once, and older ones can be searched for. */
export const MOST = 2000;
/** So many requests are looked at for what those that are shown ask for. */
const ASKED = 1000;

export class Record {
  /** The newest first; undefined until they are known. */
  entries: readonly Recorded[] | undefined = $state.raw();
  /** What has come and is not shown yet. */
  fresh: readonly Recorded[] = $state.raw([]);
  /** How many entries there are altogether. */
  size: number | undefined = $state();
  /** Whether there may be older ones of what is looked for. */
  more = $state(false);
  /** What each request asks for, as far as that is known: of its entries only the first says it. */
  commands: ReadonlyMap<string, string> = $state.raw(new Map());
  busy = $state(false);
  fault: Fault | undefined = $state.raw();

  readonly #transport: Transport;
  #filter: Filter;
  #following: Following | undefined;
  #last = 0;
  /** Whether what comes is shown at once. */
  #live = true;
  readonly #sought = new Set<string>();
  #seeking = false;

  constructor(transport: Transport, filter: Filter) {
    this.#transport = transport;
    this.#filter = filter;
  }

  /** Begins anew with this filter. */
  async search(filter: Filter): Promise<void> {
    this.#filter = filter;
    this.fresh = [];
    // Followed before it is searched, so that nothing falls between the two.
    if (this.#following === undefined) this.#follow();
    const found = await this.#ask(undefined);
    if (found === undefined) return;
    this.entries = joined(this.fresh, [...found.entries].reverse());
    this.fresh = [];
    this.more = found.entries.length === PAGE;
    void this.#seek();
  }

  /** The entries before those that are shown. */
  async older(): Promise<void> {
    const last = this.entries?.at(-1);
    if (last === undefined || this.busy) return;
    const found = await this.#ask(last.index);
    if (found === undefined) return;
    this.entries = joined(this.entries ?? [], [...found.entries].reverse());
    this.more = found.entries.length === PAGE && this.entries.length < MOST;
    void this.#seek();
  }

  /** Whether what comes is shown at once, because somebody looks at the newest. */
  live(is: boolean): void {
    this.#live = is;
    if (is) this.show();
  }

  /** Shows what has come meanwhile. */
  show(): void {
    if (this.fresh.length === 0 || this.entries === undefined) return;
    this.entries = joined(this.fresh, this.entries).slice(0, MOST);
    this.fresh = [];
    void this.#seek();
  }

  stop(): void {
    this.#last += 1;
    this.busy = false;
    this.#following?.cancel();
    this.#following = undefined;
  }

  #follow(): void {
    const following = this.#transport.open("audit.tail", { lines: 0 }, (item) => this.#take(item as Recorded));
    this.#following = following;
    const over = () => {
      if (this.#following === following) this.#following = undefined;
    };
    // Why the daemon is gone is said for the whole window, and then this begins anew.
    following.ended.then(over, over);
  }

  #take(entry: Recorded): void {
    this.size = Math.max(this.size ?? 0, entry.index + 1);
    this.#know([entry]);
    if (!fits(entry, this.#filter)) return;
    this.fresh = [entry, ...this.fresh].slice(0, MOST);
    if (this.#live) this.show();
  }

  #know(entries: readonly Recorded[]): void {
    const asks = entries.flatMap(({ kind, request, body }) => {
      const display = kind === "request.received" ? body["display"] : undefined;
      return request && typeof display === "string" ? [[request, display] as const] : [];
    });
    if (0 < asks.length) this.commands = new Map([...this.commands, ...asks]);
  }

  /** Looks for what requests ask for whose first entry is not among those that are shown. */
  async #seek(): Promise<void> {
    if (this.#seeking) return;
    const lacking = (this.entries ?? []).filter(({ request }) => request && !this.commands.has(request) && !this.#sought.has(request));
    if (lacking.length === 0) return;
    for (const { request } of lacking) this.#sought.add(request ?? "");
    this.#seeking = true;
    const question = { kind: "request.received", limit: ASKED, before: Math.max(...lacking.map(({ index }) => index)) };
    // Without it an entry still says what happened.
    const found = (await this.#transport.call("audit.search", question).catch(() => undefined)) as Found | undefined;
    this.#seeking = false;
    if (found === undefined) return;
    this.#know(found.entries);
    void this.#seek();
  }

  async #ask(before: number | undefined): Promise<Found | undefined> {
    const mine = ++this.#last;
    this.busy = true;
    try {
      const found = (await this.#transport.call("audit.search", question(this.#filter, PAGE, before))) as Found;
      if (mine !== this.#last) return undefined;
      this.size = Math.max(this.size ?? 0, found.size);
      this.#know(found.entries);
      this.fault = undefined;
      return found;
    } catch (thrown) {
      if (mine === this.#last) this.fault = Fault.from(thrown);
      return undefined;
    } finally {
      if (mine === this.#last) this.busy = false;
    }
  }
}

/** Both, the newest first and each once. */
export function joined(newer: readonly Recorded[], older: readonly Recorded[]): Recorded[] {
  const known = new Set(newer.map(({ index }) => index));
  return [...newer, ...older.filter(({ index }) => !known.has(index))].sort((left, right) => right.index - left.index);
}
