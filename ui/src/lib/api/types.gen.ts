/* Generated from docs/ops.schema.json. Do not edit: `make gen` writes it anew. */

/**
 * What a caller must be allowed to do; each level includes the ones before it.
 */
export type Access = "observe" | "request" | "operate" | "approve" | "admin";

/**
 * All services.
 */
export interface AllServices {
  /**
   * By name.
   */
  services: ServiceStatus[];
}

/**
 * What happened to one value.
 */
export interface Change {
  /**
   * Which one.
   */
  key: string;
  /**
   * What kind of thing it is, such as `service`.
   */
  noun: string;
  /**
   * The number of this change; later changes have higher numbers.
   */
  sequence: number;
  /**
   * The value now; absent when it was removed.
   */
  value?: {
    [k: string]: unknown;
  };
}

/**
 * What a watcher is given: everything at first, then what changed.
 */
export interface Changes {
  /**
   * In the order in which they happened.
   */
  changes: Change[];
  /**
   * Whether these are all values there are: forget what you had.
   */
  snapshot: boolean;
}

/**
 * One check.
 */
export interface Check {
  /**
   * What was found.
   */
  detail: string;
  /**
   * What was looked at.
   */
  name: string;
  /**
   * What to do about it.
   */
  remedy?: string | null;
  /**
   * How it ended.
   */
  verdict: Verdict;
}

/**
 * All checks.
 */
export interface Checks {
  /**
   * In the order in which they were made.
   */
  checks: Check[];
}

/**
 * What kind of failure it is.
 */
export type Code =
  | "invalid"
  | "not_found"
  | "conflict"
  | "denied"
  | "pending"
  | "timeout"
  | "unavailable"
  | "too_large"
  | "busy"
  | "cancelled"
  | "unsupported"
  | "internal";

/**
 * An operation.
 */
export interface Described {
  /**
   * What it does.
   */
  about: string;
  /**
   * What the caller must be allowed to do.
   */
  access: Access;
  /**
   * Whether it changes anything.
   */
  effect: Effect;
  /**
   * Whether it answers with a stream.
   */
  feed: boolean;
  /**
   * `noun.verb`.
   */
  name: string;
}

/**
 * How a service differs from what was approved.
 */
export interface Difference {
  /**
   * Whether it was not there before.
   */
  added: boolean;
  /**
   * What is other than it was, if it was there before and still is.
   */
  keys?: KeyDifference[];
  /**
   * Whether it is not there any more.
   */
  removed: boolean;
  /**
   * The service, as its file calls it.
   */
  service: string;
}

/**
 * When something is due.
 */
export interface DueNext {
  /**
   * When.
   */
  at: string;
  /**
   * Which job.
   */
  job: string;
  /**
   * The same on the clock of the job's zone, with that zone (RFC 9557).
   */
  local: string;
  /**
   * Which of its triggers.
   */
  trigger: string;
}

/**
 * A length of time with its unit (h, m, s, ms, us, ns), such as "10s", "1m30s" or "100ms"; at most one year
 */
export type Duration = string;

/**
 * Whether an operation changes anything; a change is recorded.
 */
export type Effect = "read" | "change";

/**
 * Something that happened to a service.
 */
export interface Event {
  /**
   * When.
   */
  at: string;
  /**
   * To which run; 0 before the first.
   */
  run: number;
  /**
   * What, in a sentence.
   */
  text: string;
}

/**
 * Why an operation did not do what was asked, and what to do about it.
 */
export interface Fault {
  /**
   * What kind of failure it is.
   */
  code: Code;
  /**
   * What to do about it.
   */
  hint?: string | null;
  /**
   * What went wrong, to what, and why; one or more sentences for a person.
   */
  message: string;
}

/**
 * What comes to a follower.
 */
export interface FollowItem {
  /**
   * Lines, in the order in which they were written.
   */
  lines?: LogLine[];
  /**
   * There may be lines older than these that were asked for, too; in the first item.
   */
  more?: boolean;
  /**
   * Where each service's log goes on behind these lines, for `after`; in the first item of all services.
   */
  places?: {
    [k: string]: string;
  };
  /**
   * Of which service they were removed; absent for events.
   */
  service?: string | null;
  /**
   * So many were removed before you read them.
   */
  skipped?: number;
  /**
   * Some were removed before you read them, and nobody has counted them.
   */
  uncounted?: boolean;
}

/**
 * What a service used.
 */
export interface History {
  /**
   * The oldest first.
   */
  points: StatsPoint[];
}

/**
 * What holds a run to a limit.
 */
export type Holds = "enforced" | "watched" | "nothing";

/**
 * What a run executes besides, or instead of, what its job says.
 */
export interface Inputs {
  /**
   * Words after the command.
   */
  args?: string[];
  /**
   * The files whose change it runs on, a line of JSON each.
   */
  changed?: string | null;
  /**
   * Instead of the job's command; what has no job has this.
   */
  command?: string[];
  /**
   * Variables besides the job's.
   */
  env?: {
    [k: string]: string;
  };
  /**
   * Whether it reads these lines on its standard input, too.
   */
  stdin?: boolean;
  /**
   * Where to run, instead of where the job says.
   */
  working_dir?: string | null;
}

/**
 * Add a job
 *
 * It is written to jobs.d/NAME.toml, where more can be said about it.
 */
export interface JobAdd {
  /**
   * Once, such as "2026-12-01T09:00"
   */
  at?: string[];
  /**
   * What to execute, each word by itself
   */
  command: string[];
  /**
   * When the clock matches, such as "0 2 * * *"
   */
  cron?: string[];
  /**
   * Variables for its environment
   */
  env?: Vars;
  /**
   * Again and again, such as "15m"
   */
  every?: string | null;
  /**
   * When one of these files changes, such as "src/** /*.rs"
   */
  files?: string[];
  /**
   * What to call it
   */
  name: string;
  /**
   * What becomes of a run that is due while another is under way: skip, queue, replace or "parallel(4)"
   */
  overlap?: string | null;
  /**
   * The queue whose slots it shares
   */
  queue?: string | null;
  /**
   * How many more attempts a run has that fails
   */
  retries?: number | null;
  /**
   * How long a run may take
   */
  timeout?: Duration | null;
  /**
   * Where to run it; the home directory if this is not said
   */
  working_dir?: string | null;
  /**
   * The zone of --cron and --at, such as "Europe/Madrid"; the system's if this is not said
   */
  zone?: string | null;
}

