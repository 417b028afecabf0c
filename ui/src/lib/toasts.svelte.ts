/**
 * Short sentences about what has just happened, with at most one way on or back.
 *
 * At most three at once; each goes by itself after a while, but not while the
 * pointer or the keyboard is on it (`Toasts.svelte`).
 */

import { copyText } from "./clipboard";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "err";
  readonly action?: { label: string; run: () => void };
}

const AT_ONCE = 3;

export class Toasts {
  shown: readonly Toast[] = $state.raw([]);
  #last = 0;

  say(text: string, action?: Toast["action"]): void {
    this.#add({ id: ++this.#last, text, tone: "plain", ...(action && { action }) });
  }

  /** Says what went wrong. */
  fail(text: string, action?: Toast["action"]): void {
    this.#add({ id: ++this.#last, text, tone: "err", ...(action && { action }) });
  }

  /** Copies a text and says so. */
  async copy(text: string, what: string): Promise<void> {
    if (await copyText(text)) this.say(`Copied ${what}.`);
    else this.fail("The clipboard cannot be written from here; what can be selected is copied with Ctrl+C.");
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  #add(toast: Toast): void {
    this.shown = [...this.shown, toast].slice(-AT_ONCE);
  }
}
