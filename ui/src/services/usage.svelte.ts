/**
 * What services use now, followed only while somebody can see it: the daemon
 * counts nothing while nobody watches.
 */

import type { Following, Transport } from "../lib/api/transport";
import type { ServiceUsage, StatsItem } from "../lib/api/types.gen";

const FEED = "service.stats";

export class Usage {
  /** By name; of what does not run there is none. */
  latest: ReadonlyMap<string, ServiceUsage> = $state.raw(new Map());

  readonly #transport: Transport;
  readonly #names: string[];
  readonly #ports: boolean;
  readonly #onItem: ((item: StatsItem, before: number | undefined) => void) | undefined;
  #following: Following | undefined;
  /** When the item before was, in seconds since 1970; nothing at the beginning of each following. */
  #before: number | undefined;

  /** Of these services, all if there are none; `onItem` is told the time of the item before; `ports` costs more. */
  constructor(transport: Transport, names: string[] = [], onItem?: (item: StatsItem, before: number | undefined) => void, ports = true) {
    this.#transport = transport;
    this.#names = names;
    this.#onItem = onItem;
    this.#ports = ports;
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#end();
  }

  readonly #look = () => {
    if (document.hidden) this.#end();
    else this.#follow();
  };

  #follow(): void {
    if (this.#following !== undefined) return;
    const params = { names: this.#names, every: "2s", ports: this.#ports };
    const following = this.#transport.open(FEED, params, (item) => {
      if (this.#following === following) this.#take(item as StatsItem);
    });
    this.#following = following;
    const ended = () => {
      if (this.#following === following) this.#end();
    };
    // The board says that the daemon is gone, or that one of them is: whoever started this starts it again.
    following.ended.then(ended, ended);
  }

  #take(item: StatsItem): void {
    this.#onItem?.(item, this.#before);
    this.#before = Date.parse(item.at) / 1000;
    // Without a rate yet, the one before stays.
    const rate = (used: ServiceUsage) => used.cpu_percent ?? this.latest.get(used.name)?.cpu_percent ?? null;
    this.latest = new Map(item.services.map((used) => [used.name, { ...used, cpu_percent: rate(used) }]));
  }

  #end(): void {
    this.#following?.cancel();
    this.#following = undefined;
    this.#before = undefined;
  }
}

/** Where a service listens, in short: `:5173`, `:3000 +1`; and in full. */
export function listens(used: ServiceUsage | undefined): { short: string; full: string } {
  const ports = used?.ports ?? [];
  const numbers = [...new Set(ports.map(({ port }) => port))].sort((left, right) => left - right);
  const [first, ...others] = numbers;
  const short = first === undefined ? "" : `:${first}${others.length > 0 ? `\u00a0+${others.length}` : ""}`;
  const host = (address: string) => (address.includes(":") ? `[${address}]` : address);
  return { short, full: ports.map(({ protocol, address, port }) => `${protocol} ${host(address)}:${port}`).join("\n") };
}
