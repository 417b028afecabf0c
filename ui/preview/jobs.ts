/** Made-up jobs: a nightly backup, a mail that fails, a lint on save, and what else pages of jobs have to show. */

import { Fault } from "../src/lib/api/transport";
import type { TableEdited, TableFile } from "../src/lib/api/types.gen";
import type { Fake } from "../src/lib/api/fake";
import type { Run } from "../src/jobs/standing";
import type { Job } from "../src/jobs/list";
import { drawn, minutesAgo, minutesAhead, named, secondsAgo, type, type Scenes } from "./scene";

const HOUR = 60;
const DAY = 24 * HOUR;
let last = 8_400;

interface Made {
  /** Minutes ago. */
  ago: number;
  seconds?: number;
  state?: string;
  why?: string;
  code?: number;
  reason?: string;
}

function run(job: string, { ago, seconds = 4, state = "succeeded", why = "schedule", code = 0, reason }: Made): Run {
  last -= 1;
  const begun = !["missed", "skipped", "queued"].includes(state);
  const over = state !== "running" && state !== "queued";
  return {
    id: last,
    job,
    state,
    why,
    due: minutesAgo(ago),
    attempt: begun ? 1 : 0,
    inputs: why === "files" ? { changed: '{"path":"src/orders/cart.rs","change":"modified"}\n{"path":"src/orders/mod.rs","change":"modified"}\n' } : {},
    ...(begun && { started: secondsAgo(ago * 60 - 0.4), memory: 184_000_000, cpu_ms: seconds * 640 }),
    ...(over && { ended: secondsAgo(ago * 60 - 0.4 - (begun ? seconds : 0)) }),
    ...(state === "succeeded" || state === "failed" ? { code } : {}),
    ...(state === "running" && { pid: 48_911 }),
    ...(reason !== undefined && { reason }),
  };
}

/** How many minutes it is since this time of day. */
function since(hour: number, minute = 0): number {
  const then = new Date();
  then.setHours(hour, minute, 0, 0);
  const minutes = (Date.now() - then.getTime()) / 60_000;
  return minutes < 0 ? minutes + DAY : minutes;
}

/** How many minutes it is until this day of the week, Sunday being 0, at this time of day. */
function until(day: number, hour: number, minute: number): number {
  const then = new Date();
  then.setHours(hour, minute, 0, 0);
  then.setDate(then.getDate() + ((7 + day - then.getDay()) % 7));
  if (then.getTime() <= Date.now()) then.setDate(then.getDate() + 7);
  return (then.getTime() - Date.now()) / 60_000;
}

const backup = Array.from({ length: 34 }, (_, day) =>
  run("backup-db", {
    ago: since(2) + day * DAY,
    seconds: day === 4 ? 2.2 : 64 + ((day * 37) % 19),
    ...(day === 4 && { state: "failed", code: 1, reason: "exited with 1 after 2.2s: Fatal: unable to open repository at sftp:nas:/srv/backup: connection refused" }),
    ...(day === 13 && { state: "missed", reason: "nothing was there to start it: 5 h late" }),
  }),
);
const half = since(new Date().getHours(), new Date().getMinutes() < 30 ? 0 : 30);
const mail = Array.from({ length: 90 }, (_, index) =>
  run("sync-mail", {
    ago: half + index * 30,
    seconds: 3 + (index % 5),
    ...((index < 2 || index === 17) && { state: "failed", code: 75, reason: "exited with 75 after 3s: imap.example.org:993: certificate has expired" }),
    ...(index === 31 && { state: "timed-out", seconds: 300, reason: "it took longer than 5m" }),
    ...(index === 40 && { state: "lost", reason: "it was under way when its daemon died" }),
  }),
);
const lint = [2, 9, 26, 31, 58, 74, 75, 77, 122, 128, 190, 244, 251, 260, 700, 708, 1300, 1420, 1431, 1502, 1700].map((ago, index) =>
  run("lint-on-save", { ago, seconds: 4 + (index % 4) * 3, why: "files", ...(index === 5 && { state: "failed", code: 101, reason: "exited with 101 after 4.2s: error[E0382]: borrow of moved value: `cart`" }), ...(index === 7 && { state: "cancelled", reason: "another run took its place" }) }),
);
const prune = [1, 2, 3].map((week) =>
  run("prune-cache", { ago: week * 7 * DAY - until(0, 3, 0), seconds: 22, ...(week === 1 && { state: "missed", reason: "nothing was there to start it: the machine slept" }) }),
);
const report = [
  run("reports/weekly", { ago: 6, state: "running", why: "asked" }),
  ...[1, 2, 3].map((week) => run("reports/weekly", { ago: week * 7 * DAY - until(1, 8, 30), seconds: 1_140 + week * 63, why: "schedule" })),
];

