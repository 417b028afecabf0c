/**
 * Every made-up state of the window in a browser: nothing that axe calls serious,
 * in either theme; no complaint of the browser's, the window's policy included;
 * nothing larger than the window; and a way to everything by the keyboard alone.
 *
 * A new scene is tested by being there (`preview/scenes.ts`).
 */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { keyboard } from "./keyboard.mjs";
import { open, settle, show } from "./stage.mjs";
import { expect, here, high, missed, wide } from "./walk.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** axe says "minor" and "moderate" of what is a matter of taste. */
const SERIOUS = ["serious", "critical"];
const NORMAL = { width: 1120, height: 720 };
const SMALLEST = { width: 760, height: 520 };
/** As wide as a window is that is zoomed to twice its size. */
const ZOOMED = { width: 380, height: 520 };
/** No page has so many stops; a trap has. */
const STOPS = 600;

// Scenes are only known when they are built, and tests have to be named before.
const stage = await open();
const wanted = process.env.SCENES?.split(",");
const scenes = Object.entries(stage.scenes).filter(([name]) => wanted === undefined || wanted.some((start) => name.startsWith(start)));
after(() => stage.close());

test("there are scenes", () => assert.notEqual(Object.keys(stage.scenes).length, 0));
if (wanted === undefined || wanted.includes("keyboard")) describe("by the keyboard", () => keyboard(stage));

// As many at once as the smallest machine has processors.
describe("scenes", { concurrency: 2 }, () => {
  for (const [scene, { exempt }] of scenes) {
    // One page, one test at a time: each changes its size.
    describe(scene, { concurrency: 1 }, () => {
      let context;
      let page;
      let troubles;

      before(async () => {
        // The policy of the window is in force, so axe is put in from outside of the page.
        context = await stage.browser.newContext({ viewport: NORMAL, reducedMotion: "reduce", colorScheme: "light" });
        page = await context.newPage();
        troubles = await show(page, stage.at, scene);
      });
      after(() => context.close());

      test("axe finds nothing serious", async () => {
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await settle(page);
          // The second time only what depends on colours can differ.
          assert.deepEqual(await axe(page, exempt, colorScheme === "dark" ? ["color-contrast", "link-in-text-block"] : undefined), [], colorScheme);
        }
      });

      test("everything is reached with the Tab key, and seen", async () => {
        await page.setViewportSize(SMALLEST);
        await settle(page);
        assert.deepEqual(await walk(page), []);
      });

      test("nothing is larger than the window", async () => {
        for (const size of [NORMAL, SMALLEST, ZOOMED]) {
          await page.setViewportSize(size);
          await settle(page);
          const found = [...(await page.evaluate(wide)), ...(await page.evaluate(high))];
          assert.deepEqual(found, [], `at ${size.width}: ${found.join("\n")}`);
        }
      });

      test("the browser complains of nothing", () => assert.deepEqual(troubles, []));
    });
  }
});

async function axe(page, exempt, only) {
  const present = await page.evaluate(() => "axe" in window);
  if (!present) await evaluateFile(page, AXE);
  const found = await page.evaluate(
    ([only, exempt]) => {
      const rules = Object.fromEntries(exempt.map((id) => [id, { enabled: false }]));
      return window.axe.run(document, { resultTypes: ["violations"], rules, ...(only && { runOnly: { type: "rule", values: only } }) });
    },
    [only, exempt],
  );
  return found.violations
    .filter(({ impact }) => SERIOUS.includes(impact))
    .flatMap(({ id, help, nodes }) => nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 200)} ${any[0]?.message ?? ""}`));
}

/** Through the debugger, which the page's policy does not concern. */
async function evaluateFile(page, path) {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(path, "utf8"));
}

/** Everything that is wrong on the way. */
async function walk(page) {
  const wrong = [];
  // From the beginning of the page, or of what lies over it, wherever the scene has put the focus.
  await page.evaluate(expect);
  await page.evaluate(() => {
    const root = document.querySelector("dialog[open]") ?? document.body;
    root.tabIndex = -1;
    root.focus();
    root.removeAttribute("tabindex");
  });
  let first;
  let lost;
  let before;
  for (let stop = 0, nowhere = 0; stop < STOPS && nowhere < 3; stop += 1) {
    let found = await page.evaluate(here);
    // What is drawn anew at this moment, such as an age, is looked at once more.
    if (found?.wrong.length > 0) {
      await settle(page);
      found = await page.evaluate(here);
    }
    if (found?.number === first && stop > 1 && found !== undefined) break;
    // Past the last one the focus goes to the browser itself, and from there to the first again.
    nowhere = found === undefined ? nowhere + 1 : 0;
    if (found !== undefined && lost !== undefined) wrong.push(`${lost}: the focus is lost after it`);
    lost = found === undefined && first !== undefined ? (lost ?? before) : undefined;
    before = found?.name ?? before;
    if (found !== undefined) wrong.push(...found.wrong.map((what) => `${found.name}: ${what}`));
    if (stop === STOPS - 1) wrong.push(`after ${STOPS} stops the focus is still on its way: ${found?.name}`);
    first ??= found?.number;
    await page.keyboard.press("Tab");
  }
  return [...wrong, ...(await page.evaluate(missed)).map((name) => `${name}: never reached`)];
}
