import { expect, test } from "vitest";

import { Heights, span, wrapped } from "./window";

/** The same, the slow way. */
function check(heights: Heights, rows: number[]): void {
  expect(heights.length).toBe(rows.length);
  expect(heights.total).toBe(rows.reduce((total, height) => total + height, 0));
  let offset = 0;
  for (const [row, height] of rows.entries()) {
    if (row % 97 === 0 || row === rows.length - 1) {
      expect(heights.offset(row)).toBe(offset);
      expect(heights.row(offset)).toBe(row);
      expect(heights.row(offset + height - 1)).toBe(row);
      expect(heights.get(row)).toBe(height);
    }
    offset += height;
  }
  expect(heights.offset(rows.length)).toBe(offset);
}

test("rows come and go at both ends, and every position is right", () => {
  const heights = new Heights();
  let rows: number[] = [];
  // Numbers that look random and are the same each time.
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 200; round += 1) {
    const some = Array.from({ length: random(400) }, () => 18 * (1 + random(3)));
    switch (random(5)) {
      case 0:
        for (const height of some) heights.push(height);
        rows.push(...some);
        break;
      case 1:
        heights.unshift(some);
        rows = some.concat(rows);
        break;
      case 2:
        heights.shift(Math.min(some.length, rows.length));
        rows.splice(0, some.length);
        break;
      case 3:
        heights.pop(Math.min(some.length, rows.length));
        rows.length = Math.max(0, rows.length - some.length);
        break;
      default:
        for (let change = 0; change < 5 && rows.length > 0; change += 1) {
          const row = random(rows.length);
          heights.set(row, 36);
          rows[row] = 36;
        }
    }
    check(heights, rows);
  }
  heights.reset([18, 36]);
  check(heights, [18, 36]);
});

test("what is drawn is what can be seen and a little more", () => {
  const heights = new Heights();
  heights.reset(new Array<number>(50_000).fill(18));
  expect(span(heights, 0, 700)).toEqual({ from: 0, to: 38 + 9, top: 0 });
  expect(span(heights, 18_000, 18_700)).toEqual({ from: 992, to: 1000 + 38 + 9, top: 992 * 18 });
  const end = span(heights, 900_000 - 700, 900_000);
  expect(end.to).toBe(50_000);
  expect(span(new Heights(), 0, 700)).toEqual({ from: 0, to: 0, top: 0 });
});

test("a text that breaks anywhere takes as many rows as it fills", () => {
  expect([wrapped(0, 80), wrapped(80, 80), wrapped(81, 80), wrapped(10, 0)]).toEqual([1, 1, 2, 1]);
});
