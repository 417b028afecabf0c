import { expect, test } from "vitest";

import { configured } from "./facts";
import { against, begun, inputs } from "./runfacts";
import type { Run } from "./standing";

const plain = (text: string) => text.replaceAll(/\s/g, " ");
const run = (rest: Partial<Run>): Run => ({ id: 1, job: "a", state: "succeeded", why: "schedule", due: "2026-11-21T02:00:00.4Z", attempt: 1, ...rest });

test("what is configured is said in words, and what is usual is not said", () => {
  const facts = configured({
    command: ["sh", "-c", "a b"],
    triggers: ["0 2 * * *"],
    overlap: "parallel(4)",
    missed: "all(10)",
    grace: "2h",
    timeout: "1m30s",
    retries: 0,
    success_codes: [0, 3],
    keep: { runs: 100, age: "0s" },
    moon: "full",
  });
  expect(facts.map(({ name, text }) => plain(`${name}: ${text}`))).toEqual([
    "Command: sh -c 'a b'",
    "If still running: Up to 4 at the same time",
    "If missed: Run up to 10 of them, if not later than 2 h",
    "Time limit: 1 m 30 s",
    "Success is: exit status 0, 3",
    "Runs kept: 100, for ever",
    "moon: full",
  ]);
});

test("how late it began is said where somebody may want to know", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const due = "2026-11-21T02:00:00Z";
  expect(plain(begun(run({ due, started: "2026-11-21T02:00:00.05Z" }), now))).not.toContain("later");
  expect(plain(begun(run({ due, started: "2026-11-21T02:00:02.5Z" }), now))).toContain(", begun 2.5 s later");
  expect(begun(run({ due, started: "2026-11-21T03:00:00Z", attempt: 2 }), now)).not.toContain("later");
});

test("it is compared with the others, if there are enough", () => {
  const other = (id: number, seconds: number) => run({ id, started: "2026-11-21T02:00:00Z", ended: new Date(Date.UTC(2026, 10, 21, 2, 0, seconds)).toISOString() });
  const others = [other(1, 90), other(2, 10), other(3, 20), other(4, 30)];
  expect(plain(against(run({}), others))).toBe("· median of 3: 20 s");
  expect(against(run({}), others.slice(0, 2))).toBe("");
});

test("inputs are said, and changed files by their paths", () => {
  const changed = Array.from({ length: 10 }, (_, place) => JSON.stringify({ path: `src/${place}.rs` })).join("\n");
  expect(inputs(run({ inputs: { args: ["a b"], env: { TOKEN: "secret" }, changed } }))).toEqual([
    { name: "Arguments", text: "'a b'" },
    { name: "Environment", text: "TOKEN" },
    { name: "Changed files", text: "src/0.rs, src/1.rs, src/2.rs, src/3.rs, src/4.rs, src/5.rs, src/6.rs, src/7.rs and 2 more" },
  ]);
  expect(inputs(run({}))).toEqual([]);
});
