/**
 * The time, for texts such as "3 m ago".
 *
 * It does not tick: whoever shows a time says when its text changes next, and
 * the clock wakes then, if the page can be seen.
 */

import { VisibleTimer } from "./timer";

/** Texts that change at nearly the same time share one wake-up. */
const SHORTEST = 1000;

export class Clock {
  #wakes = $state(0);
  readonly #timer = new VisibleTimer(() => (this.#wakes += 1));

  /** Now; what reads this is worked out again when the clock wakes. */
  now(): number {
    void this.#wakes;
    return Date.now();
  }

  /** Wakes after so many milliseconds, or not at all. */
  wake(delay: number): void {
    if (delay === Infinity) this.rest();
    else this.#timer.at(Date.now() + Math.max(SHORTEST, delay));
  }

  rest(): void {
    this.#timer.clear();
  }
}
