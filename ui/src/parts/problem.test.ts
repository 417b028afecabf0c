import { expect, test } from "vitest";

import { placed, told } from "./problem";

test("what is wrong is told with what to do about it", () => {
  expect(told({ message: "must be 0s to 1h", hint: "write less" })).toBe("must be 0s to 1h (write less)");
  expect(told({ message: "must be 0s to 1h", hint: null })).toBe("must be 0s to 1h");
});

test("what stands in another file is told with its place", () => {
  const message = "/c/other.toml:12: service.other.restrt: unknown field `restrt`";
  expect(placed({ message, hint: "did you mean `restart`?" })).toEqual({
    file: "/c/other.toml",
    line: "12",
    says: "service.other.restrt: unknown field `restrt` (did you mean `restart`?)",
  });
  expect(placed({ message: "HOB_SHELL: is not a path" })).toEqual({ says: "HOB_SHELL: is not a path" });
});