const RUNS: Record<string, Run[]> = { "backup-db": backup, "sync-mail": mail, "lint-on-save": lint, "prune-cache": prune, "reports/weekly": report };

function job(name: string, rest: Partial<Job>): Job {
  const over = RUNS[name]?.find(({ state }) => state !== "running" && state !== "queued");
  return { name, triggers: [], running: [], waiting: [], ...(over && { last: over }), ...rest };
}

const ahead = (hour: number) => minutesAhead(DAY - since(hour));
const jobs: Job[] = [
  job("backup-db", { triggers: ["0 2 * * *"], when: ["every day at 02:00 (Europe/Madrid)"], next: ahead(2) }),
  job("lint-on-save", { triggers: ["files"], when: ["when src/**/*.rs changes"] }),
  job("prune-cache", { triggers: ["0 3 * * SUN"], when: ["Sundays at 03:00"], next: minutesAhead(until(0, 3, 0)), paused: true }),
  job("reports/weekly", { triggers: ["30 8 * * MON"], when: ["Mondays at 08:30"], next: minutesAhead(until(1, 8, 30)), running: [report[0]?.id ?? 0] }),
  job("sync-mail", { triggers: ["*/30 * * * *"], when: ["every 30 minutes"], next: minutesAhead(30 - half) }),
];

const zoned = (at: number) => `${new Date(at).toLocaleString("sv", { timeZone: "Europe/Madrid" }).replace(" ", "T")}+01:00[Europe/Madrid]`;
const due = (name: string, at: string, trigger: string) => ({ job: name, at, local: zoned(Date.parse(at)), trigger });

const answers = {
  "job.runs": (params: object) => {
    const { job, limit = 30, before = Infinity } = params as { job: string; limit?: number; before?: number };
    const all = (RUNS[job] ?? []).filter(({ id }) => id < before);
    return { runs: all.slice(0, limit), more: limit < all.length };
  },
  "job.next": (params: object) => {
    const { name, count } = params as { name?: string; count: number };
    const planned = [
      ...Array.from({ length: 8 }, (_, day) => due("backup-db", minutesAhead(DAY * (day + 1) - since(2)), "0 2 * * *")),
      ...Array.from({ length: 100 }, (_, index) => due("sync-mail", minutesAhead(30 - half + 30 * index), "*/30 * * * *")),
      due("reports/weekly", minutesAhead(until(1, 8, 30)), "30 8 * * MON"),
    ];
    return { due: planned.filter(({ job }) => name === undefined || job === name).slice(0, name === undefined ? undefined : count) };
  },
  "job.get": (params: object) => {
    const { name } = params as { name: string };
    return {
      status: jobs.find((job) => job.name === name),
      runs: RUNS[name] ?? [],
      config: {
        command: ["restic", "backup", "--exclude-file", "/home/ada/.config/restic/excludes", "/home/ada/src", "/home/ada/letters and notes"],
        working_dir: "/home/ada",
        env: ["RESTIC_PASSWORD_FILE", "RESTIC_REPOSITORY"],
        triggers: ["0 2 * * *"],
        zone: "Europe/Madrid",
        overlap: "skip",
        missed: "once",
        grace: "24h",
        timeout: "2h",
        retries: 3,
        success_codes: [0],
        priority: 0,
        queue: "disk",
        stop_signal: "TERM",
        stop_timeout: "10s",
        keep: { runs: 100, age: "720h" },
      },
    };
  },
  "job.logs": (params: object) => ({ run: found(params), lines: [], more: true }),
  "job.preview": (params: object) => {
    const { cron = [], every } = params as { cron?: string[]; every?: string };
    if (cron[0]?.startsWith("61")) throw new Fault("invalid", 'cron: "61 2 * * *", character 1: a minute is 0 to 59, not 61; write a number from 0 to 59');
    const [minute = 0, hour = 0] = (cron[0] ?? "").split(" ").map(Number);
    const time = [hour, minute].map((part) => String(part).padStart(2, "0")).join(":");
    const [first, step] = every === undefined ? [DAY - since(hour, minute), DAY] : [15, 15];
    return {
      words: every === undefined ? [`every day at ${time} (Europe/Madrid)`] : ["every 15 minutes"],
      zone: "Europe/Madrid",
      next: Array.from({ length: 5 }, (_, day) => ({ at: minutesAhead(first + day * step), local: zoned(Date.now() + (first + day * step) * 60_000) })),
      changes: every !== undefined || cron[0] !== "30 2 * * *" ? [] : [
        { at: "2027-03-28T01:00:00Z", local: "2027-03-28T03:00:00+02:00[Europe/Madrid]", note: "the clock goes forward from 02:00 to 03:00: it runs right after" },
        { at: "2027-10-31T00:30:00Z", local: "2027-10-31T02:30:00+02:00[Europe/Madrid]", note: "the clock goes back: it shows this time twice, and it runs the first time" },
      ],
    };
  },
  "job.config": () => FILE,
  "job.edit": (params: object) => ({ ...edited, ...((params as { add?: boolean }).add && { name: "backup-home", file: "/home/ada/.config/hob/jobs.d/backup-home.toml", diff: ADDED }) }),
};

