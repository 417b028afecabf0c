import { expect, test } from "vitest";

import type { ServiceUsage } from "../lib/api/types.gen";
import { uses } from "./uses";

const used = (name: string, memory_bytes: number, cpu_percent?: number | null) => ({ name, memory_bytes, cpu_percent }) as ServiceUsage;
const of = (...all: ServiceUsage[]) => uses(new Map(all.map((one) => [one.name, one])));

test("what runs is added up, and the biggest are named", () => {
  const found = of(used("a", 10, 1), used("b", 300, 0), used("c", 20, 4.5), used("d", 200, 61), used("e", 10, 0));
  expect(found).toMatchObject({ count: 5, cpu: 66.5, memory: 540, rest: { count: 2, cpu: 1, memory: 20 } });
  expect(found?.biggest.map(({ name }) => name)).toEqual(["b", "d", "c"]);
});

test("one more is named rather than counted", () => {
  const found = of(used("a", 4), used("b", 3), used("c", 2), used("d", 1));
  expect([found?.biggest.length, found?.rest.count]).toEqual([4, 0]);
});

test("before there is a rate there is none, and nothing that runs uses nothing", () => {
  expect(of(used("a", 10), used("b", 10, null))?.cpu).toBeUndefined();
  expect(of(used("a", 10), used("b", 10, 2))?.cpu).toBe(2);
  expect(of()).toBeUndefined();
});
