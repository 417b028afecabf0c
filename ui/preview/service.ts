/** One service: what is known of it, its file, its past, and what is written into it. */

import type { Answer } from "../src/lib/api/fake";
import { Fault } from "../src/lib/api/transport";
import type { ServiceDetail, TableEdited, TableFile, StatsItem, StatsPoint } from "../src/lib/api/types.gen";
import type { Status } from "../src/services/status";
import { drawn, minutesAgo, named, press, secondsAgo, type, type Scenes } from "./scene";

const MB = 1024 * 1024;

const TEXT = `# The shop's services; see docs/services.md of the shop.
[service.api]
command = ["node", "--enable-source-maps", "dist/server.js"]   # built by \`npm run build\`
working_dir = "~/src/shop/api"
env = { NODE_ENV = "development", PORT = "3000", STRIPE_KEY = "•••", DATABASE_URL = "•••" }
requires = ["cache"]
restart = "always"   # it leaks

[service.api.ready]
http = "http://127.0.0.1:3000/health"
timeout = "20s"

[service.api.limits]
memory = "512M"

# Sends what the shop has queued.
[service.worker]
command = ["node", "dist/worker.js", "--queues", "mail,invoices"]
working_dir = "~/src/shop/api"
after = ["cache"]
`;

const table: TableFile["table"] = {
  command: ["node", "--enable-source-maps", "dist/server.js"],
  working_dir: "~/src/shop/api",
  env: { NODE_ENV: "development", PORT: "3000", STRIPE_KEY: null, DATABASE_URL: null },
  requires: ["cache"],
  restart: "always",
  ready: { http: "http://127.0.0.1:3000/health", timeout: "20s" },
  limits: { memory: "512M" },
};
const file = (over: Partial<TableFile> = {}): TableFile => ({
  name: "api",
  file: "/home/ada/.config/hob/services.d/shop.toml",
  line: 2,
  text: TEXT,
  digest: "9f3c51",
  table,
  ...over,
});

const config = {
  working_dir: "/home/ada/src/shop/api",
  env: ["DATABASE_URL", "NODE_ENV", "PORT", "STRIPE_KEY"],
  env_file: "/home/ada/src/shop/.env",
  autostart: true,
  restart: "always",
  max_restarts: 5,
  restart_window: "1m",
  stop_signal: "TERM",
  stop_timeout: "10s",
  after: [],
  requires: ["cache"],
  ready: { kind: { http: { url: "http://127.0.0.1:3000/health", status: [] } }, timeout: "20s", interval: "250ms" },
  memory: "512M",
  log_max_size: "10M",
  log_keep: 5,
  log_max_age: "30d",
  user: null,
};

export const api: Status = {
  name: "api",
  state: "running",
  wanted: "up",
  ready: true,
  pid: 47_131,
  run: 3,
  restarts: 1,
  since: minutesAgo(7.2),
  command: ["node", "--enable-source-maps", "dist/server.js"],
};
export const worker: Status = {
  name: "worker",
  state: "failed",
  wanted: "up",
  run: 7,
  restarts: 6,
  since: secondsAgo(12),
  reason: "gave up after 6 crashes in a row: exited with 1 after 1.4s: Error: connect ECONNREFUSED 127.0.0.1:6379",
  command: ["node", "dist/worker.js", "--queues", "mail,invoices"],
};
const redis: Status = {
  name: "redis",
  state: "backoff",
  wanted: "up",
  restarts: 4,
  since: secondsAgo(2),
  retry_at: secondsAgo(-31.9),
  reason: "exited with 1 after 210ms: Could not create server TCP listening socket *:6379: bind: Address already in use",
};
const reports: Status = { name: "reports", state: "waiting", wanted: "up", restarts: 0, since: minutesAgo(12), waiting_for: ["redis"] };