/**
 * Run again what has run, with the same inputs
 */
export interface JobAgain {
  /**
   * The number of the run
   */
  id: number;
}

/**
 * End a run, or take it out of those that wait
 */
export interface JobCancel {
  /**
   * The number of the run
   */
  id: number;
}

/**
 * All jobs and runs, in a few numbers.
 */
export interface JobCounts {
  /**
   * Of so many jobs the last run failed, took too long or was lost.
   */
  failed: number;
  /**
   * So many jobs are configured.
   */
  jobs: number;
  /**
   * So many runs take longer than they should.
   */
  late: number;
  /**
   * What is due next by its schedule.
   */
  next?: JobDue | null;
  /**
   * So many runs are under way, of jobs and of commands without one.
   */
  running: number;
  /**
   * So many runs wait.
   */
  waiting: number;
}

/**
 * A job in detail.
 */
export interface JobDetail {
  /**
   * What is configured; of `env` only the names.
   */
  config: {
    [k: string]: unknown;
  };
  /**
   * What its runs may use, and what holds them to it.
   */
  limits?: LimitHeld[];
  /**
   * Its newest runs, the newest first.
   */
  runs: RunRecord[];
  /**
   * How it is.
   */
  status: JobStatus;
  /**
   * How its files are watched, for each table of files.
   */
  watching?: State[];
}

/**
 * How a job differs from what was approved.
 */
export interface JobDifference {
  /**
   * Whether it was not there before.
   */
  added: boolean;
  /**
   * The job, as its file calls it.
   */
  job: string;
  /**
   * What is other than it was, if it was there before and still is.
   */
  keys?: KeyDifference[];
  /**
   * Whether it is not there any more.
   */
  removed: boolean;
}

/**
 * A job and when it is due.
 */
export interface JobDue {
  /**
   * When.
   */
  at: string;
  /**
   * Which job.
   */
  job: string;
}

/**
 * Put a command into a queue; it runs in its turn, whether or not anybody waits
 */
export interface JobEnqueue {
  /**
   * Only after these runs have succeeded
   */
  after?: number[];
  /**
   * What to execute, each word by itself
   */
  command: string[];
  /**
   * Variables for its environment
   */
  env?: {
    [k: string]: string;
  };
  /**
   * A higher one goes first, -1000 to 1000
   */
  priority?: number | null;
  /**
   * Into which queue
   */
  queue?: string | null;
  /**
   * Where to run it; absolute
   */
  working_dir?: string | null;
}

/**
 * Follow what a run writes, until it is over
 */
export interface JobFollow {
  /**
   * The number of a run, or the name of a job: its latest run
   */
  run: string;
}

/**
 * What comes to a follower.
 */
export interface JobFollowItem {
  /**
   * Lines, in the order in which they were written.
   */
  lines?: JobLine[];
  /**
   * The run: as it is at the beginning, and in the last item as it ended.
   */
  run?: RunRecord | null;
  /**
   * So many were removed before you read them.
   */
  skipped?: number | null;
}

/**
 * Show a job: how it is, how it is configured, what has run
 */
export interface JobGet {
  /**
   * Which job
   */
  name: string;
}

/**
 * One line that a run wrote.
 */
export interface JobLine {
  /**
   * Of which attempt, where that is known.
   */
  attempt?: number | null;
  /**
   * Whether more of this line may follow.
   */
  partial?: boolean;
  /**
   * Where it comes from.
   */
  stream: Source;
  /**
   * The text without its newline; bytes that are not UTF-8 are replaced.
   */
  text: string;
  /**
   * When.
   */
  time: string;
}

/**
 * List all jobs and queues
 */
export interface JobList {}

/**
 * Lines of a run, the oldest first.
 */
export interface JobLogPage {
  /**
   * The newest that were asked for.
   */
  lines: JobLine[];
  /**
   * Whether there may be older ones.
   */
  more: boolean;
  /**
   * The run.
   */
  run: RunRecord;
}

/**
 * Read what a run wrote
 */
export interface JobLogs {
  /**
   * Only of this attempt
   */
  attempt?: number | null;
  /**
   * Only lines that this regular expression matches
   */
  grep?: string | null;
  /**
   * So many of the newest lines, at most 100000
   */
  lines?: number;
  /**
   * The number of a run, or the name of a job: its latest run
   */
  run: string;
}

/**
 * Show what is due next
 */
export interface JobNext {
  /**
   * So many due times of each, at most 100
   */
  count?: number;
  /**
   * Of which job; of all if this is not said
   */
  name?: string | null;
}

/**
 * Begin nothing of a job or a queue, for a while or until `resume`; what runs goes on
 */
export interface JobPause {
  /**
   * For so long, such as `15m`
   */
  for?: Duration | null;
  /**
   * Which job
   */
  name?: string | null;
  /**
   * Which queue
   */
  queue?: string | null;
}

/**
 * What a job of a project would run.
 */
export interface JobPlan {
  /**
   * What would be executed, word by word.
   */
  command: string[];
  /**
   * The names of its variables.
   */
  env?: string[];
  /**
   * The file of further variables.
   */
  env_file?: string | null;
  /**
   * Their names.
   */
  env_file_names?: string[];
  /**
   * Its full name.
   */
  name: string;
  /**
   * Everything else that is not as it is by default, such as when it would run.
   */
  settings?: {
    [k: string]: unknown;
  };
  /**
   * As which user, if not the daemon's.
   */
  user?: string | null;
  /**
   * Where.
   */
  working_dir: string;
}

