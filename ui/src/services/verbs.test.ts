import { expect, test } from "vitest";

import { refusal, VERBS } from "./verbs";

test("what can be done depends on the state", () => {
  const check = (state: string, wanted: "up" | "down", possible: string) =>
    expect(VERBS.filter((verb) => refusal({ name: "web", state, wanted }, verb) === undefined).join(" ")).toBe(possible);
  check("stopped", "down", "start");
  check("waiting", "up", "stop");
  check("starting", "up", "stop restart");
  check("running", "up", "stop restart");
  check("stopping", "down", "start");
  check("stopping", "up", "stop restart");
  check("backoff", "up", "start stop");
  check("failed", "up", "start restart");
  check("hibernating", "up", "start stop restart");
});

test("there is always something to be done", () => {
  for (const state of ["stopped", "waiting", "starting", "running", "stopping", "backoff", "failed"]) {
    for (const wanted of ["up", "down"] as const) {
      expect(VERBS.some((verb) => refusal({ name: "web", state, wanted }, verb) === undefined)).toBe(true);
    }
  }
});
