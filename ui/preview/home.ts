/** The first page: with something to do, with nothing, and before anything is set up. */

import type { JobStatus, RunRecord } from "../src/lib/api/types.gen";
import { Fault } from "../src/lib/api/transport";
import { minutesAgo, minutesAhead, named, secondsAgo, type Board, type Scenes } from "./scene";
import { stats } from "./service";
import { hostile, hostileFeeds, mixed } from "./services";

const run = (id: number, job: string, state: RunRecord["state"], ended: number, reason?: string): RunRecord => ({
  id,
  job,
  state,
  why: "schedule",
  attempt: 1,
  due: minutesAgo(ended + 1),
  started: minutesAgo(ended + 1),
  ended: minutesAgo(ended),
  ...(reason && { reason }),
});

const job = (name: string, trigger: string, last?: RunRecord): JobStatus => ({ name, triggers: [trigger], running: [], waiting: [], ...(last && { last }) });

const jobs: JobStatus[] = [
  job("backup-db", "0 2 * * *", run(411, "backup-db", "succeeded", 725)),
  job("invoices", "0 6 * * 1", run(418, "invoices", "failed", 94, "exit status 2: template \"reminder\" has no field \"due\"")),
  job("sync-mail", "every 30m", run(452, "sync-mail", "succeeded", 9)),
];

const runs = [
  ...Array.from({ length: 6 }, (_, index) => run(452 - index, "sync-mail", "succeeded", 2 + index)),
  run(418, "invoices", "failed", 94, "exit status 2"),
];

const answers = {
  "job.next": () => ({
    due: [
      { job: "sync-mail", at: minutesAhead(6.4), local: "", trigger: "every 30m" },
      { job: "sync-mail", at: minutesAhead(36.4), local: "", trigger: "every 30m" },
      { job: "backup-db", at: minutesAhead(713), local: "", trigger: "0 2 * * *" },
      { job: "invoices", at: minutesAhead(60 * 40), local: "", trigger: "0 6 * * 1" },
    ],
  }),
  "job.runs": () => ({ runs, more: false }),
};

const quiet = {
  ...answers,
  "job.next": () => ({ due: answers["job.next"]().due.slice(0, 2) }),
  "job.runs": () => ({ runs: runs.slice(0, 6), more: false }),
};

const request = (id: string, client: string, minutes: number) => ({
  id,
  client,
  state: "pending",
  created: minutesAgo(minutes),
  expires: minutesAhead(5 - minutes),
});

const usual: Board = {
  ...named("service", mixed),
  ...named("job", jobs),
  request: { r1: request("r1", "claude-review", 1.2), r2: request("r2", "deploy-bot", 0.4) },
};
const well = mixed.filter(({ name }) => ["api", "shop/web", "worker-mail"].includes(name));

const feeds = { "service.stats": stats };
/** What these use, where there are no others. */
const only = (names: readonly string[]) => ({ "service.stats": () => stats({ names }) });

export const HOME: Scenes = {
  home: { board: usual, answers, feeds },
  "home-quiet": { feeds: only(well.map(({ name }) => name)), board: { ...named("service", well), ...named("job", jobs.slice(2)) }, answers: quiet },
  "home-empty": { board: {} },
  "home-services": { board: named("service", mixed), feeds },
  "home-paused": {
    board: {
      ...usual,
      system: { pause: { until: minutesAhead(42) } },
      config: { problem: { code: "invalid", message: "/home/ada/.config/hob/hob.toml, line 14, column 9: unknown field `comand`", hint: "did you mean `command`?" } },
    },
    answers,
    feeds,
  },
  "home-lost": { board: usual, answers, feeds, lost: new Fault("unavailable", "nothing answers on /run/user/1000/hob/hob.sock (connection refused)") },
  "home-hostile": {
    feeds: hostileFeeds,
    board: {
      ...named("service", hostile),
      ...named("job", [job("<i>job</i>\u202egpj", "", run(1, "x", "failed", 3, "a".repeat(4000)))]),
      request: { r1: { ...request("r1", "<script>agent</script>\u0007", 1), created: secondsAgo(3) } },
    },
    answers: { ...answers, "job.next": () => ({ due: [{ job: "w".repeat(200), at: minutesAhead(3), local: "", trigger: "" }] }) },
  },
};