/**
 * Remove a job with the file that it was added with; what it runs goes on, what waits is cancelled
 */
export interface JobRemove {
  /**
   * Which job
   */
  name: string;
}

/**
 * A job that is no more.
 */
export interface JobRemoved {
  /**
   * The file that was removed. Its runs are kept.
   */
  file: string;
  /**
   * What it was called.
   */
  name: string;
}

/**
 * End the pause of a job or a queue
 */
export interface JobResume {
  /**
   * Which job
   */
  name?: string | null;
  /**
   * Which queue
   */
  queue?: string | null;
}

/**
 * Run a job now
 */
export interface JobRun {
  /**
   * Words after its command; only for those who may configure jobs
   */
  args?: string[];
  /**
   * Which job
   */
  name: string;
}

/**
 * List runs, the newest first
 */
export interface JobRuns {
  /**
   * Only those before this number
   */
  before?: number | null;
  /**
   * Only of this job
   */
  job?: string | null;
  /**
   * So many, at most 10000
   */
  limit?: number;
  /**
   * Only of this queue
   */
  queue?: string | null;
  /**
   * Only those that stand so
   */
  state?: Standing | null;
}

/**
 * How a job is.
 */
export interface JobStatus {
  /**
   * The last of its runs that has ended.
   */
  last?: RunRecord | null;
  /**
   * Those under way that take longer than they should.
   */
  late?: number[];
  /**
   * What it is called.
   */
  name: string;
  /**
   * When its schedule is due next.
   */
  next?: string | null;
  /**
   * Whether nothing of it begins.
   */
  paused?: boolean;
  /**
   * Until when that is so, if that is known.
   */
  paused_until?: string | null;
  /**
   * Its runs under way.
   */
  running: number[];
  /**
   * What it runs on, in words, such as "0 2 * * *" or "every 15m"; empty if only when asked.
   */
  triggers: string[];
  /**
   * What is wrong with how its files are watched, or with recording its runs.
   */
  trouble?: string | null;
  /**
   * Its runs that wait.
   */
  waiting: number[];
}

/**
 * Wait until a run is over
 */
export interface JobWait {
  /**
   * The number of the run
   */
  id: number;
}

/**
 * All jobs and queues.
 */
export interface Jobs {
  /**
   * Jobs, by name.
   */
  jobs: JobStatus[];
  /**
   * Queues, by name.
   */
  queues: QueueStatus[];
}

/**
 * A key of a service or job that has another value than the approved one.
 */
export interface KeyDifference {
  /**
   * What it would be; likewise.
   */
  after?: {
    [k: string]: unknown;
  };
  /**
   * What was approved; absent if there was nothing, or if it may be a secret.
   */
  before?: {
    [k: string]: unknown;
  };
  /**
   * What became of a value that is not shown: `added`, `changed` or `removed`.
   */
  hidden?: string | null;
  /**
   * The key, such as `command` or `env.PORT`.
   */
  key: string;
}

/**
 * How serious a line is.
 */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/**
 * A limit of a service or a job.
 */
export interface LimitHeld {
  /**
   * How much is allowed.
   */
  allowed: string;
  /**
   * What holds it to that.
   */
  holds: Holds;
  /**
   * Which: memory, pids, cpu or open_files.
   */
  limit: string;
}

/**
 * One line that a service wrote, or one thing that happened to it.
 */
export interface LogLine {
  /**
   * Whether more of this line may follow.
   */
  partial?: boolean;
  /**
   * Of which run, where that is known.
   */
  run?: number | null;
  /**
   * Which service.
   */
  service: string;
  /**
   * Where it comes from.
   */
  stream: Source;
  /**
   * The text without its newline; bytes that are not UTF-8 are replaced.
   */
  text: string;
  /**
   * When.
   */
  time: string;
}

/**
 * Lines, the oldest first.
 */
export interface LogPage {
  /**
   * The newest that were asked for.
   */
  lines: LogLine[];
  /**
   * Whether there may be older ones.
   */
  more: boolean;
}

/**
 * What becomes of the lines of a log that cannot be written.
 */
export type LogTrouble = "waiting" | "blocked" | "dropping";

/**
 * What is due, the soonest first.
 */
export interface NextPage {
  /**
   * Due times.
   */
  due: DueNext[];
}

/**
 * All operations.
 */
export interface OpsList {
  /**
   * By name.
   */
  ops: Described[];
}

/**
 * A path that the daemon uses.
 */
export interface PathStatus {
  /**
   * What decided it.
   */
  from: string;
  /**
   * What it is for.
   */
  name: string;
  /**
   * The path.
   */
  path: string;
}

/**
 * Restarts are held.
 */
export interface Pause {
  /**
   * Until then; without it until somebody resumes.
   */
  until?: string | null;
}

/**
 * What is paused now.
 */
export interface PauseReply {
  /**
   * The job or the queue.
   */
  name: string;
  /**
   * Whether nothing of it begins.
   */
  paused: boolean;
  /**
   * Until when; absent if until somebody resumes it.
   */
  until?: string | null;
}

/**
 * Whether restarts are held.
 */
export interface PauseState {
  /**
   * Whether they are.
   */
  paused: boolean;
  /**
   * Until when; absent if until somebody resumes.
   */
  until?: string | null;
}

/**
 * What a service of a project would run.
 */
export interface Plan {
  /**
   * Whether it starts with the project and with the daemon.
   */
  autostart: boolean;
  /**
   * What would be executed, word by word.
   */
  command: string[];
  /**
   * The names of its variables.
   */
  env?: string[];
  /**
   * The file of further variables.
   */
  env_file?: string | null;
  /**
   * Their names.
   */
  env_file_names?: string[];
  /**
   * Its full name.
   */
  name: string;
  /**
   * Everything else that is not as it is by default.
   */
  settings?: {
    [k: string]: unknown;
  };
  /**
   * As which user, if not the daemon's.
   */
  user?: string | null;
  /**
   * Where.
   */
  working_dir: string;
}

