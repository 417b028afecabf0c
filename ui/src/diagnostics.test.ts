import { expect, test } from "vitest";

import { diagnostics } from "./diagnostics";
import { Fault } from "./lib/api/transport";
import type { Status } from "./lib/api/types.gen";
import type { Board } from "./lib/board";

const NOW = Date.parse("2026-11-21T14:08:00Z");
const fault = new Fault("unavailable", "nothing answers on /run/hob.sock", "start it");
const since = Date.parse("2026-11-21T14:07:32Z");

test("what is known is told, and nothing of what is on the board but how much there is", () => {
  const services = new Map([["web", { name: "web", command: ["web", "--token", "hunter2"] }]]);
  const board = { values: new Map([["service", services]]), sequence: 1 } as unknown as Board;
  const last = { version: "0.1.0", pid: 7, started: "2026-11-21T10:00:00Z", paths: [{ name: "socket", path: "/run/hob.sock", from: "HOB_SOCKET" }] } as unknown as Status;
  const text = diagnostics({ state: "down", fault, since, board, retry: undefined }, last, NOW, "Browser 1");
  expect(text.split("\n")).toEqual([
    "Hob: the daemon cannot be reached",
    "At: 2026-11-21T14:08:00.000Z",
    "Lost at: 2026-11-21T14:07:32.000Z",
    "Said: unavailable: nothing answers on /run/hob.sock",
    "Hint: start it",
    "Version: 0.1.0",
    "Process: 7",
    "Started: 2026-11-21T10:00:00Z",
    "Socket: /run/hob.sock (from HOB_SOCKET)",
    "On the board: services 1, jobs 0",
    "Window: Browser 1",
    "",
  ]);
  expect(text).not.toContain("hunter2");
});

test("of a daemon that was never reached it says so, and what came from outside hides nothing", () => {
  const odd = new Fault("denied", "no\u202e\u001b[2J\nForged: line");
  const text = diagnostics({ state: "down", fault: odd, since, board: undefined, retry: undefined }, undefined, NOW, "");
  expect(text).toContain("Lost at: never reached, tried since 2026-11-21T14:07:32.000Z");
  expect(text.split("\n")).toHaveLength(5);
  expect(text).not.toContain("\u202e");
});
