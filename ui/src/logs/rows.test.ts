import { describe, expect, test } from "vitest";

import { compile, EVERYTHING, Frame, type Matcher, type Question } from "./filter";
import { Traces } from "./fold";
import { note, Reader, type Line, type Raw } from "./line";
import { Rows, type Wanted } from "./rows";
import { ordinal, step } from "./search";
import { Store } from "./store";
import { Heights } from "./window";

function raw(second: number, text: string, more: Partial<Raw> & { service?: string } = {}): Raw {
  const time = new Date(Date.parse("2026-11-21T14:00:00Z") + second * 1000).toISOString();
  return { service: "web", stream: "stdout", time, text, ...more } as Raw;
}

function wanted(question: Partial<Question> = {}, sources?: string[]): Wanted {
  const whole = { ...EVERYTHING, ...question };
  const frame = new Frame(whole, sources && new Set(sources), new Map());
  return { question: whole, matcher: compile(whole) as Matcher | undefined, frame, hidden: () => false };
}

class Viewer {
  readonly reader = new Reader();
  readonly traces = new Traces();
  readonly heights = new Heights();
  readonly store: Store;
  readonly rows: Rows;

  constructor(most = 1000, asked = wanted()) {
    this.store = new Store(most);
    this.rows = new Rows(this.store, this.heights, () => 18, asked);
  }

  arrive(...raws: Raw[]): void {
    const lines = this.reader.read(raws, 0);
    for (const line of lines) this.traces.take(line);
    this.rows.appended(this.store.append(lines));
    this.check();
  }

  older(...raws: Raw[]): void {
    const lines = new Reader().read(raws, 0);
    this.rows.prepended(this.store.prepend(lines), lines.length);
    this.check();
  }

  ask(question: Partial<Question>, sources?: string[]): void {
    this.rows.ask(wanted(question, sources));
    this.rows.look(Infinity);
    this.check();
  }

  get texts(): string[] {
    return this.rows.lines.map((line) => line.text);
  }

  get hits(): string[] {
    return this.rows.hits.map((line) => line.text);
  }

  /** What must always hold. */
  check(): void {
    const numbers = this.store.lines.map((line) => line.seq);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(this.heights.length).toBe(this.rows.lines.length);
    expect(this.heights.total).toBe(18 * this.rows.lines.length);
    const rows = this.rows.lines.map((line) => line.seq);
    expect(rows).toEqual([...rows].sort((left, right) => left - right));
  }
}

const TRACE = ["Error: no", "    at one (a.js:1:2)", "    at two (a.js:3:4)", "    at three (a.js:5:6)"];

test("lines of several sources are one stream by time, also those that come late", () => {
  const viewer = new Viewer();
  viewer.arrive(raw(1, "a"), raw(4, "d"));
  viewer.arrive(raw(3, "c", { service: "api" }), raw(2, "b", { service: "api" }));
  viewer.arrive(raw(5, "e"));
  expect(viewer.texts).toEqual(["a", "b", "c", "d", "e"]);
  expect(viewer.rows.admitted).toBe(5);
});

test("a clock that was set back does not hide what is new", () => {
  const store = new Store();
  const reader = new Reader();
  store.append(reader.read(Array.from({ length: 10 }, (_, index) => raw(3600 + index, `${index}`)), 0));
  store.append(reader.read([raw(1, "new")], 0), 3);
  expect(store.lines.map((line) => line.text).slice(-4)).toEqual(["new", "7", "8", "9"]);
});

test("the oldest go where there are too many, and are counted", () => {
  const viewer = new Viewer(3, wanted({ text: "x" }));
  for (let second = 0; second < 8; second += 1) viewer.arrive(raw(second, `x${second}`));
  expect(viewer.texts).toEqual(["x5", "x6", "x7"]);
  expect(viewer.hits).toEqual(["x5", "x6", "x7"]);
  expect(viewer.store.dropped).toBe(5);
  expect(viewer.rows.base).toBe(5);
  expect(viewer.rows.admitted).toBe(3);
});

test("text is bounded, too, but the newest line stays", () => {
  const store = new Store(100, 10);
  const reader = new Reader();
  store.append(reader.read([raw(1, "aaaa"), raw(2, "bbbb"), raw(3, "cccc")], 0));
  expect(store.lines.map((line) => line.text)).toEqual(["bbbb", "cccc"]);
  store.append(reader.read([raw(4, "d".repeat(50))], 0));
  expect(store.size).toBe(1);
});

test("older lines come in front, and push out the newest where there are too many", () => {
  const viewer = new Viewer(4, wanted({ text: "b" }));
  viewer.arrive(raw(5, "ab"), raw(6, "bc"));
  viewer.older(raw(1, "b1"), raw(2, "b2"), raw(3, "3"));
  expect(viewer.texts).toEqual(["b1", "b2", "3", "ab"]);
  expect(viewer.hits).toEqual(["b1", "b2", "ab"]);
  expect(viewer.rows.admitted).toBe(4);
});

