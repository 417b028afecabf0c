import { expect, test } from "vitest";

import { Fault } from "../lib/api/transport";
import { cause, type Situation } from "./empty";

const quiet: Situation = {
  link: { state: "live" },
  services: [{ name: "web", state: "running", run: 1 }],
  run: undefined,
  lines: 0,
  admitted: 0,
  cleared: undefined,
  filtered: false,
  more: false,
  oldest: undefined,
};

function told(change: Partial<Situation>): [string | undefined, unknown] {
  const found = cause({ ...quiet, ...change });
  return [found?.title, found?.action];
}

test("each cause is told apart, with at most one thing to do", () => {
  const web = (state: string, more = {}) => ({ services: [{ name: "web", state, run: 1, ...more }] });
  expect(told({ link: { state: "opening" } })).toEqual([undefined, undefined]);
  expect(told({})).toEqual(["web has written nothing yet.", undefined]);
  expect(told(web("stopped", { run: 0 }))).toEqual(["web has never been started.", { start: "web" }]);
  expect(told(web("stopped"))).toEqual(["web has written nothing, and is stopped.", { start: "web" }]);
  expect(told(web("failed", { reason: "no such command" }))).toEqual(["web has written nothing.", undefined]);
  expect(told({ services: [] })).toEqual(["No source is chosen.", "all"]);
  expect(told({ lines: 312, filtered: true })).toEqual(["The filter hides all 312 lines.", "unfilter"]);
  expect(told({ lines: 1, filtered: true })[0]).toBe("The filter hides the only line.");
  const oldest = { at: new Date(2026, 10, 21, 13, 47, 2).getTime(), nanos: 0 };
  expect(cause({ ...quiet, lines: 312, filtered: true, more: true, oldest })).toMatchObject({ text: "Searched back to 13:47:02; there are older lines.", further: true, action: "unfilter" });
  expect(told({ lines: 5, cleared: { at: new Date(2026, 10, 21, 14, 2, 11).getTime(), nanos: 0 } })).toEqual(["Nothing since 14:02:11.", "unclear"]);
  expect(told({ more: true })).toEqual(["No line is in memory.", "older"]);
  expect(told({ link: { state: "broken", fault: new Fault("internal", "the log of web is no text", "look at it") } })).toEqual([
    "The log cannot be read.",
    "again",
  ]);
  expect(told({ link: { state: "broken", fault: new Fault("unavailable", "gone") } })).toEqual(["The connection was lost.", undefined]);
  expect(told({ services: undefined })[0]).toBe("The run has not begun yet.");
});
