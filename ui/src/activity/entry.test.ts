import { expect, test } from "vitest";

import type { Recorded } from "../lib/api/types.gen";
import { count, GROUPS, kindName, said, who } from "./entry";

const entry = (kind: string, body: Recorded["body"] = {}, rest: Partial<Recorded> = {}): Recorded => ({ index: 1, at: "2026-11-21T14:00:00Z", kind, actor: "daemon", actor_kind: "daemon", surface: "daemon", body, ...rest });
const line = (kind: string, body?: Recorded["body"]) => {
  const { what, about, more, result } = said(entry(kind, body));
  return [what, about, more, result];
};

test("an entry says what happened, to what, and how it went", () => {
  expect(line("request.received", { display: "git push" })).toEqual(["Asked for", "git push", "", "plain"]);
  expect(line("policy.evaluated", { effect: "deny", by: "rule:no-rm" })).toEqual(["Denied by policy", "", "rule no-rm", "denied"]);
  expect(line("policy.evaluated", { effect: "ask", by: "default" })).toEqual(["To be decided", "", "no rule is about it", "plain"]);
  expect(line("approval.decided", { verdict: "approve", scope: "15m" })).toEqual(["Allowed", "", "15\u202fm", "allowed"]);
  expect(line("approval.decided", { verdict: "deny", scope: "once", note: "use staging" })).toEqual(["Denied", "", "“use staging”", "denied"]);
  expect(line("exec.finished", { outcome: "finished", code: "0" })).toEqual(["Finished", "", "exit status 0", "allowed"]);
  expect(line("exec.finished", { outcome: "failed", signal: "9" })).toEqual(["Failed", "", "signal 9", "failed"]);
  expect(line("exec.finished", { outcome: "killed", signal: "9" })).toEqual(["Ended early", "", "signal 9", "failed"]);
});

test("a call says its operation and what is harmless of its arguments", () => {
  expect(line("call.made", { op: "job.add", args: { command: "withheld", cron: ["0 2 * * *"], env: {}, name: "backup" }, outcome: "ok" })).toEqual(["Job add", "backup, cron 0 2 * * *", "", "plain"]);
  expect(line("call.made", { op: "job.run", args: { name: "backup" }, outcome: "conflict" })).toEqual(["Job run", "backup", "conflict", "failed"]);
  expect(line("call.refused", { op: "several", code: "several", count: "40" })).toEqual(["Refused", "40 calls", "", "denied"]);
});

test("what is not known is shown as it is called, and what cannot be read as it stands there", () => {
  expect(line("tea.brewed", { leaves: 2, deep: { a: [1] } })).toEqual(["tea.brewed", "", 'leaves=2 deep={"a":[1]}', "plain"]);
  expect(line("", { unreadable: "{" })).toEqual(["Not readable", "{", "", "failed"]);
});

test("each way that something can go has a mark of its own", () => {
  const shown = [["policy.loaded", {}], ["approval.decided", { verdict: "approve" }], ["approval.decided", { verdict: "deny" }], ["exec.unknown", {}]] as const;
  expect(new Set(shown.map(([kind, body]) => said(entry(kind, body)).shape)).size).toBe(4);
});

test("who did it is said by the way that it came", () => {
  expect(who(entry("x"))).toBe("the daemon");
  expect(who(entry("x", {}, { actor: "local", actor_kind: "human", surface: "window" }))).toBe("you (window)");
  expect(who(entry("x", {}, { actor: "local", actor_kind: "human", surface: "moon" }))).toBe("you (moon)");
  expect(who(entry("x", {}, { actor: "local", actor_kind: "human", surface: "socket" }))).toBe("you (terminal)");
  expect(who(entry("x", {}, { actor: "claude", actor_kind: "client", surface: "socket" }))).toBe("claude");
});

test("each kind that can be chosen has words", () => {
  for (const kind of GROUPS.flatMap(([, kinds]) => kinds)) expect(kindName(kind)).not.toContain(".");
});

test("thousands are told apart", () => {
  expect([7, 840, 8_413, 1_234_567].map((number) => count(number).replaceAll("\u202f", " "))).toEqual(["7", "840", "8 413", "1 234 567"]);
});
