import { expect, test } from "vitest";

import { find, type Entry } from "./find";

const ENTRIES: Entry[] = [
  { label: "Services", kind: "Page" },
  { label: "Settings", kind: "Page", also: "theme dark light" },
  { label: "shop/web", kind: "Service" },
  { label: "webhooks", kind: "Service" },
  { label: "Restart shop/web", kind: "Action", quiet: true },
  { label: "Restart webhooks", kind: "Action", quiet: true },
];

function check(query: string, labels: string[]): void {
  expect(find(ENTRIES, query).map(({ label }) => label), query).toEqual(labels);
}

test("every word that is typed must be there", () => {
  check("restart web", ["Restart webhooks", "Restart shop/web"]);
  check("web restart", ["Restart shop/web", "Restart webhooks"]);
  check("restart web stop", []);
  check("RESTART hooks", ["Restart webhooks"]);
});

test("what begins so comes before what only has it", () => {
  check("web", ["webhooks", "shop/web", "Restart shop/web", "Restart webhooks"]);
  check("se", ["Services", "Settings", "shop/web", "webhooks"]);
  check("dark", ["Settings"]);
});

test("before anything is typed there is what one goes to, not all that one could do", () => {
  check("", ["Services", "Settings", "shop/web", "webhooks"]);
  check("  ", ["Services", "Settings", "shop/web", "webhooks"]);
});

test("there is an end to what is shown", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ label: `service-${index}`, kind: "Service" }));
  expect(find(many, "service")).toHaveLength(50);
});
