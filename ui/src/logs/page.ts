/** What the window has to know of the page of logs. */

import type { Page } from "../pages";
import LogsPage from "./LogsPage.svelte";

export const LOGS: Page = {
  path: "logs",
  title: "Logs",
  key: "l",
  icon: "logs",
  component: LogsPage,
  keys: [
    ["/", "Search the lines"],
    ["n", "Next hit"],
    ["N", "Previous hit"],
    ["f", "Follow or pause"],
    ["e", "Next error"],
    ["w", "Wrap long lines"],
    ["t", "Show times"],
    ["c", "Copy the line"],
    ["y", "Copy its address"],
    ["Enter", "Details of the line"],
  ],
};
