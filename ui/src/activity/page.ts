/** What the window has to know of the page of activity. */

import type { Page } from "../pages";
import ActivityPage from "./ActivityPage.svelte";

export const ACTIVITY: Page = {
  path: "activity",
  title: "Activity",
  key: "y",
  icon: "activity",
  component: ActivityPage,
  keys: [["/", "Search the record"]],
};
