/** Services: all their states, what can be done, and what goes wrong. */

import type { Answer } from "../src/lib/api/fake";
import { Fault } from "../src/lib/api/transport";
import type { Status } from "../src/services/status";
import { SERVICE, stats } from "./service";
import { focus, minutesAgo, named, press, secondsAgo, type Scenes } from "./scene";

export const mixed: Status[] = [
  { name: "api", state: "running", wanted: "up", ready: true, pid: 47_131, restarts: 1, since: minutesAgo(192) },
  {
    name: "cache",
    state: "running",
    wanted: "up",
    ready: true,
    healthy: false,
    pid: 47_140,
    restarts: 0,
    since: minutesAgo(3),
    reason: "2 of 3 health checks failed: HTTP 503 from http://127.0.0.1:6380/health",
  },
  {
    name: "database",
    state: "failed",
    wanted: "up",
    restarts: 0,
    since: minutesAgo(12),
    reason: "postgres: no such command on PATH /usr/local/bin:/usr/bin:/bin",
  },
  {
    name: "importer",
    state: "backoff",
    wanted: "up",
    restarts: 4,
    since: secondsAgo(2),
    retry_at: secondsAgo(-31.9),
    reason: "exit status 3: connection reset by sftp.example.net",
  },
  { name: "mailpit", state: "stopped", wanted: "down", restarts: 0, since: minutesAgo(60 * 30) },
  { name: "migrate", state: "starting", wanted: "up", pid: 48_902, restarts: 0, since: secondsAgo(6) },
  { name: "reports", state: "waiting", wanted: "up", restarts: 0, since: minutesAgo(12), waiting_for: ["database"] },
  { name: "shop/search", state: "stopping", wanted: "down", pid: 47_502, restarts: 0, since: secondsAgo(3) },
  {
    name: "shop/web",
    state: "running",
    wanted: "up",
    ready: false,
    pid: 48_911,
    restarts: 0,
    since: secondsAgo(24),
    says: "warming up: 14 of 62 templates",
  },
  {
    name: "worker",
    state: "failed",
    wanted: "up",
    restarts: 6,
    since: secondsAgo(12),
    reason: "gave up after 6 crashes in a row: exit status 1: Error: connect ECONNREFUSED 127.0.0.1:6379",
  },
  { name: "worker-mail", state: "running", wanted: "up", ready: true, changed: true, pid: 1_204, restarts: 0, since: minutesAgo(60 * 79) },
];

const long = "a-service-whose-name-is-as-long-as-the-daemon-lets-a-name-be-64c";
const last = "Traceback (most recent call last): ".repeat(30);

export const hostile: Status[] = [
  { name: "<b>web</b>", state: "failed", restarts: 1, since: "<i>yesterday</i>", reason: "<img src=x onerror=alert(1)>" },
  { name: "web\u202egnp.exe", state: "running", ready: true, pid: 12, restarts: 0, since: minutesAgo(5), says: "\u001b[31mred\u001b[0m\nForged line" },
  { name: "שלום-עולם", state: "running", ready: true, pid: 13, restarts: 0, since: minutesAgo(5), says: "مرحبا 123 (web)" },
  { name: "zero\u200bwidth", state: "hibernating\u0007", restarts: 4_294_967_295, pid: 4_194_304, since: minutesAgo(60 * 24 * 1_234) },
  { name: `${"p".repeat(64)}/${long}`, state: "stopping", pid: 14, restarts: 0, since: secondsAgo(5) },
  { name: "shop/" + long, state: "failed", restarts: 3, since: minutesAgo(59), reason: `exit status 1: ${last}` },
  { name: "x", state: "waiting", restarts: 0, since: minutesAgo(1), waiting_for: [`shop/${long}`, "web\u202egnp.exe"] },
];

/** As the daemon refuses it, or not at all for what hangs. */
const refuse: Answer = async (params) => {
  const { name } = params as { name: string };
  if (name === "api") await new Promise(() => {});
  const reason = mixed.find((service) => service.name === name)?.reason;
  if (reason) throw new Fault("conflict", `${name} failed: ${reason}`, `\`hob logs ${name}\` shows what it said`);
  throw new Fault("conflict", `${name} failed: port 1025 is taken by pid 812 (smtpd)`, "`hob logs mailpit` shows what it said");
};
const feeds = { "service.stats": stats };
/** The same for services of other names. */
export const hostileFeeds = {
  "service.stats": () =>
    stats({}).map((item) => ({ ...item, services: hostile.filter(({ pid }) => pid).map(({ name }, index) => ({ ...item.services[index], name })) })),
};
const answers = { "service.start": refuse, "service.stop": refuse, "service.restart": refuse };

const at = "/services";
const button = (name: string, verb: string) => `[data-service="${name}"] [data-action=${verb}]`;

export const SERVICES: Scenes = {
  ...SERVICE,
  mixed: { at, board: named("service", mixed), answers, feeds },
  "services-filtered": { at: `${at}?show=failed&q=econn`, board: named("service", mixed), answers, feeds },
  "services-hidden": { at: `${at}?q=kubernetes`, board: named("service", mixed), answers, feeds },
  "services-row": { at, board: named("service", mixed), answers, feeds, then: () => focus('[data-service="importer"]') },
  "services-stopped": {
    at,
    board: named("service", mixed),
    answers: { ...answers, "service.stop": () => ({}) },
    feeds,
    then: () => press(button("worker-mail", "stop")),
  },
  empty: { at, board: {} },
  hostile: { at, board: named("service", hostile), answers, feeds: hostileFeeds },
  fault: {
    at,
    board: named("service", mixed),
    answers,
    feeds,
    then: async () => {
      await press(button("api", "restart"));
      await press(button("mailpit", "start"));
      await press(button("worker", "restart"));
    },
  },
  focus: { at, board: named("service", mixed), answers, feeds, then: () => focus(button("database", "restart")) },
};
