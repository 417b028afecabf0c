import { expect, test } from "vitest";

import { Fake } from "./api/fake";
import { Fault } from "./api/transport";
import { all } from "./board";
import { BOARD_FEED, Watch } from "./watch.svelte";

const web = { noun: "service", key: "web", sequence: 3, value: "running" };

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

test("a daemon that goes away is told of, and can be tried again", async () => {
  const { daemon, watch } = watching();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [web] });
  daemon.fail(BOARD_FEED, new Fault("unavailable", "connection reset"));
  await expect.poll(() => watch.link).toMatchObject({ state: "down", fault: { message: "connection reset" } });

  watch.start();
  daemon.item(BOARD_FEED, { snapshot: true, changes: [] });
  expect(services(watch)).toEqual([]);
});

test("stopping ends the feed and leaves no error behind", async () => {
  const { daemon, watch } = watching();
  watch.stop();
  await Promise.resolve();
  expect(daemon.followers(BOARD_FEED)).toBe(0);
  expect(watch.link.state).toBe("connecting");
});
