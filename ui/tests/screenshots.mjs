/**
 * Pictures of every scene, light and dark, in the usual size and the smallest;
 * of the dialog its own window, as it is on screens of these sizes: `make screenshots`.
 */

import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { open, settle, show } from "./stage.mjs";

const SIZES = [
  { width: 1120, height: 720 },
  { width: 760, height: 520 },
];
/** How wide the dialog's window is and how high at first, and how much of a screen it takes at most. */
const DIALOG = { width: 600, height: 560 };
const OF_SCREEN = 0.85;
const isDialog = (scene) => /^approval(-|$)/.test(scene);
const target = fileURLToPath(new URL("../../target/screenshots", import.meta.url));
/** Only those whose names begin so, where some are named. */
const wanted = process.argv.slice(2);

const stage = await open();
if (wanted.length === 0) rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
let pictures = 0;
for (const scene of Object.keys(stage.scenes)) {
  if (wanted.length > 0 && !wanted.some((name) => scene.startsWith(name))) continue;
  for (const size of SIZES) {
    const page = await stage.browser.newPage({ viewport: isDialog(scene) ? DIALOG : size, deviceScaleFactor: 2, reducedMotion: "reduce", colorScheme: "light", timezoneId: "Europe/Madrid", locale: "en-GB" });
    await show(page, stage.at, scene);
    if (isDialog(scene)) await fit(page, size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await settle(page);
      await page.screenshot({ path: `${target}/${scene}-${size.width}x${size.height}-${colorScheme}.png` });
      pictures += 1;
    }
    await page.close();
  }
}
await stage.close();
console.log(`${pictures} pictures in ${target}`);

/** Makes it as high as its window does (`src/approval/Approval.svelte`), and waits until the answers count. */
async function fit(page, screen) {
  const height = await page.evaluate(() => {
    const [frame, body, content] = [".dialog", ".body", ".content"].map((part) => document.querySelector(part));
    return frame && body && content ? frame.scrollHeight - body.clientHeight + content.offsetHeight : innerHeight;
  });
  await page.setViewportSize({ ...DIALOG, height: Math.min(Math.ceil(height), OF_SCREEN * screen.height) });
  if (0 < (await page.locator("[data-action=allow]").count())) await page.waitForSelector("[data-armed=true]");
}
