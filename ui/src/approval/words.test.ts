import { describe, expect, test } from "vitest";

import type { Block } from "../lib/api/types.gen";
import { characters, differs, ended, history, identity, limits, risk, said, wants, worst } from "./words";

const NOW = Date.parse("2026-11-21T14:07:30");

function client(badges: string[]): Block[] {
  const text = (text: string) => ({ pieces: [{ text, kind: "plain" as const }] });
  const badge = (id: string) => ({ id, text: id, level: "danger" as const });
  return [{ fact: "client", title: "Who asks", rows: [{ label: text("runs as"), value: text("0"), badges: badges.map(badge) }], more: 0 }];
}

test("the sentence is built from the plan", () => {
  expect(wants(client([]))).toBe("wants to run a command");
  expect(wants(client(["user.root"]))).toBe("wants to run a command as root");
});

test("the risk is that of the worst hint", () => {
  const hint = (level: "note" | "caution" | "danger") => ({ id: level, text: level, level });
  expect([[], ["note"], ["note", "caution"], ["danger", "note"]].map((levels) => worst(levels.map((it) => hint(it as "note"))))).toEqual([
    "low",
    "low",
    "elevated",
    "high",
  ]);
  expect([risk(null), risk("danger")]).toEqual(["low", "high"]);
});

test("only a token is something that was checked", () => {
  const checked = ["local", "supervised", "anonymous", "robot-7f"].map((id) => identity(id).checked);
  expect(checked).toEqual([false, false, false, true]);
});

describe("what became of it", () => {
  const at = "2026-11-21T14:07:00";
  const over = (state: string | null, because: string | null = null, surface: string | null = null) =>
    ended("robot", { state: state as "cancelled", because, surface, at }, NOW);

  test("says that nothing was run where nothing was", () => {
    expect(over("cancelled", "its requester has gone")).toBe("robot went away at 14:07:00. Nothing was run.");
    for (const state of ["cancelled", "expired", "invalidated", "orphaned"]) expect(over(state)).toContain(". Nothing was run");
  });

  test("tells no answer from a no, and who said it", () => {
    expect(over("expired")).not.toMatch(/[Dd]enied/);
    expect(over("denied_user", null, "cli")).toBe("Denied in a terminal at 14:07:00.");
    expect(over("running", null, "window")).toBe("Allowed at 14:07:00.");
    expect(over(null, "the daemon has stopped")).toContain("the daemon has stopped");
  });
});

test("the past is told, or that there is none", () => {
  expect(history({ allowed: 0, denied: 0, last: null, of: 0 }, NOW)).toBe("First request of all");
  expect(history({ allowed: 0, denied: 0, last: null, of: 12 }, NOW)).toContain("among the last 12 requests");
  const last = "2026-11-21T12:07:30";
  expect(history({ allowed: 12, denied: 0, last, of: 90 }, NOW)).toBe(
    "Asked for before, just like this: allowed 12×, never denied, last asked 2\u202fh\u00a0ago",
  );
});

test("in what it differs is told, and nothing of what is the same", () => {
  expect(differs({ without: ["--force", "x"], with: [], cwd: "/srv" })).toEqual([
    { word: "without", text: "--force x" },
    { word: "in", text: "/srv" },
  ]);
  expect(differs(undefined)).toEqual([]);
});

test("what is not offered says why", () => {
  const offered = { effect: "ask" as const, offers_always: true, suggestions: [{ number: 0, text: "x", would_have_allowed: 0 }] };
  expect(limits(offered)).toEqual({});
  expect(Object.keys(limits({ ...offered, effect: "ask_always" }))).toEqual(["always", "while"]);
  expect(Object.keys(limits({ ...offered, offers_always: false }))).toEqual(["always"]);
  expect(Object.keys(limits({ ...offered, suggestions: [] }))).toEqual(["always"]);
});

test("numbers are grouped, and a decision is told in few words", () => {
  expect([1, 999, 4120, 1234567].map(characters)).toEqual(["1 character", "999 characters", "4\u202f120 characters", "1\u202f234\u202f567 characters"]);
  expect(said("approve", "once", "rm x")).toBe("Allowed once: rm x");
  expect(said("deny", "once", "rm x")).toBe("Denied: rm x");
});
