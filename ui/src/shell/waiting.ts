/** Requests that a person has to decide, as the board has them. Pure. */

import { isWaiting } from "../approvals/waiting";
import { all, type Board } from "../lib/board";

/** What the board says of a request; the rest is asked for where it is shown. */
export interface Waiting {
  id: string;
  state: string;
  client: string;
  created: string;
  expires: string;
}

/** Those that wait, the oldest first. */
export function waiting(board: Board): Waiting[] {
  const found = all<Waiting>(board, "request").filter(isWaiting);
  return found.sort((left, right) => Date.parse(left.created) - Date.parse(right.created));
}