const detail = (status: Status, over: Partial<ServiceDetail> = {}): ServiceDetail =>
  ({
    run: 3,
    ...status,
    config: { ...config, command: status.command },
    limits: [{ limit: "memory", allowed: "512M", holds: "enforced" }],
    executable: "/home/ada/.nvm/versions/node/v22.11.0/bin/node",
    probes: { ready: { at: minutesAgo(7.1) } },
    processes: [
      { pid: 47_131, depth: 0, name: "node", memory_bytes: 214 * MB, cpu_seconds: 31.4 },
      { pid: 47_140, depth: 1, name: "esbuild", memory_bytes: 61 * MB, cpu_seconds: 4.2 },
      { pid: 47_166, depth: 1, name: "sh", memory_bytes: 1.2 * MB, cpu_seconds: 0 },
      { pid: 47_167, depth: 2, name: "git", cpu_seconds: 0.1, zombie: true },
      { pid: 46_988, depth: 0, name: "chrome_crashpad", memory_bytes: 3.4 * MB, cpu_seconds: 0.1, stray: true },
    ],
    cgroup: "/sys/fs/cgroup/user.slice/user-1000.slice/hob/api.3",
    environment: [
      { name: "DATABASE_URL", origin: "config" },
      { name: "NODE_ENV", origin: "config" },
      { name: "PORT", origin: "config" },
      { name: "SMTP_PASSWORD", origin: "/home/ada/src/shop/.env:4" },
      { name: "STRIPE_KEY", origin: "config" },
    ],
    runs: [
      { run: 3, pid: 47_131, started: minutesAgo(7.2) },
      { run: 2, pid: 46_020, started: minutesAgo(11), ended: minutesAgo(7.3), ending: "killed by SIGKILL after 3m42s, it used more memory than it may" },
      { run: 1, pid: 45_918, started: minutesAgo(190), ended: minutesAgo(13), ending: "exited with 0 after 2h57m" },
    ],
    events: [
      { at: minutesAgo(13), run: 1, text: "is asked to end with SIGTERM" },
      { at: minutesAgo(13), run: 1, text: "exited with 0 after 2h57m" },
      { at: minutesAgo(11), run: 2, text: "started with pid 46020" },
      { at: minutesAgo(7.3), run: 2, text: "killed by SIGKILL after 3m42s, it used more memory than it may" },
      { at: minutesAgo(7.2), run: 3, text: "started with pid 47131" },
      { at: minutesAgo(7.1), run: 3, text: "is ready" },
    ],
    ...over,
  }) as ServiceDetail;

const crash = (run: number, minutes: number) => ({
  run,
  pid: 48_200 + run,
  started: minutesAgo(minutes),
  ended: minutesAgo(minutes - 0.03),
  ending: "exited with 1 after 1.4s",
});
const failing = detail(worker, {
  probes: {},
  processes: [],
  cgroup: null,
  limits: [],
  environment: [],
  runs: [crash(7, 0.3), crash(6, 0.9), crash(5, 1.5), crash(4, 1.9), crash(3, 2.2), crash(2, 2.4), { ...crash(1, 9), ended: minutesAgo(2.5), ending: "exited with 1 after 6m30s" }],
  events: [
    { at: minutesAgo(9), run: 1, text: "started with pid 48201" },
    { at: minutesAgo(2.5), run: 1, text: "exited with 1 after 6m30s" },
    { at: secondsAgo(12), run: 7, text: "gave up after 6 crashes in a row" },
  ],
});

/** The same without its program: it has never run. */
const absent: Status = { ...worker, run: 0, restarts: 0, reason: 'no program "node" in PATH /usr/local/bin:/usr/bin:/bin' };
const missing = { ...failing, ...absent, executable: null, no_executable: absent.reason, config: { ...config, command: worker.command, requires: [], ready: null }, runs: [], events: [] };

/** Every 30 s, up and down, with nothing in between two of its runs. */
function history(from: number, to: number, cpu: number, memory: number): StatsPoint[] {
  const found: StatsPoint[] = [];
  for (let minutes = from; to <= minutes; minutes -= 0.5) {
    const wave = 1 + 0.6 * Math.sin(minutes * 1.7) + 0.3 * Math.sin(minutes * 5.1);
    found.push({
      at: minutesAgo(minutes),
      seconds: 30,
      cpu_percent: Math.round(cpu * wave * 10) / 10,
      memory_bytes: Math.round(memory * (1 + (from - minutes) / 20)),
      memory_peak_bytes: Math.round(memory * 1.4),
      processes: 3,
    });
  }
  return found;
}
/** It waits, and has not run yet. */
const waiting = detail(reports, { run: 0, runs: [], events: [], processes: [], cgroup: null, probes: {} } as Partial<ServiceDetail>);
const past = (name: string) =>
  name === "worker" ? history(8.5, 2.5, 2, 90 * MB) : [...history(60, 13, 5, 150 * MB), ...history(10.5, 7.5, 24, 330 * MB), ...history(6.7, 0.1, 4.8, 184 * MB)];

const used = (name: string, cpu_percent: number | undefined, megabytes: number, port?: number) => ({
  name,
  run: 3,
  pid: 47_131,
  ...(cpu_percent !== undefined && { cpu_percent }),
  cpu_seconds: 31.4,
  memory_bytes: megabytes * MB,
  resident_bytes: (megabytes + 62) * MB,
  processes: 5,
  threads: 14,
  open_files: 52,
  ports: port === undefined ? [] : [{ protocol: "tcp", address: "127.0.0.1", port }],
});

