/**
 * What a fast service does to the log viewer, in Chromium: `npm run bench:logs`,
 * or with another number of seconds or of lines a second: `npm run bench:logs -- 10 50000`.
 *
 * Of each task of the page's thread it tells the time on the processor, which
 * does not depend on what else runs on the machine, and the time on the clock,
 * which does. It fails if a task takes 50 ms of the processor at p99, or if
 * elements or memory grow.
 */

import assert from "node:assert/strict";

import { open, show } from "./stage.mjs";

const seconds = Number(process.argv[2] ?? 30);
const rate = Number(process.argv[3] ?? 20_000);
const MOST_NODES = 1500;
const MOST_HEAP = 200;
/** Most tasks are timers that do nothing; those that do less than this say nothing about the others. */
const SOME_WORK = 1;

const stage = await open();
const page = await stage.browser.newPage({ viewport: { width: 1120, height: 720 } });
const session = await page.context().newCDPSession(page);
assert.deepEqual(await show(page, stage.at, "logs-flood"), []);

const heaps = [];
await phase("following", seconds, undefined);
await phase("searching", seconds / 3, async () => {
  await page.fill("[data-search]", "timeout");
  await page.locator("[data-log]").focus();
});
await phase("filtering by an expression", seconds / 3, () => page.evaluate(() => (location.hash = "#/logs?q=retry%3D\\d&regex=1&filter=1")));
await phase("searching, wrapped", seconds / 3, async () => {
  await page.evaluate(() => (location.hash = "#/logs?q=retry"));
  await page.keyboard.press("w");
});
await phase("reading what went by", seconds / 3, () => page.keyboard.press("PageUp"));
const pill = await page.locator("[data-pill]").innerText();
await phase("following again", seconds / 3, () => page.keyboard.press("f"));
console.log(`${pill.trim()}; ${(await page.locator("footer").innerText()).replaceAll(/\s+/g, " ")}`);
await stage.close();
assert.ok(Math.max(...heaps.slice(1)) < heaps[0] + 60, `the heap grows: ${heaps} MiB`);

async function phase(name, part, act) {
  await act?.();
  await stage.browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  const measured = await page.evaluate((wish) => window.flood(wish), { rate, seconds: part });
  const tasks = busy(JSON.parse(String(await stage.browser.stopTracing())).traceEvents);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes } = await session.send("Memory.getDOMCounters");
  const heap = Math.round(usedSize / (1 << 20));
  heaps.push(heap);
  const share = Math.round((100 * tasks.reduce((sum, task) => sum + task.processor, 0)) / 1000 / measured.seconds);
  const processor = quantiles(tasks.map((task) => task.processor));
  const clock = quantiles(tasks.map((task) => task.clock));
  console.log(
    `${name.padEnd(26)} ${String(Math.round(measured.lines / measured.seconds)).padStart(6)} lines/s` +
      `  tasks: processor p50 ${processor.p50} p99 ${processor.p99} max ${processor.max} ms, clock p50 ${clock.p50} p99 ${clock.p99} max ${clock.max} ms` +
      `  ${share} % of a processor  ${measured.nodes} elements, ${nodes} nodes  heap ${heap} MiB`,
  );
  assert.ok(processor.p99 < 50, `${name}: a task of ${processor.p99} ms at p99`);
  assert.ok(measured.nodes < MOST_NODES, `${name}: ${measured.nodes} elements`);
  assert.ok(heap < MOST_HEAP, `${name}: ${heap} MiB`);
}

/** The tasks of the page's own thread that did something. */
function busy(events) {
  const draws = new Set(events.filter(({ name }) => name === "FireAnimationFrame").map(({ pid, tid }) => `${pid} ${tid}`));
  return events
    .filter(({ name, ph, pid, tid }) => ph === "X" && name.endsWith("RunTask") && draws.has(`${pid} ${tid}`))
    .map(({ dur, tdur }) => ({ clock: dur / 1000, processor: (tdur ?? dur) / 1000 }))
    .filter(({ clock }) => clock >= SOME_WORK);
}

function quantiles(values) {
  values.sort((left, right) => left - right);
  const at = (share) => Math.round(10 * (values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0)) / 10;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
