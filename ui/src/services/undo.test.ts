import { expect, test } from "vitest";

import { Fake } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { Toasts } from "../lib/toasts.svelte";
import type { Status } from "./status";
import { stopping } from "./undo";

const up = (name: string): Status => ({ name, state: "running", wanted: "up" });
const down = (name: string): Status => ({ name, state: "stopped", wanted: "down" });

function stopped(after: Status[], start: () => unknown = () => ({})): { daemon: Fake; toasts: Toasts } {
  let services = [up("db"), up("web"), up("other"), down("old")];
  const daemon = new Fake({ "service.start": start });
  const toasts = new Toasts();
  const done = stopping({ transport: daemon, toasts, services: () => services }, "db");
  services = after;
  done();
  return { daemon, toasts };
}

test("what was stopped is started again, with what went down because of it", () => {
  const { daemon, toasts } = stopped([down("db"), down("web"), up("other"), down("old")]);
  expect(toasts.shown[0]?.text).toBe("Stopped db and 1 that needs it.");
  toasts.shown[0]?.action?.run();
  expect(daemon.sent).toMatchObject([{ params: { name: "db" } }, { params: { name: "web" } }]);
});

test("what cannot be had back says why", async () => {
  const { toasts } = stopped([down("db"), up("web")], () => {
    throw new Fault("conflict", "db failed");
  });
  toasts.shown[0]?.action?.run();
  await expect.poll(() => toasts.shown.at(-1)?.text).toBe("db failed");
});
