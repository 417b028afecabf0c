/**
 * A timer that rests while nobody can see the page.
 *
 * What is due meanwhile happens as soon as the page is seen again. One thing at
 * a time: a new moment replaces the one before.
 */

/** A longer delay would overflow the browser's timers and fire at once. */
const LONGEST = 2 ** 31 - 1;

export class VisibleTimer {
  readonly #run: () => void;
  #due: number | undefined;
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Runs at this moment, in milliseconds since 1970. */
  at(due: number): void {
    if (this.#due === undefined) document.addEventListener("visibilitychange", this.#schedule);
    this.#due = due;
    this.#schedule();
  }

  clear(): void {
    document.removeEventListener("visibilitychange", this.#schedule);
    clearTimeout(this.#handle);
    this.#due = undefined;
  }

  readonly #schedule = () => {
    clearTimeout(this.#handle);
    if (this.#due === undefined || document.hidden) return;
    const delay = Math.min(Math.max(0, this.#due - Date.now()), LONGEST);
    this.#handle = setTimeout(() => {
      this.clear();
      this.#run();
    }, delay);
  };
}
