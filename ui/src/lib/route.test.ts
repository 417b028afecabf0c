import { expect, test } from "vitest";

import { address, parse } from "./route";

test("an address names the place that it was made from", () => {
  for (const path of [[], ["services"], ["services", "shop/web", "logs"], ["logs", "a?b#c d", "%"]]) {
    const { path: read, query } = parse(address(path, { q: "time&out", none: undefined }));
    expect(read).toEqual(path);
    expect([...query]).toEqual([["q", "time&out"]]);
  }
});

test("what is no address is the first page", () => {
  for (const hash of ["", "#", "#/", "#/%E0%A4%A"]) expect(parse(hash).path).toEqual([]);
});