/**
 * The answer to a ping.
 */
export interface Pong {
  /**
   * The daemon's process.
   */
  pid: number;
}

/**
 * A port that is listened on.
 */
export interface Port {
  /**
   * On which address; "0.0.0.0" and "::" are all.
   */
  address: string;
  /**
   * Its number.
   */
  port: number;
  /**
   * "tcp" or "udp".
   */
  protocol: string;
}

/**
 * End the runs of a project's jobs, stop its services in order, and forget its approval
 */
export interface ProjectDown {
  /**
   * Its name or its directory, absolute
   */
  project: string;
}

/**
 * List all projects, and whether their files are still what was approved
 */
export interface ProjectList {}

/**
 * Show what a project's files would run, and how that differs from what was approved
 */
export interface ProjectReview {
  /**
   * The directory with its hob.toml, absolute
   */
  dir: string;
}

/**
 * How the files on disk compare to what was approved, which is what runs.
 */
export type ProjectState = "approved" | "changed" | "file_gone" | "directory_gone" | "broken";

/**
 * A project that was taken up.
 */
export interface ProjectStatus {
  /**
   * When it was approved.
   */
  approved_at: string;
  /**
   * The process that asked for it.
   */
  approved_by_pid?: number | null;
  /**
   * The SHA-256 of what was approved.
   */
  digest: string;
  /**
   * Its directory.
   */
  dir: string;
  /**
   * Its jobs, likewise.
   */
  jobs?: string[];
  /**
   * Its name, which stands before those of its services.
   */
  name: string;
  /**
   * In a sentence, if they are not the same.
   */
  note?: string | null;
  /**
   * Its services, by their full names.
   */
  services: string[];
  /**
   * How its files compare to what was approved.
   */
  state: ProjectState;
}

/**
 * Approve a project's files, if they are those that were reviewed, and start what starts by itself
 */
export interface ProjectUp {
  /**
   * The digest that the review has told
   */
  digest: string;
  /**
   * The directory with its hob.toml, absolute
   */
  dir: string;
}

/**
 * All projects.
 */
export interface Projects {
  /**
   * By name.
   */
  projects: ProjectStatus[];
}

/**
 * How a queue is.
 */
export interface QueueStatus {
  /**
   * What it is called.
   */
  name: string;
  /**
   * Whether nothing of it begins.
   */
  paused?: boolean;
  /**
   * Until when that is so, if that is known.
   */
  paused_until?: string | null;
  /**
   * So many run.
   */
  running: number;
  /**
   * So many of it run at a time.
   */
  slots: number;
  /**
   * So many wait.
   */
  waiting: number;
}

/**
 * The configuration on disk is in force.
 */
export interface Reloaded {
  /**
   * The directories and files that were read.
   */
  read: string[];
}

/**
 * A service that is no more.
 */
export interface Removed {
  /**
   * The file that was removed. Its logs are kept.
   */
  file: string;
  /**
   * What it was called.
   */
  name: string;
}

/**
 * The daemon is being replaced.
 */
export interface Replacing {
  /**
   * The process, which stays the same.
   */
  pid: number;
  /**
   * The program that it executes.
   */
  program: string;
}

/**
 * When to start a service again after it ended by itself.
 */
export type Restart = "always" | "on-failure" | "never";

/**
 * What a project's files would run.
 */
export interface Reviewed {
  /**
   * Whether exactly this is approved.
   */
  approved: boolean;
  /**
   * What is other than it was when it was approved; absent if it never was. It may be nothing that matters,
   * such as a comment.
   */
  differences?: Difference[] | null;
  /**
   * The SHA-256 of what was read, which an approval has to name.
   */
  digest: string;
  /**
   * Its directory, without symbolic links.
   */
  dir: string;
  /**
   * The file that says so.
   */
  file: string;
  /**
   * As `differences`, of its jobs.
   */
  job_differences?: JobDifference[] | null;
  /**
   * Its jobs, by name.
   */
  jobs?: JobPlan[];
  /**
   * What the project would be called.
   */
  name: string;
  /**
   * What it was called when it was approved, if it was and under another name.
   */
  renamed_from?: string | null;
  /**
   * Its services, by name.
   */
  services: Plan[];
}

/**
 * One run of a service.
 */
export interface Run {
  /**
   * When it ended.
   */
  ended?: string | null;
  /**
   * How it ended.
   */
  ending?: string | null;
  /**
   * Its main process.
   */
  pid: number;
  /**
   * Its number, counted from 1 for each service.
   */
  run: number;
  /**
   * When it began.
   */
  started: string;
}

/**
 * Runs, the newest first.
 */
export interface RunPage {
  /**
   * Whether there are older ones.
   */
  more: boolean;
  /**
   * Those that were asked for.
   */
  runs: RunRecord[];
}

/**
 * All that is kept of a run.
 */
export interface RunRecord {
  /**
   * The runs that have to succeed first.
   */
  after?: number[];
  /**
   * How often it has been begun.
   */
  attempt: number;
  /**
   * What it exited with.
   */
  code?: number | null;
  /**
   * The processor time of its latest attempt, its descendants' too as far as it waited for them; milliseconds.
   */
  cpu_ms?: number | null;
  /**
   * For when it was scheduled, or when it was asked for.
   */
  due: string;
  /**
   * When it ended.
   */
  ended?: string | null;
  /**
   * Its number.
   */
  id: number;
  /**
   * What it executes besides what its job says.
   */
  inputs?: Inputs;
  /**
   * Its job; absent for a command that was put into a queue by itself.
   */
  job?: string | null;
  /**
   * The most memory that one of its processes had resident, bytes.
   */
  memory?: number | null;
  /**
   * Not to begin before this, as its attempt before failed.
   */
  not_before?: string | null;
  /**
   * Its main process, while that lives.
   */
  pid?: number | null;
  /**
   * A higher one goes first.
   */
  priority?: number;
  /**
   * The queue whose slots it shares.
   */
  queue?: string | null;
  /**
   * How it ended, or why it waits, in words.
   */
  reason?: string | null;
  /**
   * When its latest attempt began.
   */
  started?: string | null;
  /**
   * Where it stands.
   */
  state: Standing;
  /**
   * Why it is: "schedule", "files", "event", "asked", "again".
   */
  why: string;
}

