import { expect, test } from "vitest";

import { apply, type Board } from "../lib/board";
import type { Page } from "../pages";
import { offers } from "./entries";

const PAGES = ["", "services", "jobs"].map((path) => ({ path, title: path || "home", key: path[0] ?? "h", icon: "home" })) as unknown as Page[];

function board(values: [noun: string, key: string, value: object][]): Board {
  const changes = values.map(([noun, key, value], index) => ({ noun, key, value: { name: key, ...value }, sequence: index + 1 }));
  return apply(undefined, { snapshot: true, changes }) as Board;
}

const BOARD = board([
  ["service", "web", { state: "running" }],
  ["service", "worker", { state: "failed" }],
  ["job", "backup", { triggers: [], running: [], waiting: [] }],
]);

const labels = (current: boolean, shown: Board | undefined = BOARD, pages = PAGES) => offers(shown, current, pages).map(({ label }) => label);

test("what makes no sense now is not offered", () => {
  expect(labels(true)).toEqual(expect.arrayContaining(["Stop web", "Restart web", "Start worker", "Restart worker", "Run job backup"]));
  expect(labels(true)).not.toContain("Start web");
  expect(labels(true)).not.toContain("Stop worker");
});

test("with a daemon that is lost one can go anywhere and do nothing to it", () => {
  expect(labels(false)).toEqual(expect.arrayContaining(["services", "web", "worker", "backup", "Dark theme"]));
  expect(labels(false).filter((label) => /^(Start|Stop|Restart|Run|Pause|Resume)/.test(label))).toEqual([]);
  expect(offers(undefined, false, PAGES).map(({ kind }) => kind)).not.toContain("Service");
});

test("a page that there is not is not led to", () => {
  expect(labels(true, BOARD, PAGES.slice(0, 2)).join()).not.toContain("backup");
});

test("what is paused can be resumed and not paused again", () => {
  const paused = labels(true, board([["system", "pause", {}]]));
  expect(paused).toContain("Resume");
  expect(paused.filter((label) => label.startsWith("Pause"))).toEqual([]);
  expect(labels(true)).toContain("Pause for 1 hour");
});
