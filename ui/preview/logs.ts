/** The log viewer: merged, searched, filtered, paused, empty for each reason, and with what nobody should write. */

import { mount } from "svelte";

import App from "../src/App.svelte";
import type { FollowItem, LogLine, ServiceFollow } from "../src/lib/api/types.gen";
import { Fault } from "../src/lib/api/transport";
import type { Status } from "../src/services/status";
import { drawn, named, secondsAgo, type Scene, type Scenes } from "./scene";
import { flooding } from "./flood";
import { mixed } from "./services";

type Told = [ago: number, service: string, stream: LogLine["stream"], text: string];

const WORKER_TRACE = [
  "Error: connect ECONNREFUSED 127.0.0.1:6379",
  "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",
  "    at TCPConnectWrap.callbackTrampoline (node:internal/async_hooks:130:17)",
  "    at Redis.connect (/home/ada/src/shop/worker/node_modules/ioredis/built/redis/index.js:121:40)",
  "    at Queue.open (/home/ada/src/shop/worker/src/queue.js:48:22)",
  "    at Worker.start (/home/ada/src/shop/worker/src/worker.js:31:11)",
  "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
  "    at async main (/home/ada/src/shop/worker/src/main.js:14:3) {",
  "  errno: -111,",
  "  code: 'ECONNREFUSED',",
  "  syscall: 'connect',",
  "  address: '127.0.0.1',",
  "  port: 6379",
  "}",
];

function crash(ago: number, attempt: number): Told[] {
  return [
    [ago, "worker", "stdout", `\u001b[2m[worker]\u001b[0m boot pid=${48_150 + attempt * 11} node=v22.11.0`],
    [ago - 0.13, "worker", "stdout", "\u001b[2m[worker]\u001b[0m \u001b[32minfo\u001b[0m  loading 14 queues from ./queues.json"],
    ...WORKER_TRACE.map((text): Told => [ago - 1.32, "worker", "stderr", text]),
    [ago - 1.4, "worker", "event", attempt < 6 ? `exited with 1 after 1.4s; restart ${attempt} of 6 in ${2 ** attempt}s` : "exited with 1 after 1.4s; gave up after 6 crashes in a row"],
  ];
}

const PATHS = ["/cart", "/products?page=2", "/products/4711", "/", "/static/app.css", "/checkout", "/search?q=teapot", "/health"];

/** A quarter of an hour of a shop that loses its cache. */
function story(): Told[] {
  const told: Told[] = [];
  for (let index = 0; index < 260; index += 1) {
    const ago = 900 - index * 3.3;
    const path = PATHS[(index * 7) % PATHS.length] ?? "/";
    const ms = 4 + ((index * 37) % 60);
    told.push([ago, "shop/web", "stdout", `127.0.0.1 - "GET ${path} HTTP/1.1" ${index % 41 === 40 ? 404 : 200} ${812 + ((index * 613) % 9000)} ${ms}ms`]);
    if (index % 5 === 0) told.push([ago - 0.04, "api", "stdout", `{"level":"info","time":"${secondsAgo(ago)}","msg":"request","method":"GET","path":"${path}","status":200,"ms":${ms},"trace":"4bf92f35${(index * 7919).toString(16).padStart(8, "0")}"}`]);
    if (index % 23 === 11) told.push([ago - 1.1, "api", "stderr", `\u001b[33mWARN\u001b[0m  upstream \u001b[1mcache\u001b[0m timeout after 3000 ms, path=${path} retry=${(index % 3) + 1}`]);
    if (index % 67 === 30) told.push([ago - 1.6, "cache", "stdout", "# DB saved on disk; 41 MB used, 12 keys evicted"]);
  }
  told.push(...crash(118, 4), ...crash(64, 5), ...crash(13.6, 6));
  told.push(
    [40, "api", "stderr", "\u001b[31mERROR\u001b[0m cache unavailable, serving stale prices for 214 products"],
    [9.2, "api", "stderr", "\u001b[33mWARN\u001b[0m  upstream \u001b[1mcache\u001b[0m timeout after 3000 ms, path=/cart retry=2"],
    [6.4, "api", "stdout", '{"level":"info","msg":"retry","n":3,"path":"/cart","after_ms":250,"upstream":{"name":"cache","address":"127.0.0.1:6380"}}'],
    [2.2, "shop/web", "stdout", '127.0.0.1 - "POST /checkout HTTP/1.1" 502 157 3012ms'],
  );
  return told.sort(([left], [right]) => right - left);
}

