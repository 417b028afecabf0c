// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";
import { PAGES } from "../pages";
import { preferences } from "./preferences.svelte";

let app: Record<string, unknown> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 10, 21, 14, 7, 32) });
  document.body.replaceChildren();
  history.replaceState(undefined, "", "#/services");
  preferences.letters = true;
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function showing(answers: Record<string, Answer> = {}, ...values: [noun: string, key: string, value: object][]): Promise<Fake> {
  const daemon = new Fake(answers);
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  const changes = values.map(([noun, key, value], index) => ({ noun, key, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
  await wait();
  return daemon;
}

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

async function press(key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  // The address changes a moment later.
  await wait(10);
}

async function typed(text: string): Promise<HTMLInputElement> {
  const field = document.querySelector<HTMLInputElement>("dialog input");
  if (field === null) throw new Error("the palette is open");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await wait();
  return field;
}

const plain = (element: Element | null) => element?.textContent?.replaceAll(/\s+/g, " ").trim();
const found = () => [...document.querySelectorAll("dialog [role=option] .label")].map(plain);
/** What a person asked for; what pages follow by themselves is none of that. */
const asked = (daemon: Fake) => daemon.sent.map(({ method }) => method).filter((method) => !/^(system\.|service\.stats|\$)/.test(method));

const web: [string, string, object] = ["service", "web", { name: "web", state: "running" }];

test("every page has its own address, letter and place", () => {
  expect(new Set(PAGES.map(({ path }) => path)).size).toBe(PAGES.length);
  expect(new Set(PAGES.map(({ key }) => key)).size).toBe(PAGES.length);
  expect(PAGES.every(({ key }) => /^[a-z]$/.test(key) && key !== "g")).toBe(true);
});

test("the keys lead to pages, and the window says where it is", async () => {
  await showing({}, web);
  expect(plain(document.querySelector("nav [aria-current]"))).toBe("Services");
  await press("g");
  await press("h");
  expect(location.hash).toBe("#/");
  expect(plain(document.querySelector("h1"))).toBe("Home");
  await press("2", { ctrlKey: true });
  expect(plain(document.querySelector("h1"))).toBe("Services");
  expect(document.title).toBe("Services · Hob");
});

test("letters that are switched off do nothing, and Ctrl still does", async () => {
  await showing({}, web);
  preferences.letters = false;
  await press("?");
  await press("g");
  await press("h");
  expect(document.querySelector("dialog")).toBeNull();
  expect(location.hash).toBe("#/services");
  await press("k", { ctrlKey: true });
  expect(document.querySelector("dialog [role=combobox]")).not.toBeNull();
});

test("the map of keys names every page", async () => {
  await showing({}, web);
  await press("?");
  const shown = plain(document.querySelector("dialog")) ?? "";
  for (const { title } of PAGES) expect(shown).toContain(title);
});

test("the palette does what is chosen, and says what became of it", async () => {
  const daemon = await showing({ "service.restart": () => ({}) }, web);
  await press("k", { ctrlKey: true });
  const field = await typed("restart");
  expect(found()).toEqual(["Restart web"]);
  await press("Enter", {}, field);
  expect(document.querySelector("dialog")).toBeNull();
  expect(asked(daemon)).toEqual(["service.restart"]);
  expect(plain(document.querySelector(".toast"))).toContain("Restarted web");
  await wait(6000);
  expect(document.querySelector(".toast")).toBeNull();
});

test("a refusal stays long enough to be read, and is text", async () => {
  const refuse = () => {
    throw new Fault("conflict", "<b>no</b>\u202e");
  };
  await showing({ "service.stop": refuse }, web);
  await press("k", { ctrlKey: true });
  await press("Enter", {}, await typed("stop web"));
  await wait(6000);
  expect(plain(document.querySelector(".toast p"))).toBe("Stop web failed: <b>no</b>\\u{202e}");
  await wait(7000);
  expect(document.querySelector(".toast")).toBeNull();
});

test("the arrows go round, and what is typed next begins at the top", async () => {
  await showing({}, web);
  await press("k", { ctrlKey: true });
  const field = await typed("s");
  const chosen = () => plain(document.querySelector("dialog [aria-selected=true] .label"));
  const first = chosen();
  await press("ArrowUp", {}, field);
  expect(chosen()).toBe(found().at(-1));
  await press("ArrowDown", {}, field);
  expect(chosen()).toBe(first);
  await press("ArrowDown", {}, field);
  await typed("se");
  expect(chosen()).toBe(found()[0]);
  expect(field.getAttribute("aria-activedescendant")).toBe(document.querySelector("dialog [aria-selected=true]")?.id);
});

test("without a daemon there is nothing to do in the palette but to go", async () => {
  const daemon = await showing({}, web);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  await press("k", { ctrlKey: true });
  await typed("web");
  expect(found()).toEqual(["web"]);
});

test("the daemon's version and age stand in the corner, and are asked anew when it comes back", async () => {
  const status = (version: string) => ({ version, pid: 1, started: new Date(Date.now() - 60_000).toISOString() });
  let version = "0.1.0";
  const daemon = await showing({ "system.status": () => status(version) }, web);
  expect(plain(document.querySelector(".core"))).toContain("Daemon 0.1.0 Up 1 m");
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  expect(plain(document.querySelector(".core"))).toContain("Unreachable");
  version = "0.2.0";
  await wait(1000);
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  await wait();
  expect(plain(document.querySelector(".core"))).toContain("Daemon 0.2.0");
});

test("a pause and a configuration that is not in force are said on every page", async () => {
  const daemon = await showing(
    { "system.resume": () => ({ paused: false }) },
    ["system", "pause", { until: new Date(2026, 10, 21, 15, 0).toISOString() }],
    ["config", "problem", { code: "invalid", message: "line 14: unknown field `comand`" }],
  );
  expect(plain(document.querySelector(".banner.info strong"))).toBe("Paused until 15:00.");
  expect(plain(document.querySelector(".banner.err"))).toContain("Line 14: unknown field comand");
  document.querySelector<HTMLButtonElement>(".banner.info button")?.click();
  await wait();
  expect(daemon.sent.map(({ method }) => method)).toContain("system.resume");
  await wait(6000);
});

test("a request that comes is said at once, wherever one is", async () => {
  const daemon = await showing({}, web);
  const value = { id: "r1", state: "pending", client: "agent", created: "2026-11-21T14:07:00Z", expires: "" };
  daemon.item(BOARD_FEED, { snapshot: false, changes: [{ noun: "request", key: "r1", sequence: 2, value }] });
  await wait();
  expect(plain(document.querySelector("p.spoken[role=alert]"))).toBe("Approval asked for by agent. 1 waiting.");
});

test("who goes to another page by the keys is at its beginning", async () => {
  await showing({}, web);
  document.querySelector<HTMLButtonElement>("[data-action=stop]")?.focus();
  await press("1", { ctrlKey: true });
  expect(document.activeElement?.id).toBe("main");
});

test("a theme is said to the style sheet, and a store that keeps nothing is no hindrance", () => {
  const store = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  preferences.theme = "dark";
  expect(document.documentElement.dataset["theme"]).toBe("dark");
  store.mockRestore();
  preferences.theme = "light";
  expect(localStorage.getItem("hob.theme")).toBe("light");
  preferences.theme = "system";
  expect(document.documentElement.dataset["theme"]).toBeUndefined();
  expect(localStorage.getItem("hob.theme")).toBeNull();
});
