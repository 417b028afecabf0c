/**
 * The pages with made-up services, to look at while working on them:
 * `npm run dev`, then /preview/ (or /preview/?empty, ?down, ?connecting).
 * No build contains this.
 */

import "../src/app.css";

import { mount } from "svelte";

import App from "../src/App.svelte";
import { Fake } from "../src/lib/api/fake";
import { Fault } from "../src/lib/api/transport";
import { BOARD_FEED } from "../src/lib/watch.svelte";
import type { Status } from "../src/services/status";

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const services: Status[] = [
  { name: "api", state: "running", ready: true, since: minutesAgo(192) },
  { name: "cache", state: "running", ready: true, healthy: false, since: minutesAgo(3), reason: "2 of 3 health checks failed: http 503" },
  { name: "flaky", state: "backoff", since: minutesAgo(0.2), reason: "exit 1 · tried again in 32 s (4th)" },
  { name: "lonely", state: "failed", since: minutesAgo(12), reason: "not-installed: no such command on PATH /usr/local/bin:/usr/bin:/bin" },
  { name: "mailpit", state: "stopped", since: minutesAgo(60 * 30) },
  { name: "migrate", state: "starting", since: minutesAgo(0.1) },
  { name: "shop/a-service-whose-name-is-quite-a-bit-longer-than-usual", state: "stopping", since: minutesAgo(0.1) },
  { name: "web", state: "running", ready: false, since: minutesAgo(0.5), reason: "waits for http://127.0.0.1:8000/" },
  { name: "worker", state: "waiting", since: minutesAgo(0.5), reason: "for web" },
];

const daemon = new Fake();
const target = document.getElementById("app");
if (target === null) throw new Error("preview/index.html has an element #app");
mount(App, { target, props: { transport: daemon } });

const wanted = location.search.slice(1);
queueMicrotask(() => {
  if (wanted === "connecting") return;
  if (wanted === "down") {
    daemon.fail(BOARD_FEED, new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock"));
    return;
  }
  const shown = wanted === "empty" ? [] : services;
  const changes = shown.map((value, index) => ({ noun: "service", key: value.name, sequence: index + 1, value }));
  daemon.item(BOARD_FEED, { snapshot: true, changes });
});
