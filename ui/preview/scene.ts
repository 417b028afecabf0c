/**
 * A made-up state of the window: what the daemon says, where we are, and what a
 * person does there. A folder's scenes are in the file of its name, and each
 * file is one line of `scenes.ts`; the tests of the pages and the screenshots
 * take all there are.
 */

import type { Answer, Fake } from "../src/lib/api/fake";
import type { Fault, Transport } from "../src/lib/api/transport";

export interface Scene {
  /** Where the window is: `/services/web/logs?q=timeout`; the first page without it. */
  at?: string;
  /** What is on the board: noun, then key, then value. Without it the daemon is never reached. */
  board?: Board;
  /** What operations answer; one that is not named here is refused as unknown. */
  answers?: Record<string, Answer>;
  /** What feeds send as soon as they are opened, and keep open after it. */
  feeds?: Record<string, (params: object) => readonly unknown[]>;
  /** The daemon is lost, after the board was shown if there is one. */
  lost?: Fault;
  /** What a person does then, with the document as it is drawn. */
  then?: (daemon: Fake) => void | Promise<void>;
  /** What is mounted instead of the main window, as in the dialog's. */
  mount?: (target: HTMLElement, daemon: Transport) => void;
  /** What is known to be wrong with it, so that no test fails on it: ids of axe's rules, each with a reason beside it. */
  exempt?: readonly string[];
}

export type Board = Record<string, Record<string, unknown>>;
export type Scenes = Record<string, Scene>;

/** The board with these values of one noun, each by its name. */
export function named<Value extends { name: string }>(noun: string, values: readonly Value[]): Board {
  return { [noun]: Object.fromEntries(values.map((value) => [value.name, value])) };
}

export const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
export const minutesAgo = (minutes: number) => secondsAgo(60 * minutes);
export const minutesAhead = (minutes: number) => secondsAgo(-60 * minutes);

/** Waits until something is drawn, and presses it. */
export async function press(selector: string): Promise<void> {
  (await drawn<HTMLElement>(selector)).click();
}

/** Waits until something is drawn, and gives it the keyboard's focus. */
export async function focus(selector: string): Promise<void> {
  (await drawn<HTMLElement>(selector)).focus();
}

/** Waits until something is drawn, and types into it. */
export async function type(selector: string, text: string): Promise<void> {
  const field = await drawn<HTMLInputElement>(selector);
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What is drawn at this place, as soon as it is. */
export function drawn<Found extends Element = HTMLElement>(selector: string): Promise<Found> {
  return new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector<Found>(selector);
      if (found === null) return;
      observer.disconnect();
      resolve(found);
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  });
}
