import { expect, test } from "vitest";

import { cause, event, parts, pieces, reason, sentence, visible, whole } from "./text";

test("what could fool a reader is shown as an escape", () => {
  expect(visible("a\u001b[2Jb\u202ec\nd")).toBe("a\\u{1b}[2Jb\\u{202e}c\\nd");
  for (const hidden of ["\u0000", "\u007f", "\u009b", "\u00ad", "\u200b", "\u2066", "\ufeff", "\ue000", "\u{e0041}", "\ud800"]) {
    expect(visible(hidden)).toMatch(/^\\([nrt]|u\{[0-9a-f]{1,6}\})$/);
  }
});

test("what people write is left alone", () => {
  for (const text of ["", "naïve 東京 🙂", "שלום", "a\u00a0b\u202fc", "<b>&amp;"]) expect(visible(text)).toBe(text);
});

test("pieces set tokens apart, and lose nothing", () => {
  expect(pieces("\u202eweb\n\n")).toEqual([
    { text: "\\u{202e}", token: true },
    { text: "web", token: false },
    { text: "\\n", token: true },
    { text: "\\n", token: true },
  ]);
  expect(pieces("web")).toEqual([{ text: "web", token: false }]);
  expect(pieces("")).toEqual([]);
});

test("a phrase that stands alone is a sentence; a path or a command is none", () => {
  expect(sentence("nothing answers on /run/hob.sock")).toBe("Nothing answers on /run/hob.sock");
  expect(sentence("once, on 1 December 2026 at 09:00")).toBe("Once, on 1 December 2026 at 09:00");
  for (const text of ["`hob logs web` shows it", "/run/hob.sock is gone", "hob.sock is gone", "é", ""]) {
    expect(sentence(text)).toBe(text);
  }
});

test("a reason is a sentence, and says its length as the window does", () => {
  expect(reason("exited with 75 after 3.1s: retry in 30s")).toBe("Exited with 75 after 3.1\u202fs: retry in 30s");
  expect(reason("gave up after 6 crashes in a row: exited with 1 after 6m30s")).toBe("Gave up after 6 crashes in a row: exited with 1 after 6\u202fm\u00a030\u202fs");
  expect(reason("exited with 1 after 1.4s; restart 3 of 6 in 8s")).toBe("Exited with 1 after 1.4\u202fs; restart 3 of 6 in 8\u202fs");
  expect(reason("exited with 1 after 1.4s; gave up: in 8s")).toBe("Exited with 1 after 1.4\u202fs; gave up: in 8s");
  for (const text of ["Timed out", "psql: in 5 steps", "web.sh: after 5sec"]) expect(reason(text)).toBe(text);
});

test("lengths in what the daemon says in a log are as elsewhere", () => {
  expect(event("exited with 1 after 1.4s; restart 5 of 6 in 32s")).toBe("exited with 1 after 1.4\u202fs; restart 5 of 6 in 32\u202fs");
  expect(event("did not end within 10s and is killed")).toBe("did not end within 10\u202fs and is killed");
  expect(event("exited with 1 after 6m30s: no; in 5s")).toBe("exited with 1 after 6\u202fm\u00a030\u202fs: no; in 5s");
});

test("a sentence ends, and only once", () => {
  expect(["nothing answers", "it is gone.", "is it?", "it is read…", "see `hob logs`"].map(whole)).toEqual([
    "Nothing answers.",
    "It is gone.",
    "Is it?",
    "It is read…",
    "See `hob logs`.",
  ]);
});

test("that something failed is said once", () => {
  expect(cause("web failed: exit 1", "web")).toBe("exit 1");
  for (const message of ["web is held", "db failed: exit 1", "the web failed: exit 1"]) expect(cause(message, "web")).toBe(message);
});

test("what a machine reads is set apart in a sentence", () => {
  const code = (text: string) => parts(text).filter((part) => part.code).map((part) => part.text);
  expect(code("see `hob logs`, or /var/log/hob.log.")).toEqual(["hob logs", "/var/log/hob.log"]);
  expect(code("/home/ada/x.toml:12: rule.argv is not closed")).toEqual(["/home/ada/x.toml:12"]);
  expect(code('no program "node" in PATH /usr/bin:/bin')).toEqual(["/usr/bin:/bin"]);
  expect(code("https://example.org/health answers (~/src/shop)")).toEqual(["https://example.org/health", "~/src/shop"]);
  for (const text of ["this and/or that", "1 / 2", "an ` alone", ""]) expect(code(text)).toEqual([]);
  expect(parts("see `x`.").map(({ text }) => text)).toEqual(["see ", "x", "."]);
});
