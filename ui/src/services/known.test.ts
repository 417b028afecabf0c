import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { Known } from "./known.svelte";

test("reasons that come while an answer is awaited make one more question", async () => {
  const answers: ((value: unknown) => void)[] = [];
  const daemon = new Fake({ "service.get": () => new Promise((resolve) => answers.push(resolve)) });
  const known = new Known<number>(daemon, "service.get", { name: "web" });
  const asked = known.ask();
  void known.ask();
  void known.ask();
  expect(daemon.sent).toHaveLength(1);
  answers[0]?.(1);
  await expect.poll(() => daemon.sent.length).toBe(2);
  expect(known.value).toBe(1);
  answers[1]?.(2);
  await asked;
  expect([known.value, daemon.sent.length]).toEqual([2, 2]);
});

test("what was known stays when there is nothing newer, and why is told", async () => {
  let answer: () => unknown = () => 1;
  const known = new Known<number>(new Fake({ "service.get": () => answer() }), "service.get", {});
  await known.ask();
  answer = () => {
    throw new Fault("denied", "not from here");
  };
  await known.ask();
  expect([known.value, known.fault?.code]).toEqual([1, "denied"]);
  answer = () => 2;
  await known.ask();
  expect([known.value, known.fault]).toEqual([2, undefined]);
});
