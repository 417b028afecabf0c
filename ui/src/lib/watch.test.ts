// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Fake } from "./api/fake";
import { Fault } from "./api/transport";
import { all } from "./board";
import { BOARD_FEED, Watch } from "./watch.svelte";

const web = { noun: "service", key: "web", sequence: 3, value: "running" };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const gone = new Fault("unavailable", "connection reset");

/** Breaks the feed, and lets everybody hear of it. */
async function lose(daemon: Fake): Promise<void> {
  daemon.fail(BOARD_FEED, gone);
  await vi.advanceTimersByTimeAsync(0);
}

function watching(): { daemon: Fake; watch: Watch } {
  const daemon = new Fake();
  const watch = new Watch(daemon);
  watch.start();
  return { daemon, watch };
}

function services(watch: Watch): unknown[] {
  if (watch.link.state !== "live") throw new Error(`the link is ${watch.link.state}`);
  return all(watch.link.board, "service");
}

test("the board is live with the first snapshot", () => {
  const { daemon, watch } = watching();
  expect(watch.link.state).toBe("connecting");
  daemon.item(BOARD_FEED, { snapshot: true, changes: [web] });
  daemon.item(BOARD_FEED, { snapshot: false, changes: [{ ...web, sequence: 4, value: "failed" }] });
  expect(services(watch)).toEqual(["failed"]);
});

test("a gap follows anew, and keeps the old values until the new ones are there", () => {
  const { daemon, watch } = watching();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [web] });
  daemon.item(BOARD_FEED, { snapshot: false, changes: [{ ...web, sequence: 1, value: "stopped" }] });

  expect(daemon.sent.map(({ method }) => method)).toEqual([BOARD_FEED, "$/cancel", BOARD_FEED]);
  expect(daemon.followers(BOARD_FEED)).toBe(1);
  expect(services(watch)).toEqual(["running"]);

  daemon.item(BOARD_FEED, { snapshot: true, changes: [{ ...web, sequence: 1, value: "stopped" }] });
  expect(services(watch)).toEqual(["stopped"]);
});

test("a daemon that goes away is told of, and the last values are kept", async () => {
  const { daemon, watch } = watching();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [web] });
  const since = Date.now();
  await lose(daemon);
  expect(watch.link).toMatchObject({ state: "down", fault: gone, since, retry: since + 1000 });
  expect(watch.link.state === "down" && watch.link.board && all(watch.link.board, "service")).toEqual(["running"]);

  await vi.advanceTimersByTimeAsync(1000);
  expect(watch.link).toMatchObject({ state: "down", since, retry: undefined });
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  expect(services(watch)).toEqual([]);
});

test("it is tried again more and more rarely, and quickly again after a success", async () => {
  const { daemon, watch } = watching();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await lose(daemon);
    if (watch.link.state !== "down" || watch.link.retry === undefined) throw new Error("it is tried again");
    waits.push(watch.link.retry - Date.now());
    await vi.advanceTimersByTimeAsync(watch.link.retry - Date.now());
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);

  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  await lose(daemon);
  expect(watch.link).toMatchObject({ retry: Date.now() + 1000 });
});

test("a person need not wait", async () => {
  const { daemon, watch } = watching();
  await lose(daemon);
  watch.start();
  expect(daemon.followers(BOARD_FEED)).toBe(1);
  expect(watch.link).toMatchObject({ state: "down", retry: undefined });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(daemon.followers(BOARD_FEED)).toBe(1);
});

test("a daemon that was never there leaves no board", async () => {
  const { daemon, watch } = watching();
  await lose(daemon);
  expect(watch.link).toMatchObject({ state: "down", board: undefined });
});

test("nothing is tried where nobody looks", async () => {
  const { daemon } = watching();
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  await lose(daemon);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(daemon.followers(BOARD_FEED)).toBe(0);

  hidden.mockRestore();
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(daemon.followers(BOARD_FEED)).toBe(1);
});

test("stopping ends the feed and leaves no error behind", async () => {
  const { daemon, watch } = watching();
  watch.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(daemon.followers(BOARD_FEED)).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  expect(watch.link.state).toBe("connecting");
});
