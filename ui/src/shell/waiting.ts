/** Requests that a person has to decide, as the board has them. Pure. */

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
  const pending = all<Waiting>(board, "request").filter(({ state }) => state === "pending");
  return pending.sort((left, right) => Date.parse(left.created) - Date.parse(right.created));
}

/** What stands beside "Approvals". */
export function waitingBadge(board: Board): { count: number; what: string } | undefined {
  const count = waiting(board).length;
  return count === 0 ? undefined : { count, what: "waiting" };
}
