/**
 * A service that writes faster than anybody reads, and what that does to the page.
 *
 * The scene `logs-flood` offers it as `window.flood`, so that the same run can be
 * made in every engine: by `npm run bench:logs` in Chromium, and through WebDriver
 * in the window that ships. Items come as text and are parsed, as over a channel.
 * How long the page was busy is measured by timers that come too late, which
 * every engine has; its own long tasks are counted where it tells of them.
 */

import type { FollowItem, LogLine } from "../src/lib/api/types.gen";

export interface Wish {
  /** Lines a second. */
  rate: number;
  seconds: number;
}

export interface Measured {
  lines: number;
  seconds: number;
  /** Timers of 4 ms: how much later they came, in milliseconds. */
  samples: number;
  late: { p50: number; p99: number; max: number };
  over50: number;
  /** Where the browser tells of tasks that took 50 ms or more; the share of all time. */
  longTasks: number | undefined;
  frames: number;
  /** Elements in the document, at most. */
  nodes: number;
  /** JavaScript's heap in MiB, at its end, where the browser tells. */
  heap: number | undefined;
}

/** Lines in an item, as the daemon sends them. */
const TOGETHER = 500;
const STEP = 20;

const SAMPLES = [
  '127.0.0.1 - "GET /products?page=2 HTTP/1.1" 200 7610 46ms',
  '{"level":"info","msg":"request","method":"GET","path":"/cart","status":200,"ms":12,"trace":"4bf92f3577b34da6a3ce929d0e0e4736"}',
  "\u001b[2m2026-11-21T14:02:11Z\u001b[0m \u001b[33m WARN\u001b[0m upstream \u001b[1mcache\u001b[0m timeout after 3000 ms path=/cart retry=2",
  "level=debug ts=2026-11-21T14:02:11Z caller=pool.go:118 msg=\"connection reused\" idle=7 busy=3",
  "ERROR connect ECONNREFUSED 127.0.0.1:6379",
  "    at Queue.open (/home/ada/src/shop/worker/src/queue.js:48:22)",
  "    at Worker.start (/home/ada/src/shop/worker/src/worker.js:31:11)",
  `a line of some length ${"lorem ipsum dolor sit amet ".repeat(9)}`,
];

/** Items as text; their times are filled in when they are sent. */
function items(): string[] {
  return Array.from({ length: 24 }, (_, item) => {
    const lines = Array.from({ length: TOGETHER }, (_, index): LogLine => {
      const number = item * TOGETHER + index;
      const text = `${SAMPLES[(number * 5) % SAMPLES.length] ?? ""} #${number}`;
      return { time: `@@${String(index * 2000).padStart(6, "0")}Z`, service: number % 3 === 0 ? "api" : "worker", stream: number % 4 === 0 ? "stderr" : "stdout", run: 3, text };
    });
    return JSON.stringify({ lines } satisfies FollowItem);
  });
}

/** What lets it begin; the items are made before, so that this is not measured. */
export function flooding(send: (item: unknown) => void): (wish: Wish) => Promise<Measured> {
  const texts = items();
  return (wish) => flood(texts, send, wish);
}

async function flood(texts: readonly string[], send: (item: unknown) => void, { rate, seconds }: Wish): Promise<Measured> {
  const late: number[] = [];
  let frames = 0;
  let nodes = 0;
  let sent = 0;
  let goes = true;
  let longTasks: number | undefined;
  const observer = typeof PerformanceObserver !== "undefined" && PerformanceObserver.supportedEntryTypes?.includes("longtask") ? new PerformanceObserver((list) => (longTasks = (longTasks ?? 0) + list.getEntries().length)) : undefined;
  if (observer) longTasks = 0;
  observer?.observe({ entryTypes: ["longtask"] });

  const begin = performance.now();
  let due = begin + 4;
  const probe = () => {
    const now = performance.now();
    late.push(Math.max(0, now - due));
    due = now + 4;
    if (goes) setTimeout(probe, 4);
  };
  setTimeout(probe, 4);
  const frame = () => {
    frames += 1;
    if (frames % 30 === 0) nodes = Math.max(nodes, document.getElementsByTagName("*").length);
    if (goes) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  await new Promise<void>((resolve) => {
    // Each item is a task of its own, as each message of a channel is.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // Later than all before: the daemon's lines are in order.
      const at = new Date().toISOString().slice(0, 23);
      const text = texts[(sent / TOGETHER) % texts.length] ?? "";
      sent += TOGETHER;
      send(JSON.parse(text.replaceAll("@@", at)));
      more();
    };
    const more = () => {
      const elapsed = performance.now() - begin;
      if (elapsed >= seconds * 1000) return resolve();
      if (sent + TOGETHER <= (elapsed / 1000) * rate) port2.postMessage(0);
      else setTimeout(more, STEP);
    };
    more();
  });
  goes = false;
  observer?.disconnect();
  late.sort((left, right) => left - right);
  const at = (share: number) => Math.round((late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0) * 10) / 10;
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  return {
    lines: sent,
    seconds: Math.round((performance.now() - begin) / 100) / 10,
    samples: late.length,
    late: { p50: at(0.5), p99: at(0.99), max: at(1) },
    over50: late.filter((milliseconds) => milliseconds > 50).length,
    longTasks,
    frames,
    nodes: Math.max(nodes, document.getElementsByTagName("*").length),
    heap: memory && Math.round(memory.usedJSHeapSize / (1 << 20)),
  };
}
