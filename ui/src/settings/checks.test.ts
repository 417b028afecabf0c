import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Checkup, look, summary } from "./checks.svelte";

const check = (name: string, verdict: string) => ({ name, verdict, detail: "" });

test("what is wrong comes first, in the daemon's order otherwise", async () => {
  const checks = [check("a", "ok"), check("b", "warning"), check("c", "failed"), check("d", "ok")];
  const checkup = new Checkup(new Fake({ "system.doctor": () => ({ checks }) }));
  const asked = checkup.ask();
  expect(checkup.busy).toBe(true);
  await asked;
  expect(checkup.checks?.map(({ name }) => name)).toEqual(["c", "b", "a", "d"]);
  expect(summary(checkup.checks ?? [])).toBe("2 of 4 need a look");
});

test("what was found stays when the daemon does not answer, beside the reason", async () => {
  let there = true;
  const checkup = new Checkup(
    new Fake({
      "system.doctor": () => {
        if (!there) throw new Error("gone");
        return { checks: [check("a", "ok")] };
      },
    }),
  );
  await checkup.ask();
  there = false;
  await checkup.ask();
  expect(checkup.fault?.message).toBe("gone");
  expect(summary(checkup.checks ?? [])).toBe("1 checks, all good");
  expect(checkup.busy).toBe(false);
});

test("a verdict that is not known is shown as it is", () => {
  expect(look("odd").word).toBe("odd");
  expect(look("ok").word).toBe("Good");
});
