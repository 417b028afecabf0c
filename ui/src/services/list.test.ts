import { expect, test } from "vitest";

import { choices, chosen, groups, showOf } from "./list";
import type { Status } from "./status";

const services: Status[] = [
  { name: "cache", state: "running", healthy: false },
  { name: "db", state: "stopped", command: ["postgres", "-D", "/var/lib/shop"] },
  { name: "shop/web", state: "running" },
  { name: "shop/worker", state: "failed", reason: "exited with 1: connect ECONNREFUSED" },
  { name: "infra/redis", state: "backoff" },
];

test("the counts add up, and what is in no state of its own is still somewhere", () => {
  const [all, ...others] = choices(services);
  expect(all).toEqual({ value: "all", label: "All", count: 5 });
  expect(others.reduce((sum, { count }) => sum + count, 0)).toBe(5);
  expect(choices([]).map(({ value }) => value)).toEqual(["all", "running", "failed", "stopped"]);
});

test("what runs and is not healthy is not among those that run", () => {
  expect(services.map(showOf)).toEqual(["other", "stopped", "running", "failed", "other"]);
});

test("a text finds what a row says", () => {
  const names = (text: string) => chosen(services, "all", text).map(({ name }) => name);
  expect(names("econn")).toEqual(["shop/worker"]);
  expect(names(" backing ")).toEqual(["infra/redis"]);
  expect(names("postgres -D")).toEqual(["db"]);
  expect(chosen(services, "failed", "web")).toEqual([]);
});

test("services stand under their projects, those of none first", () => {
  const found = groups(services).map(({ project, services }) => [project, services.length]);
  expect(found).toEqual([[undefined, 2], ["infra", 1], ["shop", 2]]);
});
