/**
 * What every page and part of a window shares: the way to the daemon, the board,
 * where we are, and a place to say what has happened.
 *
 * `App.svelte` provides it once; components ask for it with {@link app} instead
 * of handing it down through each other.
 */

import { createContext } from "svelte";

import type { Transport } from "./api/transport";
import type { Router } from "./router.svelte";
import type { Toasts } from "./toasts.svelte";
import type { Watch } from "./watch.svelte";

export interface App {
  readonly transport: Transport;
  /** The board, and whether it is current. */
  readonly watch: Watch;
  readonly router: Router;
  readonly toasts: Toasts;
}

export const [app, provideApp] = createContext<App>();