function line([ago, service, stream, text]: Told): LogLine {
  return { time: secondsAgo(ago), service, stream, text, run: service === "worker" ? 6 : 3 };
}

const usual = mixed.filter(({ name }) => ["api", "cache", "mailpit", "shop/web", "worker"].includes(name));
const board = named("service", usual);

/** A daemon whose services have written this. */
function writes(told: () => Told[], more = true): Pick<Scene, "feeds" | "answers"> {
  const lines = told().map(line);
  const of = (names: readonly string[] = []) => lines.filter(({ service }) => names.includes(service));
  return {
    feeds: {
      "service.follow": (params) => {
        const { names = [], after = {} } = params as ServiceFollow;
        const places = Object.fromEntries(names.map((name) => [name, "0"]));
        const item: FollowItem = { lines: of(names.filter((name) => !(name in after))), more, places };
        return [item];
      },
    },
    answers: { "service.logs": (params) => ({ lines: of((params as { names: string[] }).names).slice(-200), more: false }) },
  };
}

const shop = writes(story);
const only = (name: string, query = "") => `/logs?sources=${encodeURIComponent(name)}${query}`;
const quiet = writes(() => [], false);
const single = (status: Status, query = ""): Scene => ({ at: only(status.name, query), board: named("service", [status]), ...quiet });

const key = (name: string) => document.querySelector("[data-log]")?.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)));

async function keys(...names: string[]): Promise<void> {
  await drawn("[data-seq]");
  // Who presses keys has seen the past come in.
  for (let before = -1, now = 0; before !== now; now = document.querySelectorAll("[data-seq]").length) {
    before = now;
    await frame();
    await frame();
  }
  for (const name of names) {
    key(name);
    await frame();
  }
}

const HOSTILE: Told[] = [
  [9, "worker", "stdout", "<script>alert(1)</script><img src=x onerror=alert(2)> &amp; <b>bold</b>"],
  [8.9, "worker", "stdout", "invoice\u202egpj.exe \u2066isolated\u2069 zero\u200bwidth \ufeffbom"],
  [8.8, "worker", "stdout", "\u001b[2J\u001b[1;1H\u001b]0;owned\u0007screen cleared \u001b[?1049h\u001b[31mred\u001b[0m \u001bc"],
  [8.7, "worker", "stdout", "progress 10%\rprogress 50%\rprogress 100%"],
  [8.6, "worker", "stdout", "שלום עולם 123 (web) — مرحبا بالعالم"],
  [8.5, "worker", "stderr", `${"A".repeat(1 << 20)}`],
  [8.4, "worker", "stdout", "\u001b[38;2;18;20;25;48;2;18;20;25mblack on black\u001b[0m \u001b[97;47mwhite on white\u001b[0m \u001b[8mhidden\u001b[0m"],
  [8.3, "worker", "stdout", "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c".repeat(12)],
  [8.2, "worker", "stdout", "\u0000\u0001\u0002 NUL and friends\tand\ttabs"],
  [8.1, "worker", "stderr", `${"x".repeat(3000)} a line without a fold`],
  [8, "worker", "event", "exited with <b>status</b> 1\u202e"],
  [7.9, "<i>web</i>\u202egpj", "stdout", "a name that nobody should have"],
];

const hostileBoard = named("service", [
  { name: "worker", state: "running", ready: true, pid: 12, run: 2 },
  { name: "<i>web</i>\u202egpj", state: "running", ready: true, pid: 13, run: 1 },
  { name: "p".repeat(64), state: "stopped", run: 0 },
]);

const state = (name: string, word: string, more: Partial<Status> = {}): Status => ({ name, state: word, restarts: 0, run: 1, ...more });

/** What `npm run bench:logs` drives. */
const flooded: Scene = {
  at: "/logs",
  board: named("service", [state("api", "running"), state("worker", "running")]),
  ...quiet,
  then: (daemon) => {
    // Not through the fake wire: what is measured is the page.
    const open = daemon.open.bind(daemon);
    let follow: ((item: unknown) => void) | undefined;
    daemon.open = (feed, params, onItem) => {
      if (feed === "service.follow") follow = onItem;
      return open(feed, params, onItem);
    };
    Object.assign(window, { flood: flooding((item) => follow?.(item)) });
    // Followed anew, by way of it.
    const api = document.querySelector<HTMLElement>(".sources button");
    api?.click();
    queueMicrotask(() => api?.click());
  },
};