/** What the services of the pictures use: an item without rates, and one with them. */
export const stats = (params: object): StatsItem[] => {
  const { names = [] } = params as { names?: string[] };
  const item = (seconds: number, rated: boolean): StatsItem => ({
    at: secondsAgo(seconds),
    services: [
      used("api", rated ? 4.8 : undefined, 312, 3000),
      used("cache", rated ? 0.4 : undefined, 24, 6380),
      used("migrate", rated ? 61.2 : undefined, 88),
      used("shop/web", rated ? 1.2 : undefined, 184, 5173),
      used("shop/search", rated ? 0 : undefined, 1340, 7700),
      used("worker-mail", rated ? 0 : undefined, 61),
    ].filter(({ name }) => names.length === 0 || names.includes(name)),
  });
  return [item(2, false), item(0, true)];
};

const DIFF = `@@ -4,9 +4,9 @@
 working_dir = "~/src/shop/api"
 env = { NODE_ENV = "development", PORT = "3000", STRIPE_KEY = "•••", DATABASE_URL = "•••" }
 requires = ["cache"]
-restart = "always"   # it leaks
+restart = "on-failure"   # it leaks
 
 [service.api.ready]
 http = "http://127.0.0.1:3000/health"
-timeout = "20s"
+timeout = "30s"
`;
const edited = (over: Partial<TableEdited>): TableEdited => ({
  name: "api",
  file: "/home/ada/.config/hob/services.d/shop.toml",
  diff: DIFF,
  problems: [],
  saved: false,
  ...over,
});
const long = "w".repeat(600);
const odd = detail(api, {
  executable: `/home/<b>ada</b>/\u202egnp.\u001b[31mnode/${long}`,
  config: { ...config, command: api.command, health: { kind: { http: { url: "http://127.0.0.1:3000/<i>health</i>", status: [] } }, interval: "10s", timeout: "5s" } },
  probes: {
    ready: { at: minutesAgo(7) },
    health: { at: secondsAgo(4), problem: `http://127.0.0.1:3000/ answers 503 <script>alert(1)</script>\u202e\u001b[2J${long}` },
  },
  processes: [
    { pid: 4_194_304, depth: 0, name: "<img src=x>", memory_bytes: 12_000 * MB, cpu_seconds: 900_000 },
    ...Array.from({ length: 9 }, (_, depth) => ({ pid: 50_000 + depth, depth: depth + 1, name: depth % 2 ? "a\u202eb\u0007\n" : "שלום-עולם", cpu_seconds: depth / 7 })),
    { pid: 3, depth: 0, name: "", memory_bytes: 0, cpu_seconds: 0, stray: true, zombie: true },
  ],
  more_processes: 412,
});

const ask = (known: (name: string) => unknown): Answer => (params) => known((params as { name: string }).name);
const answers: Record<string, Answer> = {
  "service.get": ask((name) => (name === "worker" ? failing : name === "api" ? detail(api) : name === "reports" ? waiting : detail(redis))),
  "service.config": () => file(),
  "service.history": ask((name) => ({ points: past(name) })),
  "service.edit": () => edited({}),
};
/** What the worker wrote in its last runs. */
const lines = (): object[] => {
  const at = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const line = (seconds: number, stream: string, run: number, text: string) => ({ service: "worker", time: at(seconds), stream, run, text });
  const trace = ["    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)", "    at RedisClient.connect (src/redis.js:41:11)", "    at Worker.start (src/worker.js:88:20)", "    at main (src/worker.js:131:3)"];
  const one = (ago: number, run: number) => [
    line(ago, "event", run, `started with pid ${48_200 + run}`),
    line(ago - 0.1, "stdout", run, `INFO  boot worker pid=${48_200 + run} queues=mail,invoices`),
    line(ago - 0.3, "stdout", run, "INFO  loading 14 queues"),
    line(ago - 1.3, "stderr", run, "ERROR connect ECONNREFUSED 127.0.0.1:6379"),
    ...trace.map((text) => line(ago - 1.31, "stderr", run, text)),
    line(ago - 1.4, "event", run, "exited with 1 after 1.4s"),
  ];
  const found = [...one(54, 6), line(52.5, "event", 6, "starting again in 30s"), ...one(18, 7), line(12, "event", 7, "gave up after 6 crashes in a row")];
  return [{ lines: found, more: false, places: { worker: "1:0" } }];
};
const board = named("service", [api, redis, reports, worker]);
const feeds = { "service.stats": stats, "service.follow": (params: object) => (JSON.stringify(params).includes("worker") ? lines() : []) };
const scene = (name: string, tab: string) => ({ at: `/services/${name}/${tab}`, board, answers, feeds });

