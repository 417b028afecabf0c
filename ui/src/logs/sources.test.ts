import { expect, test } from "vitest";

import { chosen, colours, parameter } from "./sources";

const all = ["api", "shop/web", "worker"];

test("without names all are meant, also those that come later", () => {
  expect(chosen(new URLSearchParams(), all)).toEqual({ names: all, missing: [] });
  expect(parameter(all, all)).toBeUndefined();
});

test("names are those of the address, and one that is gone is said", () => {
  expect(chosen(new URLSearchParams("sources=worker,gone,api"), all)).toEqual({ names: ["api", "worker"], missing: ["gone"] });
  expect(chosen(new URLSearchParams("sources="), all)).toEqual({ names: [], missing: [] });
  expect(parameter([], all)).toBe("");
});

test("a colour is a service's, whichever are shown", () => {
  expect(colours(all).get("worker")).toBe(2);
  expect([...colours(Array.from({ length: 20 }, (_, index) => String(index))).values()].every((hue) => hue < 8)).toBe(true);
});
