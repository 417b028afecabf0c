// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Fake, type Answer } from "../lib/api/fake";
import { Fault, type Following } from "../lib/api/transport";
import type { LogLine } from "../lib/api/types.gen";
import { EVERYTHING } from "./filter";
import { compare, moment, type Raw } from "./line";
import { Services } from "./origin";
import { Tail } from "./tail.svelte";

const FEED = "service.follow";
const begin = Date.parse("2026-11-21T14:00:00Z");

function line(second: number, text = `line ${second}`, more: Partial<LogLine> = {}): LogLine {
  return { time: new Date(begin + 1000 * second).toISOString(), service: "web", stream: "stdout", text, ...more };
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => line(from + index));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

let tails: Tail[] = [];
afterEach(() => {
  for (const tail of tails) tail.close();
  tails = [];
});

function following(answers: Record<string, Answer> = {}, names = ["web"]): { daemon: Fake; tail: Tail } {
  const daemon = new Fake(answers);
  const tail = new Tail(() => 18);
  tails.push(tail);
  tail.open(new Services(daemon, names));
  return { daemon, tail };
}

async function send(daemon: Fake, item: object): Promise<void> {
  daemon.item(FEED, item);
  await vi.advanceTimersByTimeAsync(600);
}

const texts = (tail: Tail) => tail.rows.lines.map(({ text }) => text);
const asked = (daemon: Fake) => daemon.sent.filter((sent) => "params" in sent && sent.method === FEED).map((sent) => sent.params);

test("what arrives is drawn with the next frame, however many items it came in", async () => {
  const { daemon, tail } = following();
  const before = tail.version;
  for (let item = 0; item < 20; item += 1) daemon.item(FEED, { lines: lines(10 * item, 10 * item + 10) });
  expect(tail.rows.lines).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(20);
  expect(tail.rows.lines).toHaveLength(200);
  expect(tail.version - before).toBeLessThan(4);
  expect(tail.link.state).toBe("live");
});

test("who has scrolled up is told how many lines came, and loses none of those that are read", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: lines(0, 10) });
  tail.pause();
  await send(daemon, { lines: lines(10, 14) });
  expect([tail.fresh, tail.rows.lines.length]).toEqual([4, 14]);
  tail.follow();
  expect([tail.fresh, tail.following]).toEqual([0, true]);
});

test("what is still being taken up of the past is not counted as new", async () => {
  const { daemon, tail } = following();
  tail.pause();
  await send(daemon, { lines: lines(0, 40), more: true });
  expect([tail.fresh, tail.rows.lines.length]).toEqual([0, 40]);
  await send(daemon, { lines: lines(40, 42) });
  expect(tail.fresh).toBe(2);
});

test("while memory is full nothing that is read is pushed out; following again begins with the newest", async () => {
  const { daemon, tail } = following();
  for (let item = 0; item < 50; item += 1) daemon.item(FEED, { lines: lines(1000 * item, 1000 * item + 1000) });
  await vi.advanceTimersByTimeAsync(5000);
  expect(tail.store.size).toBe(50_000);
  tail.pause();
  await send(daemon, { lines: lines(50_000, 50_300) });
  expect([tail.apart, tail.fresh, tail.store.first?.text]).toEqual([true, 300, "line 0"]);

  tail.follow();
  expect(daemon.followers(FEED)).toBe(1);
  expect(tail.store.size, "the old ones stay until there are others").toBe(50_000);
  await send(daemon, { lines: lines(50_000, 50_300), more: true });
  expect([tail.apart, tail.store.size, tail.more]).toEqual([false, 300, true]);
});

test("after the daemon was lost it goes on where it was", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: [line(1), line(2, "started", { stream: "event" })], places: { web: "place 2" } });
  daemon.fail(FEED, new Fault("unavailable", "gone"));
  await vi.advanceTimersByTimeAsync(0);
  expect(tail.link.state).toBe("broken");

  tail.again();
  expect(asked(daemon)[1]).toMatchObject({ names: ["web"], after: { web: "place 2" }, events_after: expect.stringContaining("14:00:02") });
  await send(daemon, { lines: [line(3)], places: { web: "place 3" } });
  expect(texts(tail)).toEqual(["line 1", "started", "line 3"]);
});

test("a source more is its past among the lines of the others, and one less is gone at once", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: [line(1), line(5)], places: { web: "5" } });
  const both = new Services(daemon, ["api", "web"], { after: { web: "5" }, event: moment("2026-11-21T14:00:05Z") });
  tail.choose(new Set(["api", "web"]), new Map());
  tail.open(both, true);
  expect(asked(daemon)[1]).toMatchObject({ names: ["api", "web"], after: { web: "5" } });
  const happened = line(6, "started", { service: "api", stream: "event" });
  await send(daemon, { lines: [line(3, "a", { service: "api" }), happened], places: { api: "1", web: "5" } });
  await send(daemon, { lines: [happened, line(7)] });
  expect(texts(tail)).toEqual(["line 1", "a", "line 5", "started", "line 7"]);

  tail.choose(new Set(["api"]), new Map());
  expect(texts(tail)).toEqual(["a", "started"]);
});