/**
 * Add a service and start it
 *
 * It is written to services.d/NAME.toml, where more can be said about it.
 */
export interface ServiceAdd {
  /**
   * What to execute, each word by itself
   */
  command: string[];
  /**
   * Variables for its environment
   */
  env?: Vars;
  /**
   * What to call it
   */
  name: string;
  /**
   * Start it only when asked to
   */
  no_autostart?: boolean;
  /**
   * Services it requires, and comes after
   */
  requires?: string[];
  /**
   * When to start it again
   */
  restart?: Restart | null;
  /**
   * Where to run it; the home directory if this is not said
   */
  working_dir?: string | null;
}

/**
 * All that is known of a service.
 */
export interface ServiceDetail {
  /**
   * The cgroup that its run has to itself; absent if it has none, or does not run.
   */
  cgroup?: string | null;
  /**
   * Whether its configuration has changed since this run began; a restart applies it.
   */
  changed?: boolean;
  /**
   * What it executes.
   */
  command: string[];
  /**
   * Its configuration as checked, defaults filled in; of its environment only the names.
   */
  config: {
    [k: string]: unknown;
  };
  /**
   * Its variables besides those it inherits, and where each comes from.
   */
  environment: VariableOrigin[];
  /**
   * What happened to it lately, in order.
   */
  events: Event[];
  /**
   * Whether its health checks pass; only of one that is ready and has any. One that runs and is not
   * healthy is shown as `unhealthy`.
   */
  healthy?: boolean | null;
  /**
   * Its limits, and what holds it to each.
   */
  limits?: LimitHeld[];
  /**
   * What becomes of its output, while its log cannot be written.
   */
  log_trouble?: LogTrouble | null;
  /**
   * Its name.
   */
  name: string;
  /**
   * Its main process, while it has one.
   */
  pid?: number | null;
  /**
   * Whether it runs and does what others wait for.
   */
  ready: boolean;
  /**
   * Why it is in this state, in a sentence, where there is something to say.
   */
  reason?: string | null;
  /**
   * How often it was started again since a person last stepped in.
   */
  restarts: number;
  /**
   * When it is started again.
   */
  retry_at?: string | null;
  /**
   * The number of its last run, counted from 1; 0 before the first.
   */
  run: number;
  /**
   * Its newest runs, the newest first.
   */
  runs: Run[];
  /**
   * What it says of itself (sd_notify(3), `STATUS=`).
   */
  says?: string | null;
  /**
   * Since when it does what it does.
   */
  since: string;
  /**
   * What it is doing.
   */
  state: Word;
  /**
   * The services it waits for.
   */
  waiting_for?: string[];
  /**
   * What somebody wants of it.
   */
  wanted: Wanted;
  /**
   * Why changes of the files that it is restarted for are noticed late, or not at all.
   */
  watch_trouble?: string | null;
  /**
   * How the files are watched whose change restarts it.
   */
  watching?: State | null;
}

/**
 * Follow what services write and what happens to them
 */
export interface ServiceFollow {
  /**
   * Go on behind the places that an earlier follower was told, rather than begin
   */
  after?: {
    [k: string]: string;
  };
  /**
   * End with what there is now, rather than go on
   */
  ends?: boolean;
  /**
   * Go on with events that came after this moment
   */
  events_after?: string | null;
  /**
   * Only lines that this regular expression matches
   */
  grep?: string | null;
  /**
   * The expression matches capitals and small letters alike
   */
  ignore_case?: boolean;
  /**
   * Only lines that the expression does not match
   */
  invert?: boolean;
  /**
   * Only lines as serious as this, or more, as far as their text says; what does not say is info
   */
  level?: Level | null;
  /**
   * Begin with so many of the newest lines; without a number 10, or all since then if a moment is given
   */
  lines?: number | null;
  /**
   * Which services, also by a pattern such as "shop/*", which takes up those that come later; all if none is given
   */
  names?: string[];
  /**
   * Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
   */
  since?: string | null;
  /**
   * Only from here
   */
  stream?: Source | null;
  /**
   * Only until then, written as for since; this ends with what there is now
   */
  until?: string | null;
}

/**
 * Show all that is known of a service
 */
export interface ServiceGet {
  /**
   * Which service
   */
  name: string;
}

/**
 * Read what a service used within the last 24 hours, the older the coarser
 *
 * Kept only where `[stats] history` says how often. Where nothing was noted, such as while neither
 * the service nor the daemon ran, there is no point: one covers so many seconds before it.
 */
export interface ServiceHistory {
  /**
   * Which service
   */
  name: string;
  /**
   * Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
   */
  since?: string | null;
}

/**
 * List all services and how they are
 */
export interface ServiceList {}

/**
 * Read what services wrote, and what happened to them
 */
export interface ServiceLogs {
  /**
   * Only lines that this regular expression matches
   */
  grep?: string | null;
  /**
   * The expression matches capitals and small letters alike
   */
  ignore_case?: boolean;
  /**
   * Only lines that the expression does not match
   */
  invert?: boolean;
  /**
   * Only lines as serious as this, or more, as far as their text says; what does not say is info
   */
  level?: Level | null;
  /**
   * So many of the newest lines, at most 100000
   */
  lines?: number;
  /**
   * Which services, also by a pattern such as "shop/*"; all if none is given
   */
  names?: string[];
  /**
   * Only of the run of this number; 0 is the latest of each service, -1 the one before it
   */
  run?: number | null;
  /**
   * Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
   */
  since?: string | null;
  /**
   * Only from here
   */
  stream?: Source | null;
  /**
   * Only until then, written as for since
   */
  until?: string | null;
}