const TEXT = `# What must not be lost; the other half is on the NAS.
[job.backup-db] # see letters/2026-03
command = ["restic", "backup", "--exclude-file", "excludes", "/home/ada/src", "/home/ada/letters and notes"]
working_dir = "~/.config/restic"
cron = "0 2 * * *" # nobody is up
zone = "Europe/Madrid"
timeout = "2h"
retries = 3
queue = "disk"
env = { RESTIC_REPOSITORY = "•••", RESTIC_CACHE_DIR = "/var/tmp/restic" }
keep = { age = "720h" }

# Once a week what nobody needs goes.
[job.prune-cache]
command = ["restic", "prune"]
cron = "0 3 * * SUN"
`;
const table: TableFile["table"] = {
  command: ["restic", "backup", "--exclude-file", "excludes", "/home/ada/src", "/home/ada/letters and notes"],
  working_dir: "~/.config/restic",
  cron: "0 2 * * *",
  zone: "Europe/Madrid",
  timeout: "2h",
  retries: 3,
  queue: "disk",
  env: { RESTIC_REPOSITORY: null, RESTIC_CACHE_DIR: "/var/tmp/restic" },
  keep: { age: "720h" },
} as unknown as TableFile["table"];
const FILE: TableFile = { name: "backup-db", file: "/home/ada/.config/hob/jobs.d/backups.toml", line: 2, text: TEXT, digest: "1f", table };
const edited: TableEdited = {
  name: "backup-db",
  file: FILE.file,
  saved: false,
  diff: `@@ -3,5 +3,5 @@
 command = ["restic", "backup", "--exclude-file", "excludes", "/home/ada/src", "/home/ada/letters and notes"]
 working_dir = "~/.config/restic"
-cron = "0 2 * * *" # nobody is up
+cron = "30 2 * * *" # nobody is up
 zone = "Europe/Madrid"
`,
};
/** The same with a slip in each of two fields. */
const SLIPS = `@@ -7,3 +7,3 @@
-timeout = "2h"
+timeout = "0s"
 retries = 3
-queue = "disk"
+queue = "dsik"
`;
const ADDED = `@@ -0,0 +1,3 @@
+[job.backup-home]
+command = ["restic", "backup", "/home/ada/src", "/home/ada/letters and notes"]
+cron = "0 2 * * *"
`;
const wrong = [
  { key: "queue", message: 'there is no queue named "dsik"', hint: 'did you mean "disk"?' },
  { key: "timeout", message: "timeout must be 1ms to 8760h, not 0s" },
  { message: "/home/ada/.config/hob/jobs.d/mail.toml:7: job.sync-mail.every: must be at least 1s" },
];

function found(params: object): Run | undefined {
  const { run } = params as { run: string };
  return Object.values(RUNS).flat().find(({ id }) => String(id) === run);
}

/** Another zone than this machine's. */
const elsewhere = (at: number) => `${new Date(at).toLocaleString("sv", { timeZone: "America/New_York" }).replace(" ", "T")}-05:00[America/New_York]`;

const wrote = ["open repository", "repository 5f2a11c0 opened (version 2, compression level auto)", "lock repository", "no parent snapshot found, will read all files", "load index files"];
const feeds = {
  "job.follow": (params: object) => {
    const run = found(params);
    const at = Date.parse(run?.started ?? "");
    const lines = [
      ...wrote.map((text, index) => ({ time: new Date(at + index * 310).toISOString(), stream: "stdout", text })),
      { time: new Date(at + 2_100).toISOString(), stream: "stderr", text: "Fatal: unable to open repository at sftp:nas:/srv/backup: dial tcp 192.168.1.9:22: connect: connection refused" },
      { time: new Date(at + 2_200).toISOString(), stream: "event", text: "exited with 1 after 2.2s" },
    ];
    const writing = ["reading 48 211 orders", "reading 1 204 returns", "rendering 14 of 62 pages"];
    const report = writing.map((text, index) => ({ time: new Date(at + 41_000 * index).toISOString(), stream: "stdout", text }));
    return [{ run }, { lines: run?.job === "reports/weekly" ? report : lines }];
  },
};