test("older lines are read on demand, without those that are there already", async () => {
  const same = [line(10, "x"), line(10, "x"), line(10, "y")];
  const page = { lines: [line(8), line(9), line(10, "w"), ...same], more: false };
  const { daemon, tail } = following({ "service.logs": () => page });
  await send(daemon, { lines: [...same, line(11)], more: true });
  await tail.older();
  expect(texts(tail)).toEqual(["line 8", "line 9", "w", "x", "x", "y", "line 11"]);
  expect(tail.more).toBe(false);
  expect(daemon.sent.find((sent) => "params" in sent && sent.method === "service.logs")).toMatchObject({ params: { until: expect.stringContaining("14:00:10"), names: ["web"] } });
});

test("while a filter hides lines the daemon filters older ones, too; without it their gaps go again", async () => {
  const { daemon, tail } = following({ "service.logs": () => ({ lines: [line(1, "timeout 1"), line(4, "timeout 2")], more: true }) });
  await send(daemon, { lines: [line(10, "fine"), line(11, "timeout 3")], more: true });
  tail.ask({ ...EVERYTHING, text: "time.out", mode: "filter", level: 3, stream: "stderr", run: "latest" });
  tail.ask({ ...EVERYTHING, text: "timeout", mode: "filter", matchCase: true });
  await tail.older();
  expect(texts(tail)).toEqual(["timeout 1", "timeout 2", "timeout 3"]);
  expect(daemon.sent.find((sent) => "params" in sent && sent.method === "service.logs")?.params).toMatchObject({ grep: "timeout", ignore_case: false, invert: false });

  tail.ask(EVERYTHING);
  expect(texts(tail)).toEqual(["fine", "timeout 3"]);
  expect(tail.more).toBe(true);
});

/** A daemon that also reads on from a moment, and then is done. */
class Reading extends Fake {
  override open(feed: string, params: object, onItem: (item: unknown) => void): Following {
    if (!("ends" in params)) return super.open(feed, params, onItem);
    const { since = "" } = params as { since?: string };
    onItem({ lines: [line(2, "here"), line(3), line(4)].filter(({ time }) => compare(moment(since), moment(time)) <= 0) });
    return { ended: Promise.resolve(), cancel: () => {} };
  }
}

test("a moment is shown with what was around it, and going on from there is possible", async () => {
  const daemon = new Reading({ "service.logs": () => ({ lines: [line(1), line(2, "here")], more: true }) });
  const tail = new Tail(() => 18);
  tails.push(tail);
  tail.open(new Services(daemon, ["web"]));
  await send(daemon, { lines: [line(90), line(91)] });
  const found = await tail.jump(moment("2026-11-21T14:00:02Z"));
  expect(found?.text).toBe("here");
  expect(texts(tail)).toEqual(["line 1", "here", "line 3", "line 4"]);
  expect([tail.apart, tail.following, tail.more]).toEqual([true, false, true]);

  await send(daemon, { lines: [line(92)] });
  expect([texts(tail).length, tail.fresh]).toEqual([4, 1]);
  await tail.newer();
  expect(texts(tail)).toEqual(["line 1", "here", "line 3", "line 4"]);
});

test("what could not be read says why, and leaves what is there", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: [line(1)], more: true });
  await tail.older();
  expect(tail.trouble?.message).toContain("service.logs");
  expect([texts(tail), tail.reading]).toEqual([["line 1"], undefined]);
});

test("what was cleared stays away until it is asked for", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: lines(0, 3) });
  tail.clear();
  await send(daemon, { lines: [line(3)] });
  expect([texts(tail), tail.rows.cleared]).toEqual([["line 3"], 3]);
  tail.hide(undefined);
  expect(texts(tail)).toHaveLength(4);
});

test("lines that were removed before they could be read are told of in their place", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: [line(1)] });
  await send(daemon, { skipped: 1204, service: "web" });
  await send(daemon, { uncounted: true, service: "web" });
  await send(daemon, { lines: [line(2)] });
  expect(texts(tail)).toEqual(["line 1", "1\u202f204 lines were removed before they could be read", "Some lines were removed before they could be read", "line 2"]);
});

test("an expression that is none says so, and nothing is hidden by it", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: lines(0, 3) });
  tail.ask({ ...EVERYTHING, text: "(", regex: true, mode: "filter" });
  expect(tail.problem).toMatch(/Not a valid regular expression/);
  expect(tail.rows.lines).toHaveLength(3);
});

test("nothing is left behind when it is closed", async () => {
  const { daemon, tail } = following();
  await send(daemon, { lines: [{ ...line(1), partial: true } as Raw] });
  daemon.item(FEED, { lines: [line(2)] });
  tail.close();
  expect(daemon.followers(FEED)).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
