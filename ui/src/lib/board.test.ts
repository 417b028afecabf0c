import { expect, test } from "vitest";

import { all, apply, type Board, type Change } from "./board";

const web = { noun: "service", key: "web", sequence: 3, value: "running" };
const api = { noun: "service", key: "api", sequence: 5, value: "stopped" };

function snapshot(...changes: Change[]): Board {
  return follows(undefined, true, changes);
}

function follows(board: Board | undefined, isSnapshot: boolean, changes: Change[]): Board {
  const next = apply(board, { snapshot: isSnapshot, changes });
  if (next === "resync") throw new Error("the changes follow from the board");
  return next;
}

test("a snapshot is all there is", () => {
  const board = snapshot(web, api);
  expect(all(board, "service")).toEqual(["stopped", "running"]);
  expect(board.sequence).toBe(5);
});

test("an empty snapshot is a board without values", () => {
  expect(all(snapshot(), "service")).toEqual([]);
});

test("a change replaces one value and leaves the others", () => {
  const board = follows(snapshot(web, api), false, [{ ...web, sequence: 9, value: "failed" }]);
  expect(all(board, "service")).toEqual(["stopped", "failed"]);
});

test("a change without a value removes", () => {
  const board = follows(snapshot(web, api), false, [{ noun: "service", key: "web", sequence: 6 }]);
  expect(all(board, "service")).toEqual(["stopped"]);
});

test("nouns do not mix", () => {
  const board = snapshot(web, { noun: "job", key: "web", sequence: 4, value: "idle" });
  expect(all(board, "service")).toEqual(["running"]);
  expect(all(board, "job")).toEqual(["idle"]);
});

test("a later snapshot forgets what was before", () => {
  const board = follows(snapshot(web, api), true, [{ ...api, sequence: 8 }]);
  expect(all(board, "service")).toEqual(["stopped"]);
});

test("a board that was handed out never changes", () => {
  const before = snapshot(web);
  follows(before, false, [{ ...web, sequence: 4, value: "failed" }, { ...api, sequence: 5 }]);
  expect(all(before, "service")).toEqual(["running"]);
});

test("skipped numbers are no gap: the value was overwritten before it was sent", () => {
  expect(apply(snapshot(web), { snapshot: false, changes: [{ ...api, sequence: 900 }] })).not.toBe("resync");
});

test("several values of a snapshot may have its last number", () => {
  const board = snapshot(web, api, { noun: "job", key: "a", sequence: 5, value: 1 }, { noun: "job", key: "b", sequence: 5, value: 2 });
  expect([board.sequence, all(board, "job")]).toEqual([5, [1, 2]]);
  expect(apply(board, { snapshot: false, changes: [{ noun: "job", key: "a", sequence: 5, value: 3 }] })).toBe("resync");
});

test("changes before the first snapshot ask for all of it", () => {
  expect(apply(undefined, { snapshot: false, changes: [web] })).toBe("resync");
});

test("a number that went back is another daemon's board", () => {
  expect(apply(snapshot(web, api), { snapshot: false, changes: [web] })).toBe("resync");
  expect(apply(snapshot(web), { snapshot: false, changes: [web] })).toBe("resync");
});