const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");

export const LOGS: Scenes = {
  logs: { at: "/logs", board, ...shop },
  "logs-search": { at: "/logs?q=timeout", board, ...shop, then: () => keys("n", "n") },
  "logs-filter": { at: "/logs?q=timeout&filter=1&level=warn", board, ...shop, then: () => keys("ArrowUp") },
  "logs-one": { at: only("worker"), board, ...shop, then: () => keys("ArrowUp", "ArrowUp") },
  "logs-trace": {
    at: only("worker"),
    board,
    ...shop,
    then: async () => {
      await drawn(".fold");
      const folds = document.querySelectorAll<HTMLElement>(".fold");
      folds[folds.length - 1]?.click();
      await frame();
    },
  },
  "logs-paused": {
    at: "/logs",
    board,
    ...shop,
    then: async (daemon) => {
      await keys("f", "PageUp", "ArrowUp", "ArrowUp");
      const lines = Array.from({ length: 214 }, (_, index) => line([2 - index / 200, "shop/web", "stdout", `127.0.0.1 - "GET /health HTTP/1.1" 200 12 ${index % 9}ms`]));
      daemon.item("service.follow", { lines });
      await drawn("[data-pill]");
    },
  },
  "logs-wrapped": { at: "/logs?sources=api,worker&q=%5Cd%7B4%7D+ms&regex=1", board, ...shop, then: () => keys("w") },
  "logs-json": {
    at: only("api"),
    board,
    ...shop,
    then: async () => {
      await drawn("[data-seq]");
      const toggles = document.querySelectorAll<HTMLElement>("[data-do=toggle]");
      toggles[toggles.length - 1]?.click();
      await frame();
    },
  },
  "logs-cleared": {
    at: "/logs",
    board,
    ...shop,
    mount: (target, transport) => {
      sessionStorage.setItem("hob.logs.cleared.merged", secondsAgo(42));
      mount(App, { target, props: { transport } });
    },
  },
  "logs-exclude": { at: "/logs?exclude=1&q=HTTP", board, ...shop, then: () => keys("ArrowUp") },
  "logs-regex": { at: "/logs?q=(timeout&regex=1", board, ...shop, then: async () => void (await drawn("[role=alert]")) },
  "logs-hidden": { at: "/logs?q=kubernetes&filter=1", board, ...shop },
  "logs-since": { at: "/logs?since=1h", board, ...shop, then: () => keys("ArrowUp") },
  "logs-since-time": { at: "/logs?since=2026-11-20T10:00:00Z", board, ...shop, then: () => keys("ArrowUp") },
  "logs-none": { at: "/logs?sources=", board, ...shop },
  "logs-gone": { at: "/logs?sources=api,billing", board, ...shop },
  "logs-new": single(state("billing", "stopped", { run: 0 })),
  "logs-silent": single(state("billing", "running", { ready: true })),
  "logs-unreadable": {
    ...single(state("billing", "running", { ready: true })),
    then: (daemon) => daemon.fail("service.follow", new Fault("internal", "/home/ada/.local/state/hob/logs/billing/current.log: permission denied", "give it back to yourself: `chown ada …/current.log`")),
  },
  "logs-empty": { at: "/logs", board: { service: {} }, ...quiet },
  "logs-lost": { at: "/logs", board, ...shop, lost: gone, then: async (daemon) => {
    await drawn("[data-seq]");
    daemon.fail("service.follow", gone);
    await frame();
  } },
  "logs-flood": flooded,
  "logs-hostile": { at: "/logs", board: hostileBoard, ...writes(() => HOSTILE, false) },
  "logs-hostile-wrapped": { at: "/logs?q=a", board: hostileBoard, ...writes(() => HOSTILE, false), then: () => keys("w") },
};

// A scene is looked at anew each time.
for (const store of [localStorage, sessionStorage]) for (const name of Object.keys(store)) if (name.startsWith("hob.logs")) store.removeItem(name);
