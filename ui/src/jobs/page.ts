/** What the window has to know of the page of jobs. */

import type { Page } from "../pages";
import JobsPage from "./JobsPage.svelte";

export const JOBS: Page = {
  path: "jobs",
  title: "Jobs",
  key: "j",
  icon: "jobs",
  component: JobsPage,
  add: { label: "Job", path: ["jobs", "_new"] },
};
