/**
 * What somebody who does not look should hear: that a person is needed. A
 * decision that is asked for is said at once, what has failed at the next pause.
 * What was so before the window was opened is no news. Pure.
 */

import { needs } from "../home/needs";
import type { Board } from "../lib/board";
import { visible } from "../lib/text";
import { waiting } from "./waiting";

export interface News {
  /** Said at once. */
  urgent: string;
  /** Said when there is a pause. */
  polite: string;
}

export function news(before: Board, after: Board): News {
  const known = new Set(waiting(before).map(({ id }) => id));
  const asked = waiting(after);
  const fresh = asked.filter(({ id }) => !known.has(id));
  const from = [...new Set(fresh.map(({ client }) => visible(client)))].join(", ");
  const was = new Set(failed(before));
  return {
    urgent: fresh.length === 0 ? "" : `Approval asked for by ${from}. ${asked.length} waiting.`,
    polite: failed(after)
      .filter((said) => !was.has(said))
      .join(" "),
  };
}

function failed(board: Board): string[] {
  return needs(board).flatMap((need) => {
    if (need.kind === "service") return [`${visible(need.service.name)} failed.`];
    return need.kind === "job" ? [`Run ${need.run} of ${visible(need.job.name)} failed.`] : [];
  });
}
