/**
 * Whether a key or a click decides anything now.
 *
 * A dialog that comes up while somebody types, or under the pointer, must not
 * take what was meant for something else as an answer. So it is inert for a
 * second after anything new, and until no key has gone down for a while. The
 * program behind the window holds a second of its own; this is the nearer one.
 *
 * Pure: it is told what happens and when, in milliseconds of a clock that only
 * goes forward.
 */

/** So long after it was shown, got the focus or changed. */
export const STILL = 1000;
/** So long after the last key. */
export const QUIET = 300;

export class Arming {
  #since = Infinity;
  #key = -Infinity;
  #pressed = false;
  #typed = false;

  /** What is shown, or the queue, has changed, or the window has got the focus. */
  changed(now: number): void {
    this.#since = now;
    this.#pressed = false;
    this.#typed = false;
  }

  /** Nothing can be decided until something is shown. */
  disarm(): void {
    this.#since = Infinity;
  }

  /**
   * A key goes down; whether it may decide. A held key repeats, and each of
   * its repeats is another one that may not. Keys that only modify others type
   * nothing, so they are no reason to wait.
   */
  keyDown(now: number, key: { repeat: boolean; modifier: boolean }): boolean {
    const armed = this.armed(now) && !key.repeat;
    if (!key.modifier || key.repeat) this.#key = now;
    this.#typed = armed;
    return armed;
  }

  /** A button of the mouse, or a finger, goes down. */
  pointerDown(now: number): void {
    this.#pressed = this.armed(now);
  }

  /**
   * A click has come about; whether it may decide. What went down before the
   * window was armed, such as the click that raised it, may not. A click
   * without a pointer is that of a key which went down before.
   */
  click(now: number, byKey: boolean): boolean {
    if (byKey) return this.#typed && this.#since + STILL <= now;
    return this.#pressed && this.armed(now);
  }

  armed(now: number): boolean {
    return this.armedAt() <= now;
  }

  /** When it will be armed if nothing more happens. */
  armedAt(): number {
    return Math.max(this.#since + STILL, this.#key + QUIET);
  }
}
