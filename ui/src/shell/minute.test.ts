import { expect, test } from "vitest";

import { toTheMinute } from "./minute";

test("a time has no seconds, today and on another day", () => {
  const now = new Date(2026, 10, 21, 14, 7).getTime();
  expect(toTheMinute(new Date(2026, 10, 21, 15, 0, 7).toISOString(), now)).toBe("15:00");
  expect(toTheMinute(new Date(2026, 10, 22, 8, 30, 7).toISOString(), now)).toBe("22 Nov, 08:30");
  expect(toTheMinute("soon", now)).toBe("soon");
});
