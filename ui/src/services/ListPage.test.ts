// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { BOARD_FEED } from "../lib/watch.svelte";
import type { Status } from "./status";

let app: Record<string, unknown> | undefined;

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  location.hash = "";
});

const up = (name: string): Status => ({ name, state: "running", wanted: "up", ready: true });
const failed: Status = { name: "shop/worker", state: "failed", wanted: "up", reason: "exited with 1: connect ECONNREFUSED" };

function show(services: Status[], answers: Record<string, Answer> = {}, at = "#/services"): Fake {
  location.hash = at;
  const daemon = new Fake(answers);
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  const changes = services.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
  flushSync();
  return daemon;
}

const names = () => [...document.querySelectorAll<HTMLElement>("tr[data-service]")].map((row) => row.dataset["service"]);
const row = (name: string) => {
  const found = document.querySelector<HTMLElement>(`tr[data-service="${name}"]`);
  if (found === null) throw new Error(`${name} has no row`);
  return found;
};
const key = (element: Element, key: string) =>
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

test("what is filtered stands in the address, and what is hidden is counted", () => {
  show([up("db"), failed, up("shop/web")]);
  expect(names()).toEqual(["db", "shop/web", "shop/worker"]);
  document.querySelector<HTMLInputElement>("input[value=failed]")?.click();
  flushSync();
  expect([names(), location.hash]).toEqual([["shop/worker"], "#/services?show=failed"]);
  const filter = document.querySelector<HTMLInputElement>("input[type=search]");
  if (filter === null) throw new Error("there is a filter");
  filter.value = "nothing";
  filter.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
  expect(document.querySelector("main")?.textContent).toContain("3 services hidden by the filter.");
  [...document.querySelectorAll("button")].find((button) => button.textContent === "Clear filter")?.click();
  flushSync();
  expect(names()).toHaveLength(3);
});

test("services stand under their projects without its name", () => {
  show([up("db"), failed, up("shop/web")]);
  expect([...document.querySelectorAll("tr.group")].map((group) => group.textContent?.replace(/\s+/g, " ").trim())).toEqual([
    "Without a project 1 service",
    "shop 2 services",
  ]);
  expect(row("shop/web").querySelector("th")?.textContent?.trim()).toBe("web");
});

test("of all rows one is the keyboard's stop, and the arrows lead to the others", () => {
  show([up("db"), failed, up("shop/web")]);
  const stops = () => [...document.querySelectorAll<HTMLElement>("tr[tabindex='0']")].map((one) => one.dataset["service"]);
  expect(stops()).toEqual(["db"]);
  row("db").focus();
  key(row("db"), "ArrowDown");
  key(row("shop/web"), "ArrowDown");
  flushSync();
  expect([document.activeElement, stops()]).toEqual([row("shop/worker"), ["shop/worker"]]);
  key(row("shop/worker"), "Home");
  expect(document.activeElement).toBe(row("db"));
});

test("Enter opens a service", async () => {
  show([up("db")], { "service.get": () => new Promise(() => {}), "service.history": () => ({ points: [] }) });
  key(row("db"), "Enter");
  expect(location.hash).toBe("#/services/db");
});

test("x stops, and that can be taken back", async () => {
  const daemon = show([up("db")], { "service.stop": () => ({}), "service.start": () => ({}) });
  key(row("db"), "x");
  await expect.poll(() => document.querySelector(".toast, .toasts")?.textContent).toContain("Stopped db.");
  [...document.querySelectorAll("button")].find((button) => button.textContent === "Undo")?.click();
  const asked = daemon.sent.flatMap((sent) => ("id" in sent && sent.method.startsWith("service.st") ? [sent.method] : []));
  expect(asked).toEqual(["service.stats", "service.stop", "service.start"]);
});

test("a key in a field is only text", () => {
  const daemon = show([up("db")], { "service.stop": () => ({}) });
  const filter = document.querySelector("input[type=search]");
  if (filter === null) throw new Error("there is a filter");
  key(filter, "x");
  expect(daemon.sent.some((sent) => sent.method === "service.stop")).toBe(false);
});

test("what services use is followed only while the list is there", () => {
  const daemon = show([up("db")]);
  expect(daemon.followers("service.stats")).toBe(1);
  daemon.item("service.stats", {
    at: "2026-11-21T10:00:00Z",
    services: [{ name: "db", run: 1, pid: 1, cpu_percent: 4.83, memory_bytes: 2 ** 27, ports: [{ protocol: "tcp", address: "::", port: 5432 }] }],
  });
  flushSync();
  expect(row("db").textContent).toContain(":5432");
  expect(row("db").textContent).toContain("4.8\u202f%");
  expect(row("db").textContent).toContain("128\u202fMB");
  location.hash = "";
  dispatchEvent(new HashChangeEvent("hashchange"));
  flushSync();
  expect(daemon.followers("service.stats")).toBe(0);
});
