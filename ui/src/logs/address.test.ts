import { expect, test } from "vitest";

import { parameters, place, question } from "./address";
import { EVERYTHING, type Question } from "./filter";
import { moment } from "./line";

const asked: Question = { text: "a&b=#", regex: true, matchCase: true, exclude: true, mode: "filter", level: 3, stream: "stderr", run: 7, since: "1h" };

function through(written: Record<string, string | undefined>): URLSearchParams {
  const given = Object.entries(written).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(new URLSearchParams(given).toString());
}

test("what is asked comes back as it was", () => {
  for (const one of [asked, EVERYTHING, { ...EVERYTHING, run: "latest" as const }]) {
    expect(question(through(parameters(new URLSearchParams(), one)))).toEqual(one);
  }
  const at = moment("2026-11-21T14:02:11.203456789Z");
  expect(place(through(parameters(new URLSearchParams(), asked, at)))).toEqual(at);
});

test("other parameters stay, and the usual is not written", () => {
  const query = new URLSearchParams("sources=web,api&q=old&at=x");
  expect(through(parameters(query, EVERYTHING)).toString()).toBe("sources=web%2Capi");
});

test("what nobody wrote means nothing", () => {
  const query = new URLSearchParams("level=loud&run=-1&stream=x&at=yesterday&since=ever");
  expect(question(query)).toEqual(EVERYTHING);
  expect(place(query)).toBeUndefined();
});
