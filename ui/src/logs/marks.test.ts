import { expect, test } from "vitest";

import { glimpse, marked } from "./marks";

function said(text: string, ranges: [number, number][]): string {
  return marked(text, ranges)
    .map(({ text, style, token, mark }) => `${style && `[${style}]`}${mark ? `«${text}»` : token ? `<${text}>` : text}`)
    .join("|");
}

test("what was found is set apart, also across colours", () => {
  expect(said("a timeout b", [[2, 9]])).toBe("a |«timeout»| b");
  expect(said("conn\u001b[31mected\u001b[0m!", [[2, 6]])).toBe("co|«nn»|[front-red]«ec»|[front-red]ted|!");
  expect(said("aXbX", [[1, 2], [3, 4]])).toBe("a|«X»|b|«X»");
  expect(said("abc", [])).toBe("abc");
});

test("a token is found as a whole, and does not shift what is behind it", () => {
  expect(said("a\u202eb", [[1, 2]])).toBe("a|«\\u{202e}»|b");
  expect(said("\u001b[2Jab", [[5, 6]])).toBe("<\\u{1b}[2J>|a|«b»");
  expect(said("\u{e0041}ab", [[2, 3]])).toBe("<\\u{e0041}>|«a»|b");
});

test("of a long line what was found is seen", () => {
  const text = `${"x".repeat(5000)}needle${"y".repeat(5000)}`;
  expect(glimpse(text, [])).toMatchObject({ text: "x".repeat(240), before: false, after: true });
  const found = glimpse(text, [[5000, 5006]]);
  expect(found).toMatchObject({ ranges: [[60, 66]], before: true, after: true });
  expect(found.text.slice(60, 66)).toBe("needle");
});
