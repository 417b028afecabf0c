// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "../App.svelte";
import { Fake, type Answer } from "../lib/api/fake";
import { Fault } from "../lib/api/transport";
import { BOARD_FEED } from "../lib/watch.svelte";
import type { Job } from "./list";
import type { Run } from "./standing";

let app: Record<string, unknown> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  document.body.replaceChildren();
  // Nothing has a size here.
  vi.stubGlobal("ResizeObserver", class { observe() {} disconnect() {} unobserve() {} });
});

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  await wait();
  // What is left after that would go on for as long as the window lives.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const NOW = new Date(2026, 10, 21, 14, 7, 32);
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const run = (id: number, rest: Partial<Run> = {}): Run => ({ id, job: "backup", state: "succeeded", why: "schedule", due: minutesAgo(id), attempt: 1, started: minutesAgo(id), ended: minutesAgo(id - 1), ...rest });
const backup: Job = { name: "backup", triggers: ["0 2 * * *"], when: ["every day at 02:00"], running: [], waiting: [], last: run(20) };

async function showing(at: string, jobs: Job[], answers: Record<string, Answer> = {}): Promise<Fake> {
  history.replaceState(undefined, "", `#${at}`);
  const daemon = new Fake({ "job.runs": () => ({ runs: [run(21), run(20)], more: false }), "job.next": () => ({ due: [] }), ...answers });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  await board(daemon, jobs);
  return daemon;
}

async function board(daemon: Fake, jobs: Job[]): Promise<void> {
  daemon.item(BOARD_FEED, { snapshot: true, changes: jobs.map((value, index) => ({ noun: "job", key: value.name, sequence: index + 1, value })) });
  await wait();
}

async function wait(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  flushSync();
}

async function press(selector: string): Promise<void> {
  find<HTMLElement>(selector).click();
  await wait(10);
}

async function type(selector: string, text: string): Promise<void> {
  const field = find<HTMLInputElement>(selector);
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await wait(200);
}

function find<Found extends Element>(selector: string): Found {
  const found = document.querySelector<Found>(selector);
  if (found === null) throw new Error(`there is no ${selector}`);
  return found;
}

const text = (selector: string) => [...document.querySelectorAll(selector)].map((element) => element.textContent?.replaceAll(/\s+/g, " ").trim());
const asked = (daemon: Fake, op: string) => daemon.sent.filter(({ method }) => method === op).map(({ params }) => params);
const field = (label: string) => `#${[...document.querySelectorAll("label")].find((element) => element.textContent?.startsWith(label))?.htmlFor}`;

test("jobs are rows with when, next and last; their marks have words for those who listen", async () => {
  await showing("/jobs", [{ ...backup, next: minutesAgo(-6) }, { name: "lint", triggers: ["files"], running: [], waiting: [] }]);
  expect(text("tbody th")).toEqual(["backup", "lint"]);
  expect(text("[data-job=backup] td.when")).toEqual(["Every day at 02:00"]);
  expect(text("[data-job=backup] td.next")).toEqual(["in 6 m"]);
  expect(text("[data-job=backup] td.last")[0]).toContain("Succeeded · 19 m ago · 1 m");
  expect(find("[data-job=backup] td.history svg").getAttribute("aria-label")?.replaceAll(/\s/g, " ")).toBe("Last 2 runs: 2 succeeded");
});

test("a job runs when it is told to, and the run is at hand", async () => {
  const daemon = await showing("/jobs", [backup], { "job.run": () => run(22, { state: "running" }) });
  await press("[data-action=run]");
  expect(asked(daemon, "job.run")).toEqual([{ name: "backup" }]);
  expect(text(".toast p")).toEqual(["backup runs as run 22."]);
  await wait(20_000);
});

test("what was refused is said with its hint", async () => {
  await showing("/jobs", [backup], {
    "job.pause": () => {
      throw new Fault("conflict", "it is removed", "hob job ls");
    },
  });
  await press("[data-action=pause]");
  expect(text(".toast p")).toEqual(["Could not pause backup: it is removed · hob job ls"]);
  await wait(20_000);
});

test("a change on the board asks for its newest runs, and for nothing else", async () => {
  const daemon = await showing("/jobs", [backup]);
  expect(asked(daemon, "job.runs")).toHaveLength(1);
  await board(daemon, [{ ...backup, next: minutesAgo(-5) }]);
  expect(asked(daemon, "job.runs")).toHaveLength(1);
  await board(daemon, [{ ...backup, last: run(22) }]);
  expect(asked(daemon, "job.runs")).toHaveLength(2);
});

test("without a daemon nothing can be pressed", async () => {
  const daemon = await showing("/jobs", [backup]);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  await press("[data-action=run]");
  expect(asked(daemon, "job.run")).toEqual([]);
  expect(find("table").classList).toContain("last-known");
});

test("no jobs is an answer, and says how to add one", async () => {
  await showing("/jobs", []);
  expect(text("main h2")).toEqual(["No jobs yet."]);
  expect(text("main pre")[0]).toContain("hob job add");
});

