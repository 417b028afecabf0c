import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { FIRST, History, joined, MOST } from "./history.svelte";
import type { Run } from "./standing";

const run = (id: number, state = "succeeded"): Run => ({ id, state, why: "schedule", due: new Date(id * 60_000).toISOString(), attempt: 1 });

/** A daemon with so many runs of each job, one a minute. */
function daemon(count: { runs: number }): Fake {
  return new Fake({
    "job.runs": (params) => {
      const { before = Infinity, limit = 30 } = params as { before?: number; limit?: number };
      const all = Array.from({ length: count.runs }, (_, place) => run(count.runs - place)).filter(({ id }) => id < before);
      return { runs: all.slice(0, limit), more: limit < all.length };
    },
  });
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("the newest are asked for once for each state of a job", async () => {
  const count = { runs: 300 };
  const fake = daemon(count);
  const history = new History(fake);
  history.follow("a", "1");
  history.follow("a", "1");
  await settled();
  expect(fake.sent).toHaveLength(1);
  expect(history.past.get("a")).toMatchObject({ more: true });
  expect(history.past.get("a")?.runs).toHaveLength(FIRST);

  count.runs = 303;
  history.follow("a", "2");
  await settled();
  expect(history.past.get("a")?.runs.map(({ id }) => id).slice(0, 4)).toEqual([303, 302, 301, 300]);
  expect(history.past.get("a")?.runs).toHaveLength(FIRST + 3);
});

test("a hole is not papered over", async () => {
  const count = { runs: 100 };
  const history = new History(daemon(count));
  history.follow("a", "1");
  await settled();
  count.runs = 1000;
  history.follow("a", "2");
  await settled();
  expect(history.past.get("a")?.runs.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, place) => 1000 - place));
  expect(history.past.get("a")?.more).toBe(true);
});

test("older ones are asked for until there are enough, and no more than may be kept", async () => {
  const history = new History(daemon({ runs: 10_000 }));
  history.follow("a", "1");
  await settled();
  await history.reach("a", 9_500 * 60_000);
  expect(history.past.get("a")?.runs.length).toBe(FIRST + 500);
  await history.reach("a", 0);
  expect(history.past.get("a")?.runs.length).toBe(MOST);
});

test("what cannot be read is said, and asked for again", async () => {
  let broken = true;
  const fake = new Fake({
    "job.runs": () => {
      if (broken) throw new Fault("unavailable", "disk I/O error");
      return { runs: [run(1)], more: false };
    },
  });
  const history = new History(fake);
  history.follow("a", "1");
  await settled();
  expect(history.fault?.message).toBe("disk I/O error");
  broken = false;
  history.follow("a", "1");
  await settled();
  expect(history.fault).toBeUndefined();
  expect(history.past.get("a")?.runs).toHaveLength(1);
});

test("jobs that are gone are forgotten", async () => {
  const history = new History(daemon({ runs: 3 }));
  history.follow("a", "1");
  history.follow("b", "1");
  await settled();
  history.keep(new Set(["b"]));
  expect([...history.past.keys()]).toEqual(["b"]);
});

test("what is in both is as the newer answer has it", () => {
  expect(joined([run(3), run(2, "failed")], [run(2, "running"), run(1)]).map(({ id, state }) => `${id} ${state}`)).toEqual(["3 succeeded", "2 failed", "1 succeeded"]);
});