/**
 * Stop a service and remove the file that it was added with
 */
export interface ServiceRemove {
  /**
   * Which service
   */
  name: string;
}

/**
 * Stop a service and start it again; answers when it is ready
 */
export interface ServiceRestart {
  /**
   * Which service
   */
  name: string;
}

/**
 * Send a signal to all processes of a service's group
 */
export interface ServiceSignal {
  /**
   * Which service
   */
  name: string;
  /**
   * Which signal, such as HUP, SIGUSR1 or 10
   */
  signal: Signal;
}

/**
 * Start a service and those it requires; answers when it is ready
 */
export interface ServiceStart {
  /**
   * Which service
   */
  name: string;
}

/**
 * Watch what services use: CPU, memory, processes
 *
 * The first item comes at once, without CPU in percent, which takes two samples.
 * Nothing is counted while nobody watches.
 */
export interface ServiceStats {
  /**
   * How far items are apart, at least "1s"
   */
  every?: Duration;
  /**
   * Which services; all if none is given
   */
  names?: string[];
  /**
   * Say also on which ports services listen, which takes longer
   */
  ports?: boolean;
}

/**
 * How a service is.
 */
export interface ServiceStatus {
  /**
   * Whether its configuration has changed since this run began; a restart applies it.
   */
  changed?: boolean;
  /**
   * What it executes.
   */
  command: string[];
  /**
   * Whether its health checks pass; only of one that is ready and has any. One that runs and is not
   * healthy is shown as `unhealthy`.
   */
  healthy?: boolean | null;
  /**
   * What becomes of its output, while its log cannot be written.
   */
  log_trouble?: LogTrouble | null;
  /**
   * Its name.
   */
  name: string;
  /**
   * Its main process, while it has one.
   */
  pid?: number | null;
  /**
   * Whether it runs and does what others wait for.
   */
  ready: boolean;
  /**
   * Why it is in this state, in a sentence, where there is something to say.
   */
  reason?: string | null;
  /**
   * How often it was started again since a person last stepped in.
   */
  restarts: number;
  /**
   * When it is started again.
   */
  retry_at?: string | null;
  /**
   * The number of its last run, counted from 1; 0 before the first.
   */
  run: number;
  /**
   * What it says of itself (sd_notify(3), `STATUS=`).
   */
  says?: string | null;
  /**
   * Since when it does what it does.
   */
  since: string;
  /**
   * What it is doing.
   */
  state: Word;
  /**
   * The services it waits for.
   */
  waiting_for?: string[];
  /**
   * What somebody wants of it.
   */
  wanted: Wanted;
  /**
   * Why changes of the files that it is restarted for are noticed late, or not at all.
   */
  watch_trouble?: string | null;
}

/**
 * Stop a service and those that require it; answers when nothing of it is left
 */
export interface ServiceStop {
  /**
   * Which service
   */
  name: string;
}

/**
 * What a service's processes use: its main process, all below it, and what let itself loose from them.
 */
export interface ServiceUsage {
  /**
   * CPU since the item before this one, in percent of one processor; absent in the first item.
   */
  cpu_percent?: number | null;
  /**
   * CPU time since the run began, in seconds; what ended unseen before is not in it.
   */
  cpu_seconds: number;
  /**
   * Memory of its own in RAM, in bytes: without pages of files and without shared memory. Pages that
   * processes still share after a fork count for each.
   */
  memory_bytes: number;
  /**
   * Which service.
   */
  name: string;
  /**
   * How many open files these have, as far as that may be known.
   */
  open_files: number;
  /**
   * Its main process.
   */
  pid: number;
  /**
   * Where it listens, if that was asked for.
   */
  ports?: Port[] | null;
  /**
   * How many processes it has.
   */
  processes: number;
  /**
   * All that its processes have in RAM, in bytes; what several have counts for each.
   */
  resident_bytes: number;
  /**
   * Which run.
   */
  run: number;
  /**
   * How many threads these have.
   */
  threads: number;
}

/**
 * A signal by name ("TERM", "SIGTERM") or number (15)
 */
export type Signal = string | number;

/**
 * Where a line comes from.
 */
export type Source = "stdout" | "stderr" | "event";

/**
 * Where a run stands.
 */
export type Standing =
  "queued" | "running" | "succeeded" | "failed" | "timed-out" | "cancelled" | "skipped" | "missed" | "lost";

/**
 * How a watch is doing.
 */
export interface State {
  /**
   * Directories that are watched, or looked at.
   */
  directories: number;
  /**
   * Files that are meant, and known.
   */
  files: number;
  /**
   * The files are looked at so often, because the configuration says so.
   */
  poll?: Duration | null;
  /**
   * Why some changes are noticed late, or not at all.
   */
  trouble?: Trouble | null;
}

/**
 * What services use at one moment.
 */
export interface StatsItem {
  /**
   * When.
   */
  at: string;
  /**
   * By name; a service without a process is not among them.
   */
  services: ServiceUsage[];
}

/**
 * What a service used within a time.
 */
export interface StatsPoint {
  /**
   * The end of that time.
   */
  at: string;
  /**
   * CPU in percent of one processor.
   */
  cpu_percent: number;
  /**
   * Memory of its own in RAM, in bytes, on average.
   */
  memory_bytes: number;
  /**
   * The most memory that was seen, in bytes.
   */
  memory_peak_bytes: number;
  /**
   * The most processes that were seen.
   */
  processes: number;
  /**
   * How many seconds of it were seen.
   */
  seconds: number;
}

/**
 * How the daemon is.
 */
