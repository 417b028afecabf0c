/**
 * Follows the board and keeps it for the pages to read.
 *
 * There is one of these per window. When the daemon is gone it keeps the last
 * values, says since when and why, and follows anew by itself: after a second,
 * then more rarely, and only while somebody can see the page.
 */

import { apply, type Board, type Changes } from "./board";
import { Fault, type Following, type Transport } from "./api/transport";
import { VisibleTimer } from "./timer";

/** The feed that carries the board. */
export const BOARD_FEED = "system.watch";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10_000;

export type Link = { state: "connecting" } | { state: "live"; board: Board } | Down;

export interface Down {
  state: "down";
  /** Why the last attempt failed. */
  fault: Fault;
  /** When the daemon was lost, in milliseconds since 1970. */
  since: number;
  /** What was true then; undefined if there never was a connection. */
  board: Board | undefined;
  /** When the next attempt begins; undefined while one is being made. */
  retry: number | undefined;
}

export class Watch {
  link: Link = $state.raw({ state: "connecting" });

  readonly #transport: Transport;
  readonly #timer = new VisibleTimer(() => this.start());
  #following: Following | undefined;
  #wait = FIRST_WAIT;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Follows from the beginning, at once; what was shown stays until there is something newer. */
  start(): void {
    this.stop();
    if (this.link.state === "down") this.link = { ...this.link, retry: undefined };
    this.#follow();
  }

  stop(): void {
    this.#timer.clear();
    this.#following?.cancel();
    this.#following = undefined;
  }

  #follow(): void {
    let board: Board | undefined;
    const following = this.#transport.open(BOARD_FEED, {}, (item) => {
      if (this.#following !== following) return;
      const next = apply(board, item as Changes);
      if (next === "resync") {
        // The old values stay on screen until the new ones are there.
        this.stop();
        this.#follow();
        return;
      }
      board = next;
      this.#wait = FIRST_WAIT;
      this.link = { state: "live", board };
    });
    this.#following = following;

    const lost = (fault: Fault) => {
      if (this.#following !== following) return;
      this.#following = undefined;
      this.#lost(fault);
    };
    following.ended.then(
      () => lost(new Fault("unavailable", "The daemon ended the connection.")),
      (thrown: unknown) => lost(Fault.from(thrown)),
    );
  }

  #lost(fault: Fault): void {
    const now = Date.now();
    const retry = now + this.#wait;
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);

    const before = this.link;
    const since = before.state === "down" ? before.since : now;
    const board = before.state === "connecting" ? undefined : before.board;
    this.link = { state: "down", fault, since, board, retry };
    this.#timer.at(retry);
  }
}