const at = "/jobs";
const board = named("job", jobs);
const gone = new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)");
const refused = () => {
  throw new Fault("unavailable", "the database cannot be read: disk I/O error");
};
const hostile: Job[] = [
  { name: "<b>nightly</b>", triggers: ["files"], when: ["when <img src=x onerror=alert(1)> changes"], running: [], waiting: [], trouble: "web\u202egnp.exe\u0000 cannot be watched" },
  { name: "x".repeat(64), triggers: ["*/7 * * * *"], when: ["y".repeat(300)], running: [], waiting: [9, 10], last: { ...(mail[0] as Run), reason: "Traceback (most recent call last): ".repeat(60) } },
];

export const JOBS: Scenes = {
  jobs: { at, board, answers, feeds },
  "jobs-week": { at, board, answers, feeds, then: () => document.querySelectorAll<HTMLInputElement>("input[value=week]")[0]?.click() },
  "jobs-table": { at, board, answers, feeds, then: () => document.querySelector<HTMLButtonElement>("button.twin")?.click() },
  "jobs-empty": { at, board: {} },
  "jobs-lost": { at, board, answers, feeds, lost: gone },
  "jobs-unread": { at, board, answers: { ...answers, "job.runs": refused } },
  "jobs-hostile": { at, board: named("job", hostile), answers },
  "jobs-one": { at: "/jobs/backup-db", board, answers, feeds },
  "jobs-elsewhere": {
    at: "/jobs/backup-db",
    board: named("job", jobs.map((job) => (job.name === "backup-db" ? { ...job, triggers: ["0 20 * * *"], when: ["every day at 20:00 (America/New_York)"] } : job))),
    answers: {
      ...answers,
      "job.get": (params: object) => {
        const found = answers["job.get"](params);
        return { ...found, config: { ...found.config, zone: "America/New_York", triggers: ["0 20 * * *"] } };
      },
      "job.next": (params: object) => ({ due: answers["job.next"](params).due.map((one) => ({ ...one, local: elsewhere(Date.parse(one.at)) })) }),
    },
    feeds,
  },
  "jobs-none": { at: "/jobs/nightly", board, answers, feeds },
  "jobs-run": { at: `/jobs/runs/${backup[4]?.id}`, board, answers, feeds, then: over },
  "jobs-running": { at: `/jobs/runs/${report[0]?.id}`, board, answers, feeds },
  "jobs-run-none": { at: "/jobs/runs/1", board, answers: { ...answers, "job.logs": () => { throw new Fault("not_found", "there is no run 1"); } } },
  "jobs-new": { at: "/jobs/_new", board, answers, then: fill },
  "jobs-new-once": {
    at: "/jobs/_new",
    board,
    answers: {
      ...answers,
      "job.preview": (params: object) => {
        const { at: [at = ""] = [], cron } = params as { at?: string[]; cron?: string[] };
        return cron ? answers["job.preview"](params) : { words: [`once, on ${new Date(at).toLocaleDateString("en-GB", { dateStyle: "long" })} at 18:00 (Europe/Madrid)`], zone: "Europe/Madrid", next: [{ at: new Date(at).toISOString(), local: zoned(Date.parse(at)) }], changes: [] };
      },
      "job.edit": (params: object) => ({ ...answers["job.edit"](params), diff: ADDED.replace(/cron = .*/, `at = "${FRIDAY.replace(" ", "T")}"`) }),
    },
    then: async () => {
      await fill();
      (await drawn<HTMLInputElement>("input[value=at]")).click();
      await type("fieldset input.mono[placeholder]", FRIDAY);
      await new Promise((done) => setTimeout(done, 400));
    },
  },
  "jobs-new-wrong": { at: "/jobs/_new", board, answers: { ...answers, "job.edit": () => ({ ...edited, name: "backup-home", file: "/home/ada/.config/hob/jobs.d/backup-home.toml", diff: `${ADDED}+timeout = "0s"\n+queue = "dsik"\n`, problems: wrong }) }, then: () => fill().then(slip) },
  "jobs-edit": { at: "/jobs/backup-db/edit", board, answers },
  "jobs-edit-changed": { at: "/jobs/backup-db/edit", board, answers, then: reschedule },
  "jobs-edit-wrong": { at: "/jobs/backup-db/edit", board, answers: { ...answers, "job.edit": () => ({ ...edited, diff: SLIPS, problems: wrong }) }, then: slip },
  "jobs-edit-kept": { at: "/jobs/backup-db/edit", board, answers: { ...answers, "job.config": () => ({ ...FILE, table: { ...table, cron: ["0 2 * * *", "@weekly"], on: { event: "service.failed", name: "db" } } }), "job.preview": (params: object) => ({ ...(answers["job.preview"](params) as object), words: ["every day at 02:00 (Europe/Madrid)", "Sundays at 00:00 (Europe/Madrid)"] }) } },
  "jobs-edit-conflict": {
    at: "/jobs/backup-db/edit",
    board,
    answers: {
      ...answers,
      "job.edit": (params: object) => {
        if ((params as { dry_run: boolean }).dry_run) return edited;
        throw new Fault("conflict", `${FILE.file} was changed meanwhile`, "nothing was written; look at it again, and repeat the change");
      },
    },
    then: async () => {
      await reschedule();
      document.querySelector<HTMLButtonElement>("button[type=submit]")?.click();
    },
  },
  "jobs-edit-fixed": { at: "/jobs/backup-db/edit", board, answers: { ...answers, "job.config": () => ({ ...FILE, fixed: "it belongs to the project shop, whose file is yours to edit, and to review after that" }) } },
  "jobs-edit-none": { at: "/jobs/nightly/edit", board, answers: { ...answers, "job.config": () => { throw new Fault("not_found", 'no job is named "nightly"', "`hob job ls` lists all jobs"); } } },
  "jobs-edit-lost": { at: "/jobs/backup-db/edit", board, answers, lost: gone },
  "jobs-edit-hostile": { at: "/jobs/backup-db/edit", board, answers: { ...answers, "job.config": () => hostileFile, "job.edit": () => ({ ...edited, file: hostileFile.file, diff: `@@ -1,1 +1,1 @@\n+command = "${EVIL}${"y".repeat(2000)}"\n`, problems: [{ message: EVIL.repeat(20) }] }) }, then: reschedule },
  "jobs-delete": {
    at: "/jobs/backup-db",
    board,
    answers: { ...answers, "job.edit": () => ({ ...edited, diff: `@@ -1,15 +1,5 @@\n # What must not be lost; the other half is on the NAS.\n${TEXT.split("\n").slice(1, 11).map((line) => `-${line}\n`).join("")} \n # Once a week what nobody needs goes.\n` }) },
    then: async () => {
      (await drawn(".tools [aria-haspopup=menu]")).click();
      await drawn("[role=menuitem]");
      [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((item) => item.textContent?.includes("Delete"))?.click();
    },
  },
  "jobs-file": { at: "/jobs/backup-db/config", board, answers },
  "jobs-new-schedule": { at: "/jobs/_new", board, answers, then: async () => type("fieldset input.mono", "61 2 * * *") },
};

/** A run that has ended writes no more. */
async function over(daemon: Fake): Promise<void> {
  await drawn(".hob-log .row");
  daemon.end("job.follow");
}

async function slip(): Promise<void> {
  await type(".row .field:nth-child(2) input", "0s");
  await type(".row .field:nth-child(4) input", "dsik");
  await new Promise((done) => setTimeout(done, 400));
}

async function fill(): Promise<void> {
  await type("input[placeholder=backup]", "backup-home");
  await type("input[placeholder='npm run report']", "restic backup /home/ada/src '/home/ada/letters and notes'");
  // What is wrong is asked a moment after the last letter.
  await new Promise((done) => setTimeout(done, 400));
}

/** The next Friday, as it is typed. */
const FRIDAY = new Date(Date.parse(minutesAhead(until(5, 18, 0) + 1))).toLocaleString("sv").replace(/ .*/, " 18:00");
const EVIL = "<img src=x onerror=alert(1)>\u202egnp.exe\u001b[31m";
const hostileFile: TableFile = { ...FILE, file: `/home/ada/${EVIL}/${"x".repeat(300)}.toml`, table: { ...table, command: [EVIL, "z".repeat(3000)], working_dir: EVIL, [EVIL]: 1 } as unknown as TableFile["table"] };

async function reschedule(): Promise<void> {
  await type("fieldset input.mono", "30 2 * * *");
  await new Promise((done) => setTimeout(done, 400));
}
