import { expect, test } from "vitest";

import type { Grant, Recorded, ShownRule } from "../lib/api/types.gen";
import { about, allows, counted, grantOf, holds, isIdle, places, ruleOf } from "./rules";
import { uses } from "./uses";

const now = Date.parse("2026-11-21T14:00:00Z");
const DAY = 86_400_000;
const plain = (text: string) => text.replaceAll(/\s/g, " ");
const grant = (rest: object = {}) =>
  ({ id: "g-1", exec: "/usr/bin/git", scope: "always", matcher: { args: { argv: ["push", "origin", "feature/*", { cidr: true }] }, cwd: ["/home/ada"] }, ...rest }) as unknown as Grant;
const entry = (body: Recorded["body"], ago: number) => ({ body, at: new Date(now - ago).toISOString() }) as Recorded;
const rule = (text: string) => about({ text } as ShownRule);

test("a grant says what, where and how long", () => {
  expect(allows(grant())).toBe(`/usr/bin/git push origin 'feature/*' '{"cidr":true}'`);
  expect(places(grant())).toBe("/home/ada");
  expect(holds(grant({ uses_left: 1 }), now)).toBe("no end, 1 use left");
  expect(holds(grant({ scope: "session" }), now)).toBe("until it disconnects");
  expect(plain(holds(grant({ scope: "15m", ends: new Date(now + 360_000).toISOString() }), now))).toBe("ends in 6 m");
  expect(plain(holds(grant({ scope: "1h", uses_left: 2 }), now))).toBe("1 h, 2 uses left");
  expect(holds(grant({ scope: "until", ends: new Date(now + 20 * DAY).toISOString() }), now)).toContain("until 11 Dec");
});

test("uses are counted, and never is said only where all was counted", () => {
  const entries = [entry({ id: "g-1" }, 5 * DAY), entry({ id: "g-2" }, DAY), entry({ id: "g-1" }, 7_200_000), entry({}, 1)];
  const all = counted(entries, true, grantOf);
  expect(plain(uses(all, "g-1", now))).toBe("2×, 2 h ago");
  expect(uses(all, "g-9", now)).toBe("never");
  expect(uses(counted(entries, false, grantOf), "g-9", now)).toMatch(/^not since 16 Nov/);
});

test("a rule is known by the name that decided", () => {
  expect([{ by: "rule:git-read" }, { by: "default" }, { by: 4 }].map((body) => ruleOf(entry(body, 0)))).toEqual(["git-read", undefined, undefined]);
});

test("what nobody has needed for a month is idle, and what is new is not", () => {
  expect(isIdle(undefined, now - 31 * DAY, now)).toBe(true);
  expect(isIdle({ count: 1, last: now - DAY }, now - 31 * DAY, now)).toBe(false);
  expect(isIdle(undefined, now - DAY, now)).toBe(false);
});

test("a rule is said as it would be typed", () => {
  expect(rule('exec = "/usr/bin/git"\nargv = [\n  ["status", "diff"],\n  "...",\n]\ncwd = ["~/src/**"]\nreason = "read-only git"')).toEqual({
    command: "/usr/bin/git status|diff …",
    rest: [
      { word: "in", code: "~/src/**" },
      { word: "“read-only git”", code: "" },
    ],
  });
  expect(rule('exec_name = "rm"\nhas_flags = ["r", "force"]\nclients = ["agent"]')).toEqual({ command: "rm", rest: [{ word: "with", code: "-r --force" }, { word: "asked by", code: "agent" }] });
});

test("a rule that this page does not understand breaks nothing", () => {
  for (const text of ["", "exec = 'literal'", "argv = [", "x = 1979-05-27", "\u0000"]) expect(rule(text).command).toContain("any program");
});
