import { expect, test } from "vitest";

import { moment } from "./moment";

test("a moment is a day and perhaps a time, in one form", () => {
  expect(moment("2026-11-21 14:02:11")).toEqual({ day: "2026-11-21", time: "14:02:11" });
  expect(moment(" 2026-11-21T14:02 ")).toEqual({ day: "2026-11-21", time: "14:02" });
  expect(moment("2026-11-21")).toEqual({ day: "2026-11-21", time: undefined });
  for (const none of ["", "2026-11", "21.11.2026", "2026-11-21 14", "2026-02-30 10:00", "2026-11-21 25:00"]) expect(moment(none), none).toBeUndefined();
});
