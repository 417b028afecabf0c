// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Tauri } from "./tauri";

type Callback = (raw: { index: number; message: unknown }) => void;

/** What the program would be told; each command is answered by hand. */
interface Asked {
  command: string;
  args: Record<string, unknown>;
  resolve: (value: unknown) => void;
  reject: (value: unknown) => void;
}

let asked: Asked[];
let callbacks: Callback[];

beforeEach(() => {
  asked = [];
  callbacks = [];
  vi.stubGlobal("__TAURI_INTERNALS__", {
    invoke: (command: string, args: Record<string, unknown>) =>
      new Promise((resolve, reject) => asked.push({ command, args, resolve, reject })),
    transformCallback: (callback: Callback) => callbacks.push(callback) - 1,
    unregisterCallback: () => {},
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function last(): Asked {
  const found = asked.at(-1);
  if (found === undefined) throw new Error("nothing was asked");
  return found;
}

function following() {
  const items: unknown[] = [];
  const following = new Tauri().open("system.watch", {}, (item) => items.push(item));
  let index = 0;
  const send = (...messages: unknown[]) => {
    for (const message of messages) callbacks[0]?.({ index: index++, message });
  };
  return { items, following, send, opened: last() };
}

const commands = () => asked.map(({ command }) => command);

test("outside the desktop app there is no way out", () => {
  expect(Tauri.here()).toBeInstanceOf(Tauri);
  vi.unstubAllGlobals();
  expect(Tauri.here()).toBeUndefined();
});

test("a call is one command, and its reply is the result", async () => {
  const reply = new Tauri().call("service.stop", { name: "web" });
  expect(last()).toMatchObject({ command: "call", args: { method: "service.stop", params: { name: "web" } } });
  last().resolve({ name: "web", state: "stopped" });
  await expect(reply).resolves.toEqual({ name: "web", state: "stopped" });
});

test("what a call rejects with is a fault, whatever it is", async () => {
  const check = async (thrown: unknown, fault: object) => {
    const reply = new Tauri().call("service.stop", {});
    last().reject(thrown);
    await expect(reply).rejects.toMatchObject({ name: "Fault", ...fault });
  };
  await check({ code: "not_found", message: "no such service", hint: "hob ls" }, { code: "not_found", hint: "hob ls" });
  await check({ code: "busy", message: "later", hint: null }, { code: "busy", message: "later", hint: undefined });
  await check("call not allowed by ACL", { code: "internal", message: "call not allowed by ACL" });
  await check({ strange: 1 }, { code: "internal", message: '{"strange":1}' });
});

test("a feed's items come in order until it ends", async () => {
  const { items, following: feed, send, opened } = following();
  expect(opened).toMatchObject({ command: "open", args: { method: "system.watch", params: {} } });
  expect(JSON.stringify(opened.args["items"])).toBe('"__CHANNEL__:0"');
  send({ item: "one" }, { item: null });
  opened.resolve(7);
  send({ item: "three" }, { end: null }, { item: "late" });
  await feed.ended;
  expect(items).toEqual(["one", null, "three"]);
  feed.cancel();
  await Promise.resolve();
  expect(commands()).toEqual(["open"]);
});

test("a feed that breaks says why", async () => {
  const { following: feed, send } = following();
  send({ fault: { code: "unavailable", message: "connection reset" } });
  await expect(feed.ended).rejects.toMatchObject({ name: "Fault", code: "unavailable", message: "connection reset" });
});

test("a feed that cannot be opened says why", async () => {
  const { following: feed, opened } = following();
  opened.reject({ code: "denied", message: "not from this window" });
  await expect(feed.ended).rejects.toMatchObject({ name: "Fault", code: "denied" });
});

test("a cancelled feed is closed by its number, and says nothing more", async () => {
  const { items, following: feed, send, opened } = following();
  opened.resolve(7);
  feed.cancel();
  feed.cancel();
  send({ item: "late" }, { fault: { code: "cancelled", message: "as asked" } });
  await feed.ended;
  await vi.waitFor(() => expect(commands()).toEqual(["open", "close"]));
  expect(last().args).toEqual({ feed: 7 });
  expect(items).toEqual([]);
});

test("a feed that is cancelled while it is being opened is closed once it is open", async () => {
  const { following: feed, opened } = following();
  feed.cancel();
  await feed.ended;
  expect(commands()).toEqual(["open"]);
  opened.resolve(8);
  await vi.waitFor(() => expect(last()).toMatchObject({ command: "close", args: { feed: 8 } }));
});

test("the program is told once a frame was drawn", () => {
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
  new Tauri().painted("data");
  frames.shift()?.(0);
  expect(commands()).toEqual([]);
  frames.shift()?.(16);
  expect(last()).toMatchObject({ command: "painted", args: { what: "data" } });
  expect(frames).toEqual([]);
});

test("what is saved is named, and its path comes back; what was not saved says why", async () => {
  const saved = new Tauri().save("web.log", "a line\n");
  expect(last()).toMatchObject({ command: "save", args: { name: "web.log", text: "a line\n" } });
  last().resolve("/home/ada/Downloads/web-2.log");
  await expect(saved).resolves.toBe("/home/ada/Downloads/web-2.log");

  const refused = new Tauri().save("web.log", "");
  last().reject({ code: "unavailable", message: "it was not saved: No space left on device" });
  await expect(refused).rejects.toMatchObject({ code: "unavailable", message: "it was not saved: No space left on device" });
});
