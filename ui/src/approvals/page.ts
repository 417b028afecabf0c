/** What the window has to know of the page of approvals. */

import { all } from "../lib/board";
import type { Page } from "../pages";
import ApprovalsPage from "./ApprovalsPage.svelte";
import { isWaiting } from "./waiting";

export const APPROVALS: Page = {
  path: "approvals",
  title: "Approvals",
  key: "a",
  icon: "approvals",
  component: ApprovalsPage,
  badge: (board) => {
    const count = all<{ state: string }>(board, "request").filter(isWaiting).length;
    return count === 0 ? undefined : { count, what: "waiting" };
  },
};