export interface Status {
  /**
   * Why the configuration on disk is not the one in force.
   */
  config_problem?: Fault | null;
  /**
   * How many clients and wanted services keep it from being idle.
   */
  holds: number;
  /**
   * Its state directory.
   */
  home: string;
  /**
   * How the jobs are; absent where there are none, and nothing runs or waits.
   */
  jobs?: JobCounts | null;
  /**
   * Its paths.
   */
  paths: PathStatus[];
  /**
   * Whether what crashes is started again only later.
   */
  paused?: Pause | null;
  /**
   * Its process.
   */
  pid: number;
  /**
   * When it started.
   */
  started: string;
  /**
   * Its background tasks.
   */
  tasks: TaskStatus[];
  /**
   * For how long it has run, in milliseconds; the clock may have been set meanwhile.
   */
  uptime_ms: number;
  /**
   * Its version.
   */
  version: string;
}

/**
 * The daemon is stopping.
 */
export interface Stopping {
  /**
   * The process to wait for.
   */
  pid: number;
}

/**
 * Check everything the daemon needs, and say what to do about what is missing
 */
export interface SystemDoctor {}

/**
 * List all operations of this daemon
 */
export interface SystemOps {}

/**
 * Begin no job and start nothing that crashes again, for a while or until `resume`
 */
export interface SystemPause {
  /**
   * For so long, such as `15m` or `1h`; until `resume` if neither this nor `until` is given
   */
  for?: Duration | null;
  /**
   * Until this moment (RFC 3339)
   */
  until?: string | null;
}

/**
 * Answer at once
 */
export interface SystemPing {}

/**
 * Read the configuration again and apply it
 *
 * Everything is checked before anything changes.
 */
export interface SystemReload {}

/**
 * Execute the daemon's program anew, in the same process and without its services noticing
 *
 * It may be another version by now. A daemon inside the desktop app cannot do this.
 */
export interface SystemReplace {}

/**
 * End the pause: start again what crashed in it, begin what waits
 */
export interface SystemResume {}

/**
 * Stop all services, then the daemon
 */
export interface SystemShutdown {
  /**
   * Let the services run on; the next daemon takes them over. One that writes 64 KiB while none runs waits for it
   */
  leave_services?: boolean;
}

/**
 * Show how the daemon is
 */
export interface SystemStatus {}

/**
 * Watch current values: all of them first, then each change
 */
export interface SystemWatch {
  /**
   * Only values of these kinds, such as `service`; all if none is given
   */
  nouns?: string[];
}

/**
 * A project that is no more.
 */
export interface TakenDown {
  /**
   * Its directory.
   */
  dir: string;
  /**
   * The jobs that are gone. Their runs have ended, and what they left is kept as long as that of others.
   */
  jobs?: string[];
  /**
   * What it was called.
   */
  name: string;
  /**
   * The services that are gone. Their logs are kept.
   */
  services: string[];
}

/**
 * One background task, as `system.status` shows it.
 */
export interface TaskStatus {
  /**
   * What went wrong last.
   */
  last_error?: string | null;
  /**
   * What it is called.
   */
  name: string;
  /**
   * How often it wakes by a timer, in milliseconds; absent if it waits for events only.
   */
  period_ms?: number | null;
  /**
   * How often it was started again after an error.
   */
  restarts: number;
}

/**
 * Why some changes are noticed late, or not at all.
 */
export interface Trouble {
  /**
   * What to do about it.
   */
  hint?: string | null;
  /**
   * What is wrong, and what happens instead.
   */
  message: string;
  /**
   * It is tried again by itself, and until then the files are looked at now and then.
   */
  retried: boolean;
}

/**
 * An environment variable, without its value, which may be a secret.
 */
export interface VariableOrigin {
  /**
   * Its name.
   */
  name: string;
  /**
   * Where its value comes from.
   */
  origin: string;
}

/**
 * Names and values, free of duplicates, of NUL characters, and of `=` in names.
 */
export interface Vars {
  [k: string]: string;
}

/**
 * How a check ended.
 */
export type Verdict = "ok" | "warning" | "failed";

/**
 * What somebody wants of a service.
 */
export type Wanted = "up" | "down";

/**
 * What a service is doing.
 */
export type Word = "stopped" | "waiting" | "starting" | "running" | "stopping" | "backoff" | "failed";

/**
 * What may be asked, by name.
 */
