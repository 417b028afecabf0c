// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";

import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import ServiceList from "./ServiceList.svelte";
import type { Status } from "./status";

let list: Record<string, unknown> | undefined;

afterEach(async () => {
  if (list !== undefined) await unmount(list);
  list = undefined;
  document.body.replaceChildren();
});

function show(services: Status[], answers: Record<string, Answer> = {}): Fake {
  const transport = new Fake(answers);
  list = mount(ServiceList, { target: document.body, props: { services, transport, stale: undefined } });
  flushSync();
  return transport;
}

function button(action: string, name = "web"): HTMLButtonElement {
  const found = document.querySelector<HTMLButtonElement>(`[data-service=${name}] [data-action=${action}]`);
  if (found === null) throw new Error(`${name} has no button ${action}`);
  return found;
}

function press(action: string): void {
  button(action).click();
  flushSync();
}

const refusing: Answer = () => {
  throw new Fault("conflict", "web is held: exit 1", "release it with `hob release`");
};
const never: Answer = () => new Promise(() => {});
const running: Status = { name: "web", state: "running", reason: "exit 1" };

test("each button has a name, and says why it cannot be used", () => {
  show([running]);
  const named = [...document.querySelectorAll("tbody button")].map((found) => found.getAttribute("aria-label"));
  expect(named).toEqual(["Start web", "Stop web", "Restart web"]);
  expect(button("start").getAttribute("aria-disabled")).toBe("true");
  expect(button("start").title).toBe("Already started");
  expect(button("stop").getAttribute("aria-disabled")).toBe("false");
});

test("a button that makes no sense asks nothing", () => {
  const daemon = show([running]);
  press("start");
  expect(daemon.sent).toEqual([]);
});

test("a button is busy while the daemon is at it, and the others are not", () => {
  const daemon = show([running], { "service.restart": never });
  press("restart");
  press("restart");
  expect(daemon.sent).toMatchObject([{ method: "service.restart", params: { name: "web" } }]);
  expect(button("restart").getAttribute("aria-busy")).toBe("true");
  expect(button("stop").getAttribute("aria-disabled")).toBe("false");
});

test("a refusal is said at the row, with its hint, until it is dismissed", async () => {
  show([running, { name: "worker", state: "running" }], { "service.stop": refusing });
  press("stop");
  await expect.poll(() => document.querySelectorAll("[role=alert]").length).toBe(1);
  const said = document.querySelector("[data-service=web] [role=alert]")?.textContent;
  expect(said).toContain("Stop failed: web is held: exit 1");
  expect(said).toContain("Release it with hob release");
  expect(document.querySelector(".note"), "the reason is not said twice").toBeNull();

  press("dismiss");
  expect(document.querySelector("[role=alert]")).toBeNull();
  expect(document.querySelector(".note")?.textContent).toBe("Exit 1");
  expect(document.activeElement).toBe(button("stop"));
});

test("the next action takes a refusal away", async () => {
  show([running], { "service.stop": refusing, "service.restart": never });
  press("stop");
  await expect.poll(() => document.querySelector("[role=alert]")).not.toBeNull();
  press("restart");
  expect(document.querySelector("[role=alert]")).toBeNull();
});

test("the arrows go to the same button of the next row", () => {
  show([running, { name: "worker", state: "running" }]);
  const arrow = (key: string) =>
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  button("stop").focus();
  arrow("ArrowDown");
  expect(document.activeElement).toBe(button("stop", "worker"));
  arrow("ArrowDown");
  expect(document.activeElement).toBe(button("stop", "worker"));
  arrow("ArrowUp");
  expect(document.activeElement).toBe(button("stop"));
});