/** The file as it was, and from the second look on as somebody has changed it. */
function changing(): Answer {
  let looks = 0;
  return () => (looks++ === 0 ? file() : file({ digest: "77ab02", text: TEXT.replace('"always"', '"never"') }));
}
async function choose(selector: string, value: string): Promise<void> {
  const field = await drawn<HTMLSelectElement>(selector);
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
/** Who has typed looks at it from the beginning. */
async function begin(selector: string): Promise<void> {
  (await drawn<HTMLElement>(selector)).focus();
}
/** The field of a form that has this label. */
async function field(label: string): Promise<string> {
  await drawn("dialog form label");
  const found = [...document.querySelectorAll("dialog label")].find((one) => one.textContent?.startsWith(label));
  return `[id="${found?.getAttribute("for") ?? ""}"]`;
}
async function menu(label: string): Promise<void> {
  await press(".tools [aria-haspopup=menu]");
  await drawn("[role=menuitem]");
  [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((item) => item.textContent?.includes(label))?.click();
}

export const SERVICE: Scenes = {
  "service-logs": scene("worker", "logs"),
  "service-details": scene("api", "details"),
  "service-details-missing": { ...scene("worker", "details"), board: named("service", [absent]), answers: { ...answers, "service.get": () => missing, "service.history": () => ({ points: [] }) } },
  "service-details-hostile": { ...scene("api", "details"), answers: { ...answers, "service.get": () => odd } },
  "service-table": { ...scene("api", "details"), then: () => press("button[aria-pressed]") },
  "service-no-history": {
    ...scene("api", "details"),
    answers: {
      ...answers,
      "service.history": () => {
        throw new Fault("conflict", "no history of statistics is kept", 'write history = "30s" under [stats] into config.toml');
      },
    },
  },
  "service-environment": scene("api", "environment"),
  "service-runs": scene("worker", "runs"),
  "service-config": scene("api", "config"),
  "service-config-changed": {
    ...scene("api", "config"),
    answers: { ...answers, "service.config": changing() },
    then: async () => {
      await drawn(".config");
      dispatchEvent(new Event("focus"));
      await drawn(".banner");
    },
  },
  "service-waiting": scene("reports", "runs"),
  "service-gone": scene("nobody", "logs"),
  "service-lost": { ...scene("api", "details"), lost: new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock") },
  "service-edit": {
    ...scene("api", "config"),
    then: async () => {
      await menu("Edit");
      await choose(await field("Restart"), "on-failure");
      await type(await field("Time to be ready"), "30s");
      await drawn(".diff");
      await begin("dialog form input");
    },
  },
  "service-edit-wrong": {
    ...scene("api", "config"),
    answers: {
      ...answers,
      "service.edit": () =>
        edited({
          diff: "",
          problems: [
            { key: "env_file", message: "the file /home/ada/src/shop/.evn is not there", hint: "write the path of one that is" },
            { message: '/home/ada/.config/hob/services.d/docs.toml:3: service.docs.restrt: unknown field `restrt`', hint: "did you mean `restart`?" },
          ],
        }),
    },
    then: async () => {
      await menu("Edit");
      await type(await field("File of variables"), "~/src/shop/.evn");
      await drawn("[role=alert]");
      await begin("dialog form input");
      // What is wrong is asked a moment after the last letter.
      await new Promise((done) => setTimeout(done, 400));
    },
  },
  "service-remove": {
    ...scene("api", "config"),
    answers: {
      ...answers,
      "service.edit": () =>
        edited({ diff: `@@ -1,17 +1,2 @@\n # The shop's services; see docs/services.md of the shop.\n${TEXT.split("\n").slice(1, 16).map((line) => `-${line}\n`).join("")} # Sends what the shop has queued.\n` }),
    },
    then: () => menu("Delete"),
  },
  "service-add": {
    at: "/services/+",
    board,
    answers: {
      ...answers,
      "service.edit": () =>
        edited({
          name: "docs",
          file: "/home/ada/.config/hob/services.d/docs.toml",
          diff: '@@ -0,0 +1,2 @@\n+[service.docs]\n+command = ["mdbook", "serve", "--port", "3001"]\n',
        }),
    },
    feeds,
    then: async () => {
      await type(await field("Name"), "docs");
      await type(await field("Command"), "mdbook serve --port 3001");
      await drawn(".diff");
      await begin("dialog form input");
    },
  },
};
