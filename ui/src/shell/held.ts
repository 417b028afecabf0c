/** What a page may show of the board, whether it is current or not. */

import type { Board } from "../lib/board";
import type { Link } from "../lib/watch.svelte";

export interface Held {
  /** Undefined only where no page is shown either. */
  board: Board | undefined;
  /** When this was true, where it is no longer known to be; in milliseconds since 1970. */
  stale: number | undefined;
}

/** Why nothing can be done, where the board is stale; the tooltip of what cannot be pressed. */
export const UNREACHABLE = "The daemon cannot be reached";

export function held(link: Link): Held {
  if (link.state === "connecting") return { board: undefined, stale: undefined };
  return { board: link.board, stale: link.state === "down" ? link.since : undefined };
}
