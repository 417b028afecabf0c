// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { VisibleTimer } from "./timer";

let hidden = false;

beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function show(shown: boolean): void {
  hidden = !shown;
  document.dispatchEvent(new Event("visibilitychange"));
}

test("it runs once, when it is due", () => {
  const run = vi.fn();
  new VisibleTimer(run).at(Date.now() + 1000);
  vi.advanceTimersByTime(999);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(1);
});

test("a new moment replaces the one before, and clearing forgets it", () => {
  const run = vi.fn();
  const timer = new VisibleTimer(run);
  timer.at(Date.now() + 1000);
  timer.at(Date.now() + 5000);
  vi.advanceTimersByTime(2000);
  expect(run).not.toHaveBeenCalled();
  timer.clear();
  expect(vi.getTimerCount()).toBe(0);
});

test("a hidden page has no timer; what was due happens when it is seen", () => {
  const run = vi.fn();
  new VisibleTimer(run).at(Date.now() + 1000);
  show(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(run).not.toHaveBeenCalled();
  show(true);
  vi.advanceTimersByTime(0);
  expect(run).toHaveBeenCalledTimes(1);
});

test("the remaining time goes on where the page is seen before it is due", () => {
  const run = vi.fn();
  new VisibleTimer(run).at(Date.now() + 1000);
  show(false);
  vi.advanceTimersByTime(400);
  show(true);
  vi.advanceTimersByTime(599);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
});
