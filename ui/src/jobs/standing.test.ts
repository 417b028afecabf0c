import { expect, test } from "vitest";

import { duration, look, median, tally, trigger, worst, type Run } from "./standing";

const run = (rest: Partial<Run>): Run => ({ id: 1, state: "succeeded", why: "schedule", due: "2026-11-21T02:00:00Z", attempt: 1, ...rest });
const lasting = (seconds: number, state = "succeeded") => run({ state, started: "2026-11-21T02:00:00Z", ended: new Date(Date.UTC(2026, 10, 21, 2) + seconds * 1000).toISOString() });
const plain = (text: string) => text.replaceAll(/\s/g, " ");

test("each standing has a word, and a silhouette that no other result has", () => {
  const over = ["succeeded", "failed", "timed-out", "cancelled", "missed", "lost"];
  expect(new Set(over.map((state) => look(state).glyph)).size).toBe(over.length);
  expect(look("hibernating")).toMatchObject({ word: "hibernating", tone: "quiet" });
});

test("the worst of several is what needs a look most", () => {
  expect(worst(["succeeded", "missed", "failed", "succeeded"])).toBe("failed");
  expect(worst(["skipped", "succeeded"])).toBe("skipped");
  expect(worst(["hibernating"])).toBe("hibernating");
});

test("runs are counted with the worst first", () => {
  expect(plain(tally([run({}), run({}), run({ state: "failed" }), run({ state: "odd" })]))).toBe("1 failed, 2 succeeded, 1 odd");
  expect(tally([])).toBe("");
});

test("a run took as long as its latest attempt, and what runs takes longer", () => {
  const now = Date.parse("2026-11-21T02:00:30Z");
  expect(plain(duration(lasting(4.1), now).text)).toBe("4.1 s");
  expect(plain(duration(run({ state: "running", started: "2026-11-21T02:00:00Z" }), now).text)).toBe("30 s");
  expect(duration(run({ state: "missed" }), now).text).toBe("");
});

test("the median is of what succeeded", () => {
  expect(median([lasting(1), lasting(3), lasting(9), lasting(500, "failed")])).toBe(3000);
  expect(median([lasting(1), lasting(3)])).toBe(2000);
  expect(median([lasting(1, "failed")])).toBeUndefined();
});

test("why it ran is said in words, and a newer reason as it is called", () => {
  expect(["schedule", "asked", "moon"].map((why) => trigger({ why }))).toEqual(["Schedule", "Asked for", "moon"]);
});
