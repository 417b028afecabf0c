/** Ways through the window that need a real browser: where the focus is, and what a key does there. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { settle, show } from "./stage.mjs";

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? "");
const title = (page) => page.locator("h1").innerText();

/** Registers the tests; each has a page of its own. */
export function keyboard(stage) {
  const at = (scene, name, walk) =>
    test(name, async () => {
      const page = await stage.browser.newPage({ reducedMotion: "reduce" });
      try {
        const troubles = await show(page, stage.at, scene);
        await walk(page);
        assert.deepEqual(troubles, []);
      } finally {
        await page.close();
      }
    });

  at("mixed", "what lies over the page goes with Escape, and the focus is where it was", async (page) => {
    await page.locator("[data-service=importer] [data-action=stop]").focus();
    for (const keys of ["Control+k", "?"]) {
      await page.keyboard.press(keys);
      await page.locator("dialog[open]").waitFor();
      // Beneath it nothing is reached.
      for (let stop = 0; stop < 5; stop += 1) {
        await page.keyboard.press("Tab");
        assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null));
      }
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      assert.equal(await focused(page), "Stop importer");
    }
  });

  at("mixed", "from the palette one goes to a page, and is at its beginning", async (page) => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("settings");
    await page.keyboard.press("Enter");
    await page.locator("[data-verdict]").first().waitFor();
    assert.equal(await title(page), "Settings");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await page.goBack();
    await page.locator("[data-service=api]").waitFor();
    assert.equal(await title(page), "Services");
  });

  at("mixed", "letters lead to pages, but not while something is typed", async (page) => {
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.locator("[data-need]").first().waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("gs?");
    assert.equal(await page.locator("dialog input").inputValue(), "gs?");
    await page.keyboard.press("Escape");
    await page.keyboard.press("F6");
    assert.equal(await focused(page), "Home");
    await page.keyboard.press("F6");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  });

  at("settings", "letters that are switched off stay so, and a theme that is chosen, too", async (page) => {
    await page.getByRole("switch", { name: "Single-letter shortcuts" }).press("Space");
    await page.getByRole("radio", { name: "System" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.reload();
    await page.locator("[data-verdict]").first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.keyboard.press("?");
    assert.equal(await page.locator("dialog").count(), 0);
  });

  at("approval-danger", "the dialog's answers are in sight where its window is low, and what they are about scrolls", async (page) => {
    const height = 442;
    await page.setViewportSize({ width: 600, height });
    for (const action of ["deny", "allow"]) {
      const box = await page.locator(`[data-action=${action}]`).boundingBox();
      assert.ok(box !== null && box.y + box.height <= height, `${action} ends at ${box?.y + box?.height}`);
    }
    assert.ok(await page.locator(".body").evaluate((body) => body.clientHeight < body.scrollHeight));
  });

  at("approval-danger", "what is remarked on is seen before anything is allowed", async (page) => {
    await page.setViewportSize({ width: 600, height: 442 });
    // What was in sight in a larger one was seen.
    await page.reload();
    const allow = page.locator("[data-action=allow]");
    await page.locator("[data-armed=true]").waitFor();
    assert.equal(await allow.getAttribute("aria-disabled"), "true");
    const unseen = page.locator(".unseen");
    // Each press of it shows another remark, at least.
    for (let presses = 0; presses < 8 && 0 < (await unseen.count()); presses += 1) {
      const before = await unseen.getAttribute("data-more");
      await unseen.click();
      await page.waitForFunction((before) => document.querySelector(".unseen")?.getAttribute("data-more") !== before, before);
    }
    assert.equal(await unseen.count(), 0);
    // After the last of them nothing is decided for a second once more.
    await page.locator("[data-armed=true]").waitFor();
    assert.equal(await allow.getAttribute("aria-disabled"), "false");
  });

  at("approval", "what says nothing but notes is allowed without reading on, and says that there is more", async (page) => {
    await page.setViewportSize({ width: 600, height: 442 });
    // What was in sight in a larger one was seen.
    await page.reload();
    await page.locator("[data-armed=true]").waitFor();
    assert.equal(await page.locator("[data-action=allow]").getAttribute("aria-disabled"), "false");
    for (let presses = 0; presses < 8; presses += 1) {
      await page.evaluate(() => document.querySelector("[data-more]")?.click());
      await settle(page);
    }
    assert.equal(await page.locator("[data-more]").count(), 0);
    assert.ok(await page.locator(".body").evaluate((body) => body.scrollHeight - body.clientHeight - body.scrollTop <= 8));
  });

  at("parts", "a menu is walked through with the arrows and left with Escape", async (page) => {
    await page.getByRole("button", { name: "More" }).press("Enter");
    assert.equal(await focused(page), "Restart r");
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(page), "Delete…");
    await page.keyboard.press("c");
    assert.equal(await focused(page), "Copy command");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "More");
    assert.equal(await page.getByRole("menu").count(), 0);
  });

  at("parts", "a toast goes by itself, but not while the focus is on it", async (page) => {
    await page.clock.install();
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.focus();
    await page.clock.fastForward(60_000);
    assert.equal(await undo.count(), 1);
    await page.keyboard.press("Enter");
    await undo.waitFor({ state: "detached" });
  });
}
