import { expect, test } from "vitest";

import { ALL, begin, CHOICES, fromField, isMoment, read, toField } from "./since";

const NOW = new Date(2026, 10, 21, 14, 7, 32).getTime();

test("a stretch ends now, today begins at midnight, and a moment is itself", () => {
  expect(begin("5m", NOW)).toBe(NOW - 300_000);
  expect(begin("1h", NOW)).toBe(NOW - 3_600_000);
  expect(begin("today", NOW)).toBe(new Date(2026, 10, 21).getTime());
  expect(begin("2026-11-21T10:00:00Z", NOW)).toBe(Date.parse("2026-11-21T10:00:00Z"));
  expect(begin(ALL, NOW)).toBeUndefined();
});

test("what nobody chose is all", () => {
  for (const text of [null, "", "5 m", "yesterday", "2026-99-99T10:00:00Z", "2026-11-21", "<b>"]) expect(read(text)).toBe(ALL);
  for (const { since } of CHOICES) expect(read(since)).toBe(since);
  expect(read("2026-11-21T10:00:00Z")).toBe("2026-11-21T10:00:00Z");
});

test("a time of one's own goes into its field and comes back", () => {
  const chosen = fromField(toField(NOW));
  expect(chosen && isMoment(chosen) && begin(chosen, 0)).toBe(NOW);
  expect(toField(NOW)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const minute = fromField("2026-11-21T14:02:00");
  expect([" 2026-11-21 14:02 ", "2026-11-21 14:02:00"].map(fromField)).toEqual([minute, minute]);
  expect(fromField("2026-11-21")).toBe(fromField("2026-11-21 00:00"));
  for (const text of ["", "soon", "21/11/2026", "2026-11-21 2 PM", "2026-99-99"]) expect(fromField(text)).toBeUndefined();
});
