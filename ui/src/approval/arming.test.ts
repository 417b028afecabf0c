import { describe, expect, test } from "vitest";

import { Arming } from "./arming";

const plain = { repeat: false, modifier: false };

function shown(): Arming {
  const arming = new Arming();
  arming.changed(0);
  return arming;
}

describe("nothing is decided", () => {
  test("before anything is shown", () => {
    expect(new Arming().armed(1e12)).toBe(false);
  });

  test("within a second of the showing, of the focus, of a change", () => {
    const arming = shown();
    expect([999, 1000].map((now) => arming.armed(now))).toEqual([false, true]);
    arming.changed(5000);
    expect([5999, 6000].map((now) => arming.armed(now))).toEqual([false, true]);
  });

  test("while keys go down, and a little longer", () => {
    const arming = shown();
    expect(arming.keyDown(900, plain)).toBe(false);
    expect([1100, 1199, 1200].map((now) => arming.armed(now))).toEqual([false, false, true]);
  });

  test("by a key that is held", () => {
    const arming = shown();
    for (let now = 100; now < 5000; now += 30) expect(arming.keyDown(now, { repeat: true, modifier: false })).toBe(false);
    expect(arming.keyDown(9000, { repeat: true, modifier: false })).toBe(false);
  });

  test("by a click that began before the window was armed, or raised it", () => {
    const arming = shown();
    arming.pointerDown(990);
    expect(arming.click(1010, false)).toBe(false);
    arming.pointerDown(5000);
    arming.changed(5001);
    expect(arming.click(9000, false)).toBe(false);
  });

  test("by the key of a button that went down too early", () => {
    const arming = shown();
    arming.keyDown(990, plain);
    expect(arming.click(1400, true)).toBe(false);
  });

  test("by a click that nothing went down for", () => {
    const arming = shown();
    expect(arming.click(5000, false)).toBe(false);
    expect(arming.click(5000, true)).toBe(false);
  });
});

describe("it is decided", () => {
  test("by a click on an armed window", () => {
    const arming = shown();
    arming.pointerDown(1000);
    expect(arming.click(1080, false)).toBe(true);
  });

  test("by a chord, whose first key is no typing", () => {
    const arming = shown();
    expect(arming.keyDown(2000, { repeat: false, modifier: true })).toBe(true);
    expect(arming.keyDown(2060, plain)).toBe(true);
  });

  test("by Enter or Space on a button that has the focus", () => {
    const arming = shown();
    arming.keyDown(2000, plain);
    expect(arming.click(2100, true)).toBe(true);
  });
});
