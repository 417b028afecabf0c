/** What the window has to know of the page of services. */

import type { Page } from "../pages";
import ServicesPage from "./ServicesPage.svelte";

export const SERVICES: Page = {
  path: "services",
  title: "Services",
  key: "s",
  icon: "services",
  component: ServicesPage,
  add: { label: "Service", path: ["services", "+"] },
  keys: [
    ["Enter", "Open the service"],
    ["Space", "Start or stop it"],
    ["x", "Stop it"],
  ],
};
