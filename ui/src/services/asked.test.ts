import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { Asked } from "./asked.svelte";

/** A daemon whose answers to a verb are given by hand. */
function slow() {
  const answers: Record<string, (thrown?: Fault) => void> = {};
  const later = (op: string) => () =>
    new Promise<object>((resolve, reject) => {
      answers[op] = (thrown) => (thrown === undefined ? resolve({}) : reject(thrown));
    });
  const daemon = new Fake({ "service.start": later("start"), "service.stop": later("stop") });
  return { daemon, answers, asked: new Asked(daemon) };
}

test("it is busy until the daemon answers, and asks only once", async () => {
  const { daemon, answers, asked } = slow();
  const asking = asked.ask("stop", "web");
  void asked.ask("stop", "web");
  expect(asked.busy).toBe("stop");
  answers["stop"]?.();
  await asking;
  expect(asked.busy).toBeUndefined();
  expect(daemon.sent).toMatchObject([{ method: "service.stop", params: { name: "web" } }]);
});

test("a refusal is kept until it is dismissed or something else is asked", async () => {
  const { answers, asked } = slow();
  const fault = new Fault("conflict", "web is held", "release it");
  const refuse = async () => {
    const asking = asked.ask("stop", "web");
    answers["stop"]?.(fault);
    await asking;
  };
  await refuse();
  expect(asked.refused).toMatchObject({ verb: "stop", fault: { message: "web is held", hint: "release it" } });
  asked.dismiss();
  expect(asked.refused).toBeUndefined();

  await refuse();
  void asked.ask("start", "web");
  expect(asked.refused).toBeUndefined();
});

test("what was overtaken says nothing", async () => {
  const { answers, asked } = slow();
  const starting = asked.ask("start", "web");
  const stopping = asked.ask("stop", "web");
  answers["start"]?.(new Fault("conflict", "web was stopped"));
  await starting;
  expect(asked.busy).toBe("stop");
  expect(asked.refused).toBeUndefined();
  answers["stop"]?.();
  await stopping;
  expect(asked.busy).toBeUndefined();
});
