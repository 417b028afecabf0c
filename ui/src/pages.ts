/**
 * The pages, in the order in which they stand in the window.
 *
 * What a page is to the rest of the window is said here and nowhere else: the
 * navigation, the palette and the map of keys all read this. A capability that
 * does not exist yet has no page.
 */

import type { Component } from "svelte";

import { ACTIVITY } from "./activity/page";
import { APPROVALS } from "./approvals/page";
import Home from "./home/Home.svelte";
import { JOBS } from "./jobs/page";
import type { Board } from "./lib/board";
import type { IconName } from "./parts/icons";
import Settings from "./settings/Settings.svelte";
import ServicesPage from "./shell/ServicesPage.svelte";

export interface Page {
  /** The first segment of its address; empty for the first page. */
  path: string;
  title: string;
  /** `g` and then this letter leads there. */
  key: string;
  icon: IconName;
  component: Component;
  /** How much waits there, and what it is called: `2 waiting`. */
  badge?: (board: Board) => { count: number; what: string } | undefined;
  /** What can be added there; it stands in the window's "Add" and in the palette. */
  add?: { label: string; path: readonly string[] };
  /** The page's own keys, for the map of keys: `["/", "Search"]`. */
  keys?: readonly (readonly [keys: string, does: string])[];
  /** Its place is at the lower end, apart from the others. */
  last?: boolean;
}

export const PAGES: readonly Page[] = [
  { path: "", title: "Home", key: "h", icon: "home", component: Home },

  { path: "services", title: "Services", key: "s", icon: "services", component: ServicesPage },
  JOBS,
  APPROVALS,
  ACTIVITY,

  { path: "settings", title: "Settings", key: "t", icon: "settings", component: Settings, last: true },
];

/** The page whose address begins so; the first one for what there is not. */
export function pageAt(path: readonly string[], pages: readonly Page[] = PAGES): Page {
  const found = pages.find((page) => page.path === (path[0] ?? "")) ?? pages[0];
  if (found === undefined) throw new Error("there is a first page");
  return found;
}
