import { expect, test } from "vitest";

import { apply, type Board } from "../lib/board";
import { news } from "./news";

function board(...values: [noun: string, key: string, value: object][]): Board {
  const changes = values.map(([noun, key, value], index) => ({ noun, key, value, sequence: index + 1 }));
  return apply(undefined, { snapshot: true, changes }) as Board;
}

const request = (id: string, client = "agent") =>
  ["request", id, { id, client, state: "pending", created: "2026-11-21T12:00:00Z", expires: "" }] as [string, string, object];
const service = (name: string, state: string) => ["service", name, { name, state }] as [string, string, object];
const QUIET = { urgent: "", polite: "" };

test("a request that is new is said, with how many wait", () => {
  expect(news(board(request("a")), board(request("a"), request("b", "bot"))).urgent).toBe("Approval asked for by bot. 2 waiting.");
  expect(news(board(request("a")), board(request("a")))).toEqual(QUIET);
  expect(news(board(request("a")), board())).toEqual(QUIET);
});

test("what fails is said once, and that it is well again is not", () => {
  const [well, bad] = [board(service("web", "running")), board(service("web", "failed"))];
  expect(news(well, bad)).toEqual({ urgent: "", polite: "web failed." });
  expect(news(bad, bad)).toEqual(QUIET);
  expect(news(bad, well)).toEqual(QUIET);
});

test("a name cannot say something else than it is", () => {
  expect(news(board(), board(request("a", "bot\u202e"))).urgent).toContain("bot\\u{202e}");
});