export interface Ops {
  /**
   * Add a job
   *
   * It is written to jobs.d/NAME.toml, where more can be said about it.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "job.add": {
    params: JobAdd;
    reply: JobStatus;
  };
  /**
   * Run again what has run, with the same inputs
   *
   * Needs `operate` access; its effect is `change`.
   */
  "job.again": {
    params: JobAgain;
    reply: RunRecord;
  };
  /**
   * End a run, or take it out of those that wait
   *
   * Needs `operate` access; its effect is `change`.
   */
  "job.cancel": {
    params: JobCancel;
    reply: RunRecord;
  };
  /**
   * Put a command into a queue; it runs in its turn, whether or not anybody waits
   *
   * Needs `admin` access; its effect is `change`.
   */
  "job.enqueue": {
    params: JobEnqueue;
    reply: RunRecord;
  };
  /**
   * Show a job: how it is, how it is configured, what has run
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.get": {
    params: JobGet;
    reply: JobDetail;
  };
  /**
   * List all jobs and queues
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.list": {
    params: JobList;
    reply: Jobs;
  };
  /**
   * Read what a run wrote
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.logs": {
    params: JobLogs;
    reply: JobLogPage;
  };
  /**
   * Show what is due next
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.next": {
    params: JobNext;
    reply: NextPage;
  };
  /**
   * Begin nothing of a job or a queue, for a while or until `resume`; what runs goes on
   *
   * Needs `operate` access; its effect is `change`.
   */
  "job.pause": {
    params: JobPause;
    reply: PauseReply;
  };
  /**
   * Remove a job with the file that it was added with; what it runs goes on, what waits is cancelled
   *
   * Needs `admin` access; its effect is `change`.
   */
  "job.remove": {
    params: JobRemove;
    reply: JobRemoved;
  };
  /**
   * End the pause of a job or a queue
   *
   * Needs `operate` access; its effect is `change`.
   */
  "job.resume": {
    params: JobResume;
    reply: PauseReply;
  };
  /**
   * Run a job now
   *
   * Needs `operate` access; its effect is `change`.
   */
  "job.run": {
    params: JobRun;
    reply: RunRecord;
  };
  /**
   * List runs, the newest first
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.runs": {
    params: JobRuns;
    reply: RunPage;
  };
  /**
   * Wait until a run is over
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.wait": {
    params: JobWait;
    reply: RunRecord;
  };
  /**
   * End the runs of a project's jobs, stop its services in order, and forget its approval
   *
   * Needs `admin` access; its effect is `change`.
   */
  "project.down": {
    params: ProjectDown;
    reply: TakenDown;
  };
  /**
   * List all projects, and whether their files are still what was approved
   *
   * Needs `observe` access; its effect is `read`.
   */
  "project.list": {
    params: ProjectList;
    reply: Projects;
  };
  /**
   * Show what a project's files would run, and how that differs from what was approved
   *
   * Needs `admin` access; its effect is `read`.
   */
  "project.review": {
    params: ProjectReview;
    reply: Reviewed;
  };
  /**
   * Approve a project's files, if they are those that were reviewed, and start what starts by itself
   *
   * Needs `admin` access; its effect is `change`.
   */
  "project.up": {
    params: ProjectUp;
    reply: ProjectStatus;
  };
  /**
   * Add a service and start it
   *
   * It is written to services.d/NAME.toml, where more can be said about it.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "service.add": {
    params: ServiceAdd;
    reply: ServiceStatus;
  };
  /**
   * Show all that is known of a service
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.get": {
    params: ServiceGet;
    reply: ServiceDetail;
  };
  /**
   * Read what a service used within the last 24 hours, the older the coarser
   *
   * Kept only where `[stats] history` says how often. Where nothing was noted, such as while neither
   * the service nor the daemon ran, there is no point: one covers so many seconds before it.
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.history": {
    params: ServiceHistory;
    reply: History;
  };
  /**
   * List all services and how they are
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.list": {
    params: ServiceList;
    reply: AllServices;
  };
  /**
   * Read what services wrote, and what happened to them
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.logs": {
    params: ServiceLogs;
    reply: LogPage;
  };
  /**
   * Stop a service and remove the file that it was added with
   *
   * Needs `admin` access; its effect is `change`.
   */
  "service.remove": {
    params: ServiceRemove;
    reply: Removed;
  };
  /**
   * Stop a service and start it again; answers when it is ready
   *
   * Needs `operate` access; its effect is `change`.
   */
  "service.restart": {
    params: ServiceRestart;
    reply: ServiceStatus;
  };
  /**
   * Send a signal to all processes of a service's group
   *
   * Needs `operate` access; its effect is `change`.
   */
  "service.signal": {
    params: ServiceSignal;
    reply: ServiceStatus;
  };
  /**
   * Start a service and those it requires; answers when it is ready
   *
   * Needs `operate` access; its effect is `change`.
   */
  "service.start": {
    params: ServiceStart;
    reply: ServiceStatus;
  };
  /**
   * Stop a service and those that require it; answers when nothing of it is left
   *
   * Needs `operate` access; its effect is `change`.
   */
  "service.stop": {
    params: ServiceStop;
    reply: ServiceStatus;
  };
  /**
   * Check everything the daemon needs, and say what to do about what is missing
   *
   * Needs `observe` access; its effect is `read`.
   */
  "system.doctor": {
    params: SystemDoctor;
    reply: Checks;
  };
  /**
   * List all operations of this daemon
   *
   * Needs `observe` access; its effect is `read`.
   */
  "system.ops": {
    params: SystemOps;
    reply: OpsList;
  };
  /**
   * Begin no job and start nothing that crashes again, for a while or until `resume`
   *
   * Needs `operate` access; its effect is `change`.
   */
  "system.pause": {
    params: SystemPause;
    reply: PauseState;
  };
  /**
   * Answer at once
   *
   * Needs `observe` access; its effect is `read`.
   */
  "system.ping": {
    params: SystemPing;
    reply: Pong;
  };
  /**
   * Read the configuration again and apply it
   *
   * Everything is checked before anything changes.
   *
   * Needs `operate` access; its effect is `change`.
   */
  "system.reload": {
    params: SystemReload;
    reply: Reloaded;
  };
  /**
   * Execute the daemon's program anew, in the same process and without its services noticing
   *
   * It may be another version by now. A daemon inside the desktop app cannot do this.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "system.replace": {
    params: SystemReplace;
    reply: Replacing;
  };
  /**
   * End the pause: start again what crashed in it, begin what waits
   *
   * Needs `operate` access; its effect is `change`.
   */
  "system.resume": {
    params: SystemResume;
    reply: PauseState;
  };
  /**
   * Stop all services, then the daemon
   *
   * Needs `admin` access; its effect is `change`.
   */
  "system.shutdown": {
    params: SystemShutdown;
    reply: Stopping;
  };
  /**
   * Show how the daemon is
   *
   * Needs `observe` access; its effect is `read`.
   */
  "system.status": {
    params: SystemStatus;
    reply: Status;
  };
}

/**
 * What may be followed, by name; a reply is one item.
 */
export interface Feeds {
  /**
   * Follow what a run writes, until it is over
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.follow": {
    params: JobFollow;
    reply: JobFollowItem;
  };
  /**
   * Follow what services write and what happens to them
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.follow": {
    params: ServiceFollow;
    reply: FollowItem;
  };
  /**
   * Watch what services use: CPU, memory, processes
   *
   * The first item comes at once, without CPU in percent, which takes two samples.
   * Nothing is counted while nobody watches.
   *
   * Needs `observe` access; its effect is `read`.
   */
  "service.stats": {
    params: ServiceStats;
    reply: StatsItem;
  };
  /**
   * Watch current values: all of them first, then each change
   *
   * Needs `observe` access; its effect is `read`.
   */
  "system.watch": {
    params: SystemWatch;
    reply: Changes;
  };
}
