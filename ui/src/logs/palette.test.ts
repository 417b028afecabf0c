// @ts-expect-error Node's types are no dependency: this is the one place here that reads a file.
import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

// Not imported: of style sheets that are, tests get nothing.
const app: string = readFileSync("src/shell/tokens.css", "utf8");
const palette: string = readFileSync("src/logs/palette.css", "utf8");

/** The values of one theme. */
function theme(css: string, isDark: boolean): Map<string, string> {
  const begin = css.split(':root[data-theme="dark"]');
  const parts = isDark ? begin : [(begin[0] ?? "").split("@media")[0] ?? ""];
  const values = new Map<string, string>();
  for (const part of parts) {
    for (const [, name = "", value = ""] of (part.split("@media (prefers-contrast")[0] ?? "").matchAll(/(--[\w-]+):\s*([^;]+);/g)) {
      values.set(name, value.replace(/light-dark\((.*), (.*)\)/, isDark ? "$2" : "$1"));
    }
  }
  return values;
}

function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (high + 0.05) / (low + 0.05);
}

function mixed(colour: string, share: number, ground: string): string {
  const part = (at: number) => {
    const [top, bottom] = [colour, ground].map((text) => Number.parseInt(text.slice(at, at + 2), 16));
    return Math.round((top ?? 0) * share + (bottom ?? 0) * (1 - share)).toString(16).padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}

for (const isDark of [false, true]) {
  const colours = new Map([...theme(app, isDark), ...theme(palette, isDark)]);
  const colour = (name: string): string => {
    const value = colours.get(name) ?? "";
    const other = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
    return other === undefined ? value : colour(other);
  };
  const sources = Array.from({ length: 8 }, (_, index) => `--source-${index}`);
  const escapes = ["black", "grey", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].map((name) => `--ansi-${name}`);

  test(`every colour of the ${isDark ? "dark" : "light"} pane can be read`, () => {
    // A row is also pointed at, and chosen.
    for (const ground of [colour("--log"), colour("--surface"), mixed(colour("--select"), 0.75, colour("--log"))]) {
      for (const name of [...sources, ...escapes]) {
        expect(contrast(colour(name), ground), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const name of escapes) {
      expect(contrast(colour("--text"), mixed(colour(name), 0.25, colour("--log"))), `on ${name}`).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(colour("--text"), colour("--mark"))).toBeGreaterThanOrEqual(4.5);
  });

  test(`no source of the ${isDark ? "dark" : "light"} pane is louder than another`, () => {
    const all = sources.map((name) => contrast(colour(name), colour("--log")));
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(1.25);
    expect(new Set(sources.map(colour)).size).toBe(8);
  });
}
