/**
 * The made-up states of `preview/`, built as the pages are, and a browser to see
 * them in.
 *
 * They are served under the window's own policy, so that what that forbids is
 * found here and not first on a desktop. WebKitGTK is what ships; that pages work
 * there is shown by the tests of the desktop.
 */

import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import { build, preview } from "vite";

const ui = fileURLToPath(new URL("..", import.meta.url));
const outDir = fileURLToPath(new URL("../../target/preview", import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? onPath("chromium");

/** How long anything may take on a machine that has other things to do. */
const PATIENCE = 90_000;

/** Opens the browser; `close` ends all that was begun. */
export async function open() {
  if (CHROMIUM === undefined) throw new Error("no Chromium: scripts/setup browser installs it, or CHROMIUM names one");
  const config = { root: ui, logLevel: "warn", base: "/" };
  await build({ ...config, build: { outDir, emptyOutDir: true, rolldownOptions: { input: `${ui}/preview/index.html` } } });
  const headers = { "Content-Security-Policy": policy() };
  const server = await preview({ ...config, build: { outDir }, preview: { host: "127.0.0.1", port: 0, headers } });
  // As root, which is what a container is, its sandbox does not start; it sees nothing but our own pages.
  // A container's shared memory may be too small for it.
  const args = ["--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args, timeout: PATIENCE });
  const at = `${server.resolvedUrls.local[0]}preview/index.html`;
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { browser, at, close, scenes: await scenes(browser, at) };
}

/** Goes to a scene and waits until nothing moves; `troubles` is what the browser complained of. */
export async function show(page, at, scene) {
  const troubles = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("requestfailed", (request) => {
    const trouble = request.failure()?.errorText;
    // The browser gives up an icon that it asked for twice; a page that lacks something says another thing.
    if (trouble !== "net::ERR_ABORTED") troubles.push(`${request.url()}: ${trouble}`);
  });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${at}?${scene}`);
  await page.waitForSelector(`html[data-scene="${scene}"]`, { state: "attached" });
  await settle(page);
  return troubles;
}

/** Until fonts are there and every animation is over. */
export async function settle(page) {
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}

async function scenes(browser, at) {
  const page = await browser.newPage();
  await page.goto(at);
  await page.waitForFunction(() => "scenes" in window);
  const found = await page.evaluate(() => window.scenes);
  await page.close();
  return found;
}

function onPath(command) {
  const places = (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, command));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** That of the desktop's window. */
function policy() {
  const { app } = JSON.parse(readFileSync(new URL("../../src-tauri/tauri.conf.json", import.meta.url), "utf8"));
  return Object.entries(app.security.csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}