test("the timeline has all that it draws as a table", async () => {
  await showing("/jobs", [backup], { "job.next": () => ({ due: [{ job: "backup", at: minutesAgo(-60), local: "", trigger: "0 2 * * *" }] }) });
  expect(text("[data-timeline=backup] .spoken")).toEqual(["backup: 2 succeeded, 1 planned"]);
  await press("button.twin");
  expect(text("section tbody td:nth-child(3)")).toEqual(["Succeeded", "Succeeded", "Planned"]);
});

const preview = { words: ["every day at 02:30"], zone: "Europe/Madrid", next: [{ at: minutesAgo(-600), local: "2026-11-22T02:30:00+01:00[Europe/Madrid]" }], changes: [{ at: "2027-03-28T01:00:00Z", local: "2027-03-28T03:00:00+02:00[Europe/Madrid]", note: "the clock goes forward" }] };

test("the next times are shown while a schedule is typed, and what is wrong with it at its field", async () => {
  const daemon = await showing("/jobs/_new", [], {
    "job.preview": (params) => {
      if (JSON.stringify(params).includes("61")) throw new Fault("invalid", 'cron: "61" is not a minute');
      return preview;
    },
  });
  await wait(200);
  expect(asked(daemon, "job.preview")).toEqual([{ cron: ["0 2 * * *"], count: 5 }]);
  expect(text("aside h2")).toEqual(["Every day at 02:30"]);
  expect(text("aside .note")).toEqual(["The clock goes forward"]);

  await type(field("Cron expression"), "61 2 * * *");
  expect(text(".field p.error")).toEqual(['"61" is not a minute']);
  expect(text("aside h2")).toEqual(["Not a schedule yet"]);
  await type(field("Cron expression"), "30 2 * * *");
  expect(text(".field p.error")).toEqual([]);
});

const NEW = { name: "backup", file: "/x/backup.toml", diff: "@@ -0,0 +1,1 @@\n+[job.backup]\n", saved: false };

test("a job is added as it was typed, and what the daemon does not like stands at its field", async () => {
  let refuses = true;
  const daemon = await showing("/jobs/_new", [], {
    "job.preview": () => preview,
    "job.edit": () => ({ ...NEW, problems: refuses ? [{ key: "queue", message: 'there is no queue named "dsik"', hint: 'did you mean "disk"?' }] : [] }),
    "job.get": () => ({ status: backup, config: {}, runs: [] }),
  });
  await press("button[type=submit]");
  expect(text(".field p.error")).toEqual(["A job needs a name.", "A job needs a command."]);
  expect(asked(daemon, "job.edit")).toEqual([]);

  await type(field("Name"), "backup");
  await type(field("Command"), "restic backup '/a b'");
  await type(field("Queue"), "dsik");
  expect(text("form ol li")).toContain("/a b");
  expect(find("button[type=submit]").getAttribute("aria-disabled"), "it was not looked at yet").toBe("true");
  await wait(300);
  expect(text(".field p.error")).toEqual(['There is no queue named "dsik" (did you mean "disk"?)']);
  expect(text(".diff .new")[0]).toContain("[job.backup]");
  expect(text("form .foot > .error"), "the field is named, and says it").toEqual(["To be mended: Queue."]);
  expect(find("button[type=submit]").getAttribute("aria-disabled"), "something is wrong").toBe("true");
  await press("button[type=submit]");
  expect(document.activeElement).toBe(find(field("Queue")));

  refuses = false;
  await type(field("Queue"), "disk");
  await wait(300);
  await press("button[type=submit]");
  const set = [
    { key: "command", value: ["restic", "backup", "/a b"] },
    { key: "cron", value: "0 2 * * *" },
    { key: "queue", value: "disk" },
  ];
  expect(asked(daemon, "job.edit").at(-1)).toEqual({ name: "backup", set, unset: [], add: true, dry_run: false });
  expect(location.hash).toBe("#/jobs/backup");
  await wait(20_000);
});

test("a name that is taken is told at the name", async () => {
  await showing("/jobs/_new", [], {
    "job.preview": () => preview,
    "job.edit": () => {
      throw new Fault("conflict", 'a job is named "backup" already', "change it in /x/backup.toml");
    },
  });
  await type(field("Name"), "backup");
  await type(field("Command"), "true");
  await wait(300);
  expect(text(".field p.error")).toEqual(['A job is named "backup" already; change it in /x/backup.toml']);
});

test("the times of another zone name it once, beside those of here", async () => {
  const there = [-600, -2040].map((minutes) => ({ at: minutesAgo(minutes), local: `${minutesAgo(minutes).slice(0, 19)}+00:00[Antarctica/Troll]`, job: "backup", trigger: "" }));
  await showing("/jobs/backup", [backup], { "job.get": () => ({ config: {} }), "job.next": () => ({ due: there }) });
  expect(text("main .facts .quiet").join(" ").match(/Troll/g)).toHaveLength(1);
});

test("a schedule is not called wrong because the daemon is gone", async () => {
  const daemon = await showing("/jobs/_new", [], { "job.preview": () => preview });
  await wait(200);
  daemon.fail(BOARD_FEED, new Fault("unavailable", "gone"));
  await wait();
  expect(text("aside h2")).toEqual(["The next times are not known"]);
});

