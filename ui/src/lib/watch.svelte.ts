/**
 * Follows the board and keeps it for the pages to read.
 *
 * There is one of these per window. It does not try again by itself when the
 * daemon is gone: the page says so and a person, or the window's host when it
 * knows that the daemon is back, calls `start` again. Nothing polls.
 */

import { apply, type Board, type Changes } from "./board";
import { Fault, type Following, type Transport } from "./api/transport";

/** The feed that carries the board. */
export const BOARD_FEED = "system.watch";

export type Link =
  | { state: "connecting" }
  | { state: "live"; board: Board }
  | { state: "down"; fault: Fault };

export class Watch {
  link: Link = $state.raw({ state: "connecting" });

  readonly #transport: Transport;
  #following: Following | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Follows from the beginning, whatever was before. */
  start(): void {
    this.stop();
    this.link = { state: "connecting" };
    this.#follow();
  }

  stop(): void {
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
      this.link = { state: "live", board };
    });
    this.#following = following;

    const down = (fault: Fault) => {
      if (this.#following !== following) return;
      this.#following = undefined;
      this.link = { state: "down", fault };
    };
    following.ended.then(
      () => down(new Fault("unavailable", "the daemon ended the connection")),
      (thrown: unknown) => down(Fault.from(thrown)),
    );
  }
}
