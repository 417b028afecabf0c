/** The named colours can be read where they stand: pairs of `src/shell/tokens.css`, by WCAG's formula. */

import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

const css = readFileSync(new URL("../src/shell/tokens.css", import.meta.url), "utf8");
const light = tokens(/^:root \{([^}]*)\}/m);
const dark = tokens(/^:root\[data-theme="dark"\] \{([^}]*)\}/m);
const themes = { light, dark };

function tokens(block) {
  const [, body = ""] = css.match(block) ?? [];
  return new Map([...body.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]));
}

/** As WCAG 2 defines it. */
function contrast(front, back) {
  const luminance = (colour) => {
    const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
    const [red = 0, green = 0, blue = 0] = channels.map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dim = 0, bright = 0] = [luminance(front), luminance(back)].sort((left, right) => left - right);
  return (bright + 0.05) / (dim + 0.05);
}

function check(front, backs, least) {
  for (const [theme, named] of Object.entries(themes)) {
    for (const back of backs) {
      const ratio = contrast(named.get(front) ?? "", named.get(back) ?? "");
      expect(ratio, `${front} on ${back}, ${theme}`).toBeGreaterThanOrEqual(least);
    }
  }
}

const PLACES = ["bg", "surface", "raised", "sunken", "field", "log"];

test("text can be read wherever it stands", () => {
  for (const text of ["text", "text-2", "text-3"]) check(text, [...PLACES, "select"], 4.5);
  for (const state of ["ok", "warn", "err", "info", "violet", "accent"]) check(state, PLACES, 4.5);
  for (const tone of ["ok", "warn", "err"]) check(tone, [`${tone}-soft`], 4.5);
  check("text", ["accent-soft", "warn-soft", "err-soft", "mark"], 4.5);
  check("on-accent", ["accent"], 4.5);
  check("on-err", ["err"], 4.5);
});

test("the edges of controls and the ring of the focus are seen", () => {
  check("border-strong", PLACES, 3);
  check("accent", [...PLACES, "select", "accent-soft"], 3);
});

test("dark is the same whether the system or a person has chosen it, and names what light names", () => {
  const [, system = ""] = css.match(/:root:not\(\[data-theme="light"\]\) \{([^}]*)\}/) ?? [];
  const chosen = css.match(/:root\[data-theme="dark"\] \{([^}]*)\}/)?.[1] ?? "";
  expect(system.replaceAll(/\s+/g, " ").trim()).toBe(chosen.replaceAll(/\s+/g, " ").trim());
  const own = ["ring", "quick", "slide", "sans", "mono"];
  expect([...dark.keys()]).toEqual([...light.keys()].filter((name) => !own.includes(name)));
});