const FILE = { name: "backup", file: "/x/shop.toml", line: 2, text: "# ours\n[job.backup]\n", digest: "d1", table: { command: ["restic"], cron: "0 2 * * *", env: { KEY: null }, keep: { runs: 5 } } };
const change = { name: "backup", set: [{ key: "cron", value: "0 3 * * *" }], unset: [], digest: "d1" };

test("an existing job is edited: only what differs is said, and only after it was seen", async () => {
  const daemon = await showing("/jobs/backup/edit", [backup], {
    "job.config": () => FILE,
    "job.preview": () => preview,
    "job.edit": () => ({ ...NEW, file: FILE.file, diff: '@@ -2,1 +2,1 @@\n-cron = "0 2 * * *" # mine\n+cron = "0 3 * * *" # mine\n' }),
    "job.get": () => ({ status: backup, config: {}, runs: [] }),
  });
  await wait(200);
  expect([find<HTMLInputElement>(field("Command")).value, find<HTMLInputElement>(field("Cron expression")).value]).toEqual(["restic", "0 2 * * *"]);
  expect(text("aside h2")).toEqual(["Every day at 02:30"]);
  expect(find<HTMLButtonElement>("button[type=submit]").title).toBe("Nothing is changed.");
  expect(text("main form")[0]).toContain("Kept as they are in the file: keep");
  await press("button[type=submit]");
  expect(asked(daemon, "job.edit")).toEqual([]);

  await type(field("Cron expression"), "0 3 * * *");
  await wait(300);
  expect(text(".diff .gone, .diff .new")).toHaveLength(2);
  await press("button[type=submit]");
  expect(asked(daemon, "job.edit")).toEqual([
    { ...change, dry_run: true },
    { ...change, dry_run: false },
  ]);
  expect(location.hash).toBe("#/jobs/backup");
  await wait(20_000);
});

test("a file that was changed meanwhile is not overwritten, and what was typed stays", async () => {
  await showing("/jobs/backup/edit", [backup], {
    "job.config": () => FILE,
    "job.preview": () => preview,
    "job.edit": (params) => {
      if ((params as { dry_run: boolean }).dry_run) return { ...NEW, diff: "@@ -2,1 +2,1 @@\n+x\n" };
      throw new Fault("conflict", "/x/shop.toml was changed meanwhile", "nothing was written");
    },
  });
  await type(field("Cron expression"), "0 3 * * *");
  await wait(300);
  await press("button[type=submit]");
  expect(text("form [role=alert]")[0]).toContain("was changed meanwhile");
  expect(text("form button.primary"), "what alone can go on").toEqual(["Start again from the file"]);
  expect(find<HTMLInputElement>(field("Cron expression")).value).toBe("0 3 * * *");
  await press("form button[type=button]:not(fieldset button)");
  expect(find<HTMLInputElement>(field("Cron expression")).value, "what the file says").toBe("0 2 * * *");
  expect(text("form [role=alert]")).toEqual([]);
});

test("a job that there is not is said to be none, whatever its file is", async () => {
  await showing("/jobs/nightly/edit", [], {
    "job.config": () => {
      throw new Fault("not_found", 'no job is named "nightly"');
    },
  });
  expect(text("main h2")).toEqual(["There is no job of this name."]);
});

test("a job of a project is not edited here, and that is said", async () => {
  await showing("/jobs/backup/edit", [backup], { "job.config": () => ({ ...FILE, fixed: "it belongs to the project shop" }) });
  expect(text("main h2")).toEqual(["It cannot be changed here."]);
  expect(document.querySelector("main form")).toBeNull();
});

test("a run says why it ran, how it ended and how long that took; again is one press", async () => {
  const failed = run(20, { state: "failed", code: 75, reason: "exit status 75" });
  const daemon = await showing("/jobs/runs/20", [backup], { "job.logs": () => ({ run: failed, lines: [], more: false }), "job.again": () => run(30) });
  expect(text(".result")).toEqual(["Failed Exit status 75"]);
  expect(text("main dl").join()).toContain("Exit status 75");
  await press("[data-action=again]");
  expect(asked(daemon, "job.again")).toEqual([{ id: 20 }]);
  expect(location.hash).toBe("#/jobs/runs/30");
});

test("a run that there is not is an answer", async () => {
  await showing("/jobs/runs/99", [], {
    "job.logs": () => {
      throw new Fault("not_found", "there is no run 99");
    },
  });
  expect(text("main h2")).toEqual(["There is no such run."]);
});

test("what jobs say is text, never markup, and no element has a style of its own", async () => {
  await showing("/jobs", [{ ...backup, name: "<b>x</b>\u202e", when: ["<img src=x>"], last: run(20, { state: "failed", reason: "<i>\u001b[31m" }) }]);
  expect(document.querySelector("main :is(b, img, i)")).toBeNull();
  expect(text("tbody th")).toEqual(["<b>x</b>\\u{202e}"]);
  expect(document.querySelector("main [style]")).toBeNull();
});
