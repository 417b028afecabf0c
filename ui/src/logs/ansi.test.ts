import { expect, test } from "vitest";

import { pieces, plain } from "./ansi";

/** `[style]text`, tokens in angle brackets. */
function said(text: string): string {
  return pieces(text)
    .map((piece) => `${piece.style && `[${piece.style}]`}${piece.token ? `<${piece.text}>` : piece.text}`)
    .join("|");
}

test("colours and weights become classes", () => {
  for (const [text, expected] of [
    ["plain", "plain"],
    ["\u001b[31mred\u001b[0m not", "[front-red]red| not"],
    ["\u001b[1;32mok\u001b[22m \u001b[39mno", "[bold front-green]ok|[front-green] |no"],
    ["\u001b[2mdim\u001b[m", "[dim]dim"],
    ["\u001b[90mgrey \u001b[95mpink", "[front-grey]grey |[front-magenta]pink"],
    ["\u001b[38;5;196mcube \u001b[38;2;10;200;30mtrue", "[front-red]cube |[front-green]true"],
    ["\u001b[41;33mground", "[back-red]ground"],
    ["\u001b[34;7minverse", "[inverse back-blue]inverse"],
    ["\u001b[4:3munder\u001b[24m", "[underline]under"],
    ["\u001b[38:2::10:20:250mtrue \u001b[3;9;53mboth", "[front-blue]true |[italic struck front-blue]both"],
  ] as const) {
    expect(said(text), text).toBe(expected);
  }
});

test("every other escape is text", () => {
  expect(said("a\u001b[2Jb")).toBe("a|<\\u{1b}[2J>|b");
  expect(said("\u001b[10;20Hx\u001b[?25l")).toBe("<\\u{1b}[10;20H>|x|<\\u{1b}[?25l>");
  expect(said("\u001b]0;owned\u0007x")).toBe("<\\u{1b}]0;owned\\u{7}>|x");
  expect(said("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\")).toBe("<\\u{1b}]8;;http://x\\u{1b}\\>|link|<\\u{1b}]8;;\\u{1b}\\>");
  expect(said("\u001bc\u001b")).toBe("<\\u{1b}c>|<\\u{1b}>");
  expect(said("\u009b31mx")).toBe("<\\u{9b}31m>|x");
  expect(said("\u001b[31")).toBe("<\\u{1b}[31>");
});

test("what could fool a reader is a token, and tabs are tabs", () => {
  expect(said("50%\r100%")).toBe("50%|<\\r>|100%");
  expect(said("a\u202eb\u200bc\ta")).toBe("a|<\\u{202e}>|b|<\\u{200b}>|c\ta");
  expect(said("\u0000\u0007\u007f")).toBe("<\\u{0}>|<\\u{7}>|<\\u{7f}>");
  expect(said("<b>&amp; שלום 東京 🙂")).toBe("<b>&amp; שלום 東京 🙂");
});

test("the colour of one piece is that of the next one, too", () => {
  expect(said("\u001b[31ma\u202eb")).toBe("[front-red]a|[front-red]<\\u{202e}>|[front-red]b");
});

test("what is searched is what is read", () => {
  expect(plain("\u001b[31mred\u001b[0m \u001b[2J")).toBe("red \u001b[2J");
  expect(pieces("\u001b[31m")).toEqual([]);
});

test("no piece is lost of a long line", () => {
  const text = "x".repeat(1 << 20);
  expect(pieces(text)).toEqual([{ text, style: "", token: false, length: 1 << 20 }]);
});