describe("a search", () => {
  test("marks and hides nothing; as a filter it hides the others; Exclude hides what it finds", () => {
    const viewer = new Viewer();
    viewer.arrive(raw(1, "timeout one"), raw(2, "fine"), raw(3, "TIMEOUT two"));
    viewer.ask({ text: "timeout" });
    expect([viewer.texts.length, viewer.hits]).toEqual([3, ["timeout one", "TIMEOUT two"]]);
    viewer.ask({ text: "timeout", mode: "filter" });
    expect(viewer.texts).toEqual(["timeout one", "TIMEOUT two"]);
    expect(viewer.rows.admitted).toBe(3);
    viewer.ask({ text: "timeout", exclude: true });
    expect([viewer.texts, viewer.hits]).toEqual([["fine"], []]);
    viewer.ask({ text: "^time", regex: true, matchCase: true, mode: "filter" });
    expect(viewer.texts).toEqual(["timeout one"]);
    viewer.arrive(raw(4, "timeout three"), raw(5, "no"));
    expect(viewer.texts).toEqual(["timeout one", "timeout three"]);
  });

  test("reads what is coloured as it is read", () => {
    const viewer = new Viewer();
    viewer.arrive(raw(1, "conn\u001b[31mected"));
    viewer.ask({ text: "connected", mode: "filter" });
    expect(viewer.texts).toHaveLength(1);
  });

  test("goes from hit to hit, and around", () => {
    const viewer = new Viewer();
    viewer.arrive(raw(1, "x1"), raw(2, "o"), raw(3, "x2"), raw(4, "o"));
    viewer.ask({ text: "x" });
    const { hits } = viewer.rows;
    const from = viewer.store.lines[1];
    expect(step(hits, from, 1)?.text).toBe("x2");
    expect(step(hits, from, -1)?.text).toBe("x1");
    expect(step(hits, hits[1], 1)?.text).toBe("x1");
    expect(step(hits, hits[0], -1)?.text).toBe("x2");
    expect(step(hits, undefined, -1)?.text).toBe("x2");
    expect(step([], from, 1)).toBeUndefined();
    expect([ordinal(hits, hits[1]), ordinal(hits, from), ordinal(hits, undefined)]).toEqual([2, 0, 0]);
  });

  test("looks at the newest first, a piece at a time, while lines come and go", () => {
    const viewer = new Viewer(3000);
    viewer.arrive(...Array.from({ length: 3000 }, (_, index) => raw(index, index % 2 === 0 ? "even" : "odd")));
    viewer.rows.ask(wanted({ text: "even", mode: "filter" }));
    expect(viewer.rows.look(0)).toBe(false);
    expect(viewer.rows.lines).toHaveLength(125);
    viewer.check();
    viewer.arrive(...Array.from({ length: 1000 }, (_, index) => raw(3000 + index, index % 4 === 0 ? "even" : "odd")));
    while (!viewer.rows.look(0)) viewer.check();
    viewer.check();
    expect(viewer.rows.lines).toHaveLength(1000 + 250);
    expect(viewer.rows.admitted).toBe(3000);
  });

  test("of the level, the stream, the source and the run", () => {
    const viewer = new Viewer();
    viewer.arrive(raw(1, "WARN a", { stream: "stderr" }), raw(2, "    at b", { stream: "stderr" }), raw(3, "c", { service: "api" }));
    viewer.ask({ level: 3 });
    expect(viewer.texts).toEqual(["WARN a", "    at b"]);
    viewer.ask({ stream: "stdout" });
    expect(viewer.texts).toEqual(["c"]);
    viewer.ask({}, ["api"]);
    expect(viewer.texts).toEqual(["c"]);
    viewer.arrive(raw(4, "d", { run: 7 } as Partial<Raw>), raw(5, "e", { run: 8 } as Partial<Raw>));
    viewer.ask({ run: 7 });
    expect(viewer.texts).toEqual(["d"]);
  });
});

describe("a stack trace", () => {
  test("is one row for its frames; what it says itself stays", () => {
    const viewer = new Viewer();
    viewer.arrive(raw(0, "before"), ...TRACE.map((text) => raw(1, text)), raw(2, "after"));
    expect(viewer.texts).toEqual(["before", "Error: no", "    at one (a.js:1:2)", "after"]);
    const trace = viewer.rows.lines[2]?.trace;
    expect(trace?.size).toBe(3);

    viewer.rows.fold(trace!, true);
    viewer.check();
    expect(viewer.texts).toEqual(["before", ...TRACE, "after"]);
    viewer.rows.fold(trace!, false);
    expect(viewer.texts).toHaveLength(4);
  });

  test("is put together although others write meanwhile", () => {
    const viewer = new Viewer();
    viewer.arrive(...TRACE.slice(0, 3).map((text) => raw(1, text)), raw(1, "GET /", { service: "api" }), raw(1, TRACE[3]!));
    expect(viewer.texts).toEqual(["Error: no", "    at one (a.js:1:2)", "GET /"]);
  });

  test("is not folded where only some of its lines are shown, and what is inside is found", () => {
    const viewer = new Viewer();
    viewer.arrive(...TRACE.map((text) => raw(1, text)));
    viewer.ask({ text: "two" });
    expect(viewer.texts).toHaveLength(2);
    expect(viewer.hits).toEqual(["    at two (a.js:3:4)"]);
    expect(viewer.rows.row(viewer.rows.hits[0]!)).toBe(viewer.rows.base + 1);
    viewer.ask({ text: "two", mode: "filter" });
    expect(viewer.texts).toEqual(["    at two (a.js:3:4)"]);
  });
});

test("rows keep their numbers while others come in front of them or go", () => {
  const viewer = new Viewer(6);
  viewer.arrive(raw(10, "a"), raw(11, "b"));
  const line = viewer.rows.lines[1] as Line;
  const row = viewer.rows.row(line);
  viewer.older(raw(1, "1"), raw(2, "2"));
  expect(viewer.rows.row(line)).toBe(row);
  viewer.arrive(...Array.from({ length: 5 }, (_, index) => raw(20 + index, `${index}`)));
  expect(viewer.rows.row(line)).toBe(row);
});

test("what the viewer itself says passes every filter", () => {
  const viewer = new Viewer();
  viewer.arrive(raw(1, "a"));
  viewer.rows.appended(viewer.store.append([note("3 lines were removed", viewer.store.last!)]));
  viewer.ask({ text: "nothing", mode: "filter", level: 5 }, ["api"]);
  expect(viewer.texts).toEqual(["3 lines were removed"]);
});
