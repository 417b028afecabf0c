/**
 * Work for the next frame, asked for as often as one likes and done once.
 *
 * A page that is hidden gets no frames, and one that is covered may get none
 * without knowing; then it is done a little later all the same, so that nothing
 * piles up behind a window that nobody looks at.
 */

const LATEST = 500;

export class Frames {
  readonly #work: () => void;
  #frame = 0;
  #from = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  ask(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(this.#run, LATEST);
    this.#next();
  }

  /** Leaves out the frames of the next so many milliseconds. */
  rest(milliseconds: number): void {
    this.#from = performance.now() + milliseconds;
  }

  readonly #next = () => {
    const skip = performance.now() < this.#from;
    this.#frame = requestAnimationFrame(skip ? this.#next : this.#run);
  };

  clear(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #run = () => {
    this.clear();
    this.#work();
  };
}
