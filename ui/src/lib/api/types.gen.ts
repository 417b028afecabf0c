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
 * The answer to a request.
 */
export interface Answer {
  /**
   * The last leaf of the record that is about it.
   */
  audit_index: number;
  /**
   * Why it was not run, for programs.
   */
  code?: string | null;
  /**
   * What decided it.
   */
  decided_by?: Decider | null;
  /**
   * Why somebody said no, in his words.
   */
  deny_reason?: string | null;
  /**
   * The exit status of what was run.
   */
  exit?: number | null;
  /**
   * What happened, in one sentence.
   */
  message: string;
  /**
   * Which request.
   */
  request_id: string;
  /**
   * Whether it helps to ask again.
   */
  retry: Retry;
  /**
   * The signal that ended it.
   */
  signal?: number | null;
  /**
   * Where it is in its life.
   */
  state: RequestState;
  /**
   * What it wrote to its standard error, as far as that is kept.
   */
  stderr?: Bytes | null;
  /**
   * What it wrote to its standard output, as far as that is kept.
   */
  stdout?: Bytes | null;
  /**
   * Where a person decided it.
   */
  surface?: string | null;
  /**
   * Whether it wrote more than is kept.
   */
  truncated?: boolean;
}

/**
 * Decide a request: yes, once or for a while, or no
 *
 * The decision names the digest of the plan that was shown, so that nobody approves what he has not seen. Whoever
 * asked for a request cannot decide it, nor can what he started or was started by.
 */
export interface ApprovalDecide {
  /**
   * The digest of the plan that was reviewed: sha256:...
   */
  digest: string;
  /**
   * Which request
   */
  id: string;
  /**
   * What whoever asked is told, in at most 500 characters
   */
  note?: string | null;
  /**
   * For how long a yes holds: once, 15m, 1h, session, always, or until when
   */
  scope?: Scope;
  /**
   * To which of the suggestions, by its number. Default: to exactly this command
   */
  suggestion?: number | null;
  /**
   * How often it may be used, beside this time
   */
  uses?: number | null;
  /**
   * approve or deny
   */
  verdict: ApprovalVerdict;
}

/**
 * What was decided.
 */
export interface ApprovalDecision {
  /**
   * The grant that was made.
   */
  grant?: Grant | null;
  /**
   * The request, as it is now.
   */
  request: Request;
}

/**
 * Say no to everything that waits, or to everything that one client waits for
 */
export interface ApprovalDenyAll {
  /**
   * Only what this client asks for
   */
  client?: string | null;
  /**
   * What those who asked are told, in at most 500 characters
   */
  note?: string | null;
}

/**
 * List what waits for a decision, the longest first
 */
export interface ApprovalList {
  /**
   * Only those of this client
   */
  client?: string | null;
  /**
   * How many. Default: 1000
   */
  limit?: number | null;
}

/**
 * Show everything about a request that waits: what it would run, who asks, what the policy says
 *
 * Whoever looks at it may take as long again as there was at first, once.
 */
export interface ApprovalShow {
  /**
   * Which request
   */
  id: string;
}

/**
 * What a person says.
 */
export type ApprovalVerdict = "approve" | "deny";

/**
 * What waits for a decision.
 */
export interface Approvals {
  /**
   * How many wait altogether.
   */
  pending: number;
  /**
   * The longest waiting first.
   */
  requests: Request[];
}

/**
 * A pattern for all arguments after the program's name.
 */
export interface ArgvPattern {
  /**
   * A pattern for each argument; "..." at the end stands for more.
   */
  argv: Element[];
  /**
   * What may begin with "-" among those.
   */
  tail_flags?: string[] | null;
  /**
   * What may not be among those.
   */
  tail_flags_deny?: string[];
}

/**
 * Sign the head of the record now, to be kept elsewhere
 */
export interface AuditCheckpoint {}

/**
 * Prove to others that an entry is in the record
 *
 * `hob audit prove 42 > PROOF` keeps the proof; with `--json` the reply has the entry's line and the public key, too. Whoever
 * has the three needs nothing else to check it: `hob-verify LINE --proof PROOF --vkey KEY`.
 */
export interface AuditProve {
  /**
   * Which one, counted from 0
   */
  index: number;
}

/**
 * Find entries of the record, the newest last
 */
export interface AuditSearch {
  /**
   * Who did it; a client's name stands for all of its enrolments, `claude~2` for the second
   */
  actor?: string | null;
  /**
   * Only those before this one
   */
  before?: number | null;
  /**
   * Their kind, such as exec.claimed
   */
  kind?: string | null;
  /**
   * So many at most, up to 1000. Default: 100
   */
  limit?: number | null;
  /**
   * The request that they are about
   */
  request?: string | null;
  /**
   * A text that is in them
   */
  text?: string | null;
}

/**
 * Show one entry of the record
 */
export interface AuditShow {
  /**
   * Which one, counted from 0
   */
  index: number;
}

/**
 * Show the end of the record, and what is added to it
 */
export interface AuditTail {
  /**
   * End with the newest entry
   */
  ends?: boolean;
  /**
   * All entries from this one on
   */
  from?: number | null;
  /**
   * So many entries of what there is. Default: 20
   */
  lines?: number | null;
}

/**
 * Check the whole record, as hob-verify does
 */
export interface AuditVerify {}

/**
 * A remark on a value.
 */
export interface Badge {
  /**
   * Which remark: the same id, the same meaning, in every version.
   */
  id: string;
  /**
   * How much it matters.
   */
  level: HintLevel;
  /**
   * In words.
   */
  text: string;
}

/**
 * Why a command had to end.
 */
export type Because =
  | {
      why: "wall_limit";
    }
  | {
      /**
       * Of what, and how much.
       */
      what: string;
      why: "limit";
    }
  | {
      why: "cancelled";
    }
  | {
      why: "stopped";
    };

/**
 * What belongs together, with a title.
 */
export interface Block {
  /**
   * What it is about.
   */
  fact: Fact;
  /**
   * How many rows were left out, if any were: nobody may decide before seeing them.
   */
  more?: number;
  /**
   * What there is to say.
   */
  rows: Row[];
  /**
   * Its title.
   */
  title: string;
}

/**
 * A string; bytes that are not UTF-8 are {"b64": "..."} (RFC 4648, with padding)
 */
export type Bytes =
  | string
  | {
      b64: string;
    };

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
   * The number of this change, or one not lower; later changes have higher numbers.
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
 * What was found.
 */
export interface Checked {
  /**
   * Whether it is good.
   */
  ok: boolean;
  /**
   * Everything that is wrong.
   */
  problems: Told[];
  /**
   * How many rules there are.
   */
  rules: number;
  /**
   * What is no mistake and is hardly meant, such as a client that is not enrolled.
   */
  warnings?: Told[];
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
 * What kind of thing is asked for.
 */
export type Class = "run" | "root" | "secret" | "service";

/**
 * Enrol a client: a name of its own for an agent or a script, and the token that proves it
 *
 * The token is shown once. Whoever has it may connect to either socket and do what it was issued for; policies and
 * grants can name the client, and it can be muted and revoked by itself.
 */
export interface ClientAdd {
  /**
   * What it may do: observe (look), request (and ask for commands) or operate (and start and stop what runs)
   */
  access?: Access;
  /**
   * What it is to be called: a-z, 0-9, `-`, `_` and `.`
   */
  name: string;
}

/**
 * List the clients that are enrolled
 */
export interface ClientList {}

/**
 * Ask nobody for a client for a while: what would have to be asked is refused
 *
 * What policy or a grant allows still runs. `anonymous` and `local` can be muted too.
 */
export interface ClientMute {
  /**
   * For so long, such as `15m`. Default: 1h
   */
  for?: Duration | null;
  /**
   * Which client
   */
  name: string;
  /**
   * Not any more
   */
  off?: boolean;
}

/**
 * Take a client's token back
 *
 * Its connections are closed, what it waits for is cancelled, and its grants end.
 */
export interface ClientRevoke {
  /**
   * Which client
   */
  name: string;
}

/**
 * A client, as people see it.
 */
export interface ClientStatus {
  /**
   * What it may do.
   */
  access: Access;
  /**
   * How many connections have given its token.
   */
  connections: number;
  /**
   * When it was enrolled.
   */
  created: string;
  /**
   * Until when nobody is asked for it.
   */
  muted_until?: string | null;
  /**
   * What it is called.
   */
  name: string;
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
 * What a person said to a request.
 */
export interface Decided {
  /**
   * What that allows, in words.
   */
  allows?: string | null;
  /**
   * When.
   */
  at: string;
  /**
   * Who he was.
   */
  by: string;
  /**
   * The grant that came of it.
   */
  grant?: string | null;
  /**
   * What he had to say about it.
   */
  note?: string | null;
  /**
   * For how long his yes holds.
   */
  scope: Scope;
  /**
   * Where he said it.
   */
  surface: string;
  /**
   * What he said.
   */
  verdict: ApprovalVerdict;
}

/**
 * What decided a request.
 */
export type Decider = "human" | "rule" | "grant" | "timeout" | "system";

/**
 * What was denied.
 */
export interface Denied {
  /**
   * The requests, as they are now.
   */
  requests: Request[];
}

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
   * Whether a pause lasts until after that, so that nothing of it begins then.
   */
  paused?: boolean;
  /**
   * Which of its triggers.
   */
  trigger: string;
}

/**
 * A length of time with its unit (d, h, m, s, ms, us, ns), such as "10s", "1m30s" or "100ms"; at most one year
 */
export type Duration = string;

/**
 * A file that was changed.
 */
export interface Edited {
  /**
   * The file.
   */
  file: string;
  /**
   * The policy that is in force now.
   */
  revision: number;
}

/**
 * Whether an operation changes anything; a change is recorded.
 */
export type Effect = "read" | "change";

/**
 * A pattern, or `"..."`.
 */
export type Element =
  | string
  | {
      cidr?: string | boolean;
      file?: string;
      ident?: true;
      int?: string;
      ip?: string | boolean;
      literal?: string;
      path?: string;
      re?: string;
    }
  | [
      (
        | string
        | {
            cidr?: string | boolean;
            file?: string;
            ident?: true;
            int?: string;
            ip?: string | boolean;
            literal?: string;
            path?: string;
            re?: string;
          }
      ),
      ...(
        | string
        | {
            cidr?: string | boolean;
            file?: string;
            ident?: true;
            int?: string;
            ip?: string | boolean;
            literal?: string;
            path?: string;
            re?: string;
          }
      )[]
    ];

/**
 * A client that was enrolled just now.
 */
export interface Enrolled {
  /**
   * The client.
   */
  client: ClientStatus;
  /**
   * What proves who it is. It is not kept, and cannot be shown again.
   */
  token: string;
}

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
 * Ask for a command as `exec.run` does, and follow it: states, output, and in the end the answer
 *
 * One call where `exec.run` and `request.follow` are two. The first item says which request it is; what cannot even
 * be asked for is a fault instead of it. A request that waits is cancelled when the process that asked ends, and not
 * when this feed does.
 */
export interface ExecFollow {
  /**
   * What to run, as for `exec.run`
   */
  command: WantedCommand;
  /**
   * Let it go on without me
   */
  detach?: boolean;
  /**
   * A name for this one wish, as for `exec.run`
   */
  key?: string | null;
  /**
   * What it is for, as for `exec.run`
   */
  reason?: string | null;
}

/**
 * Ask for a command to be run once: by policy or by a person's yes, exactly as it is shown to them
 *
 * The command is a program and its arguments, each by itself; nothing is given to a shell. The call waits for the
 * decision and for the end of the command, and answers with its exit status and output. A no is `denied`, an answer
 * that nobody gave is `timeout`, and what is still waiting when `wait` is over is `pending`, with the request's id in
 * `data.request`. What waits is cancelled when the process that asked ends, and by `request.cancel`; to cancel
 * the call ends only the waiting.
 */
export interface ExecRun {
  /**
   * What to run: `argv`, and where it runs, with which variables, input, files and limits
   */
  command: WantedCommand;
  /**
   * Do not wait for anything, and let it go on without me
   */
  detach?: boolean;
  /**
   * A name for this one wish: asking again with it is the same request, also after a restart of the daemon
   */
  key?: string | null;
  /**
   * What it is for, in at most 500 characters; whoever decides is told that nobody has verified it
   */
  reason?: string | null;
  /**
   * Wait no longer than this, such as `5m` or `0s`; what was asked for goes on
   */
  wait?: Duration | null;
}

/**
 * An execution, and how it went.
 */
export interface Executed {
  /**
   * How many bytes it wrote to both.
   */
  bytes?: number;
  /**
   * Which attempt it was; there is never another one.
   */
  claim: string;
  /**
   * When it had ended.
   */
  ended?: string | null;
  /**
   * Its exit status.
   */
  exit?: number | null;
  /**
   * Why it was ended, if it did not end by itself.
   */
  killed_because?: Because | null;
  /**
   * What it left running, in words.
   */
  left_running?: string | null;
  /**
   * Its process.
   */
  pid?: number | null;
  /**
   * The signal that ended it.
   */
  signal?: number | null;
  /**
   * When it was started.
   */
  started?: string | null;
  /**
   * The digest of all that it wrote to its standard error.
   */
  stderr_sha256?: string;
  /**
   * The digest of all that it wrote to its standard output.
   */
  stdout_sha256?: string;
}

/**
 * What a block is about.
 */
export type Fact =
  | "client"
  | "program"
  | "interpreters"
  | "arguments"
  | "directory"
  | "environment"
  | "stdin"
  | "files"
  | "limits"
  | "digest"
  | "reason";

/**
 * Why an operation did not do what was asked, and what to do about it.
 */
export interface Fault {
  /**
   * What has become of that.
   */
  answer?: {
    [k: string]: unknown;
  };
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
  /**
   * A finer code, such as `E_EXPIRED`.
   */
  reason?: string | null;
  /**
   * The request that it is about.
   */
  request?: string | null;
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
 * What was found.
 */
export interface Found {
  /**
   * The entries, the newest last.
   */
  entries: Recorded[];
  /**
   * Whether there are older ones.
   */
  more?: boolean;
  /**
   * How many leaves the record has.
   */
  size: number;
}

/**
 * One grant.
 */
export interface Grant {
  /**
   * The same in words, and in which there is nothing that could be a secret.
   */
  allows?: string;
  /**
   * To whom, by the one enrolment that it was given to.
   */
  client: string;
  /**
   * When it was given.
   */
  created: string;
  /**
   * By whom, and where.
   */
  created_by: string;
  /**
   * Until when, if that is known.
   */
  ends?: string | null;
  /**
   * Which program, by its canonical path.
   */
  exec: string;
  /**
   * What it is called.
   */
  id: string;
  /**
   * With this on its standard input, by its digest; or with nothing.
   */
  input?: string | null;
  /**
   * With which arguments, where.
   */
  matcher: Matcher;
  /**
   * What that client is called.
   */
  name: string;
  /**
   * With which request.
   */
  request: string;
  /**
   * For how long.
   */
  scope: Scope;
  /**
   * And by the digest of its bytes.
   */
  sha256: string;
  /**
   * Whether it holds.
   */
  state: GrantState;
  /**
   * Read by what, with which files, within which limits.
   */
  terms?: GrantTerms;
  /**
   * How often still; without a number as often as it is asked for.
   */
  uses_left?: number | null;
}

/**
 * List the grants that hold: what clients may run without asking again
 */
export interface GrantList {
  /**
   * Only those of this client
   */
  client?: string | null;
}

/**
 * Take grants back: one, all of a client, or all
 */
export interface GrantRevoke {
  /**
   * All there are
   */
  all?: boolean;
  /**
   * All that this client has
   */
  client?: string | null;
  /**
   * Which grant
   */
  id?: string | null;
}

/**
 * Whether a grant holds, and if not, why.
 */
export type GrantState = "active" | "stale" | "revoked" | "expired" | "exhausted";

/**
 * What else a yes was to. A grant that was stored without it is for no script and for no pinned file.
 */
export interface GrantTerms {
  /**
   * The digest over the pinned files, each by place and content.
   */
  files?: string | null;
  /**
   * The digest over all interpreters of a script, each by place, content and who names it.
   */
  interpreters?: string | null;
  /**
   * How much of each output is kept at most, bytes.
   */
  keep?: number | null;
  /**
   * How much memory at most, bytes.
   */
  memory?: number | null;
  /**
   * How many processes at most.
   */
  pids?: number | null;
  /**
   * How long it may run at most, milliseconds.
   */
  wall_ms?: number | null;
}

/**
 * Grants that hold.
 */
export interface Grants {
  /**
   * The oldest first.
   */
  grants: Grant[];
}

/**
 * Something to notice.
 */
export interface Hint {
  /**
   * The number of the argument that it is about, from 1 on, if it is about one.
   */
  argument?: number | null;
  /**
   * Which, for ever.
   */
  id: string;
  /**
   * How much it matters.
   */
  level: HintLevel;
  /**
   * In words.
   */
  text: string;
}

/**
 * How much a remark matters.
 */
export type HintLevel = "note" | "caution" | "danger";

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
   * How late such a run may be
   */
  grace?: Duration | null;
  /**
   * What becomes of times that were missed while nothing could run: skip, once or "all(10)"
   */
  missed?: string | null;
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
 * Read the file in which a job is configured
 *
 * Values that may be secret are covered: those of variables, unless their name says that they are
 * harmless, as PORT does.
 */
export interface JobConfig {
  /**
   * Which job
   */
  name: string;
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
 * Change the file of a job, add one, or take it out; comments stay
 *
 * Keys are such as cron, timeout or on.files. What runs goes on as it was begun; what waits for a job
 * that is taken out is cancelled. Values that may be secret are covered in the answer.
 */
export interface JobEdit {
  /**
   * It is a new one, in a file of its own
   */
  add?: boolean;
  /**
   * Only if the file still has this digest, as `config` told it
   */
  digest?: string | null;
  /**
   * Only say what would change, and what would be wrong
   */
  dry_run?: boolean;
  /**
   * Which one
   */
  name: string;
  /**
   * Take it out of its file
   */
  remove?: boolean;
  /**
   * What to say, such as working_dir=~/shop or env.PORT=8000
   */
  set?: Setting[];
  /**
   * What to take out, such as working_dir or env.PORT
   */
  unset?: string[];
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
 * Say when a schedule would be due, without adding it
 */
export interface JobPreview {
  /**
   * Once, such as "2026-12-01T09:00"
   */
  at?: string[];
  /**
   * So many due times, at most 100
   */
  count?: number;
  /**
   * When the clock matches, such as "0 2 * * *"
   */
  cron?: string[];
  /**
   * Again and again, such as "15m"
   */
  every?: string | null;
  /**
   * The zone of --cron and --at, such as "Europe/Madrid"; the system's if this is not said
   */
  zone?: string | null;
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
  /**
   * The same for people, such as "every day at 02:00"; empty if only when asked.
   */
  when?: string[];
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
   * The pause of everything, if one is on; then nothing of them begins.
   */
  paused?: Pause | null;
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
 * What would be wrong with a key.
 */
export interface KeyProblem {
  /**
   * What to do about it.
   */
  hint?: string | null;
  /**
   * The key below the table; empty for the table as a whole, absent for what is elsewhere.
   */
  key?: string | null;
  /**
   * What would be wrong.
   */
  message: string;
}

/**
 * What a piece is.
 */
export type Kind = "plain" | "escape" | "cover";

/**
 * Who has written a rule; each can only make stricter what those before it have ruled.
 */
export type Layer = "builtin" | "admin" | "user" | "project";

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
 * All clients.
 */
export interface Listed {
  /**
   * By name.
   */
  clients: ClientStatus[];
  /**
   * Who is muted without being enrolled, such as `anonymous`.
   */
  muted?: Muted[];
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
 * Which commands are meant.
 */
export interface Matcher {
  /**
   * Its arguments.
   */
  args: ArgvPattern;
  /**
   * What kind of request.
   */
  class: Class;
  /**
   * Where; anywhere if there is none.
   */
  cwd?: PathPattern[];
  /**
   * The program, canonical.
   */
  exec: string;
  /**
   * Its SHA-256, if it must be the same.
   */
  exec_sha256?: string | null;
  /**
   * The name it is asked for by.
   */
  named: string;
}

/**
 * Who is muted, or not any more.
 */
export interface Muted {
  /**
   * Which client.
   */
  name: string;
  /**
   * Until when; absent if it is not muted any more.
   */
  until?: string | null;
}

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
 * Something that was written.
 */
export interface Output {
  /**
   * What.
   */
  bytes: Bytes;
  /**
   * Where to.
   */
  stream: Stream;
}

/**
 * A command that was asked for before.
 */
export interface PastCommand {
  /**
   * In one line; for reading only.
   */
  display: string;
  /**
   * How often.
   */
  times: number;
}

/**
 * A path with wildcards.
 */
export type PathPattern = string;

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
  /**
   * Whether they were before; earlier versions do not say.
   */
  was_paused?: boolean | null;
}

/**
 * A part of a value.
 */
export interface Piece {
  /**
   * What it is.
   */
  kind: Kind;
  /**
   * What to show.
   */
  text: string;
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
 * Add a rule to your policy
 *
 * The words of the command are patterns: "*" stands for anything in one word, "..." at the end for any more.
 */
export interface PolicyAdd {
  /**
   * Only for these clients
   */
  clients?: string[];
  /**
   * The program and a pattern for each argument
   */
  command: string[];
  /**
   * Only in these directories
   */
  cwd?: string[];
  /**
   * What it says
   */
  effect: PolicyEffect;
  /**
   * What to call it
   */
  id: string;
  /**
   * Why, for whoever is told of a decision
   */
  reason?: string | null;
}

/**
 * Check a policy without bringing it into force: a file, a text, or the files where they are
 */
export interface PolicyCheck {
  /**
   * The file, absolute; the files of this machine if this is not said
   */
  file?: string | null;
  /**
   * Whose it would be
   */
  layer?: Layer | null;
  /**
   * A text, checked as if it were in the file
   */
  text?: string | null;
}

/**
 * What the policy says of one command.
 */
export interface PolicyDecision {
  /**
   * What the command would run, as far as that can be told.
   */
  analysis: View[];
  /**
   * What decided it: `rule:ID`, `builtin:ID` or `default`.
   */
  by: string;
  /**
   * What is to happen.
   */
  effect: PolicyEffect;
  /**
   * Why it cannot.
   */
  no_always?: string | null;
  /**
   * Why the analysis is not all, if it is not.
   */
  not_analysed?: string | null;
  /**
   * Whether "always" can be offered.
   */
  offers_always: boolean;
  /**
   * Why, in the words of the rule.
   */
  reason?: string | null;
  /**
   * The rules that were looked at, those that apply first.
   */
  trace: TraceLine[];
}

/**
 * What a rule says, from the mildest to the strictest; of several that apply, the strictest rules.
 */
export type PolicyEffect = "allow" | "ask" | "ask_always" | "deny";

/**
 * Read the policy's files again
 */
export interface PolicyReload {}

/**
 * Remove a rule from your policy
 */
export interface PolicyRemove {
  /**
   * Which rule
   */
  id: string;
}

/**
 * Show the policy in force: its rules in the order of their layers, and what is wrong with its files
 */
export interface PolicyShow {}

/**
 * Say what the policy would decide about a command, and which rules led to it
 */
export interface PolicyTest {
  /**
   * The command, each word by itself
   */
  argv: string[];
  /**
   * What kind of request it would be
   */
  class?: Class | null;
  /**
   * Which client would ask
   */
  client?: string | null;
  /**
   * Where it would be run; the root directory if this is not said
   */
  cwd?: string | null;
  /**
   * Variables that it would ask for, NAME=value
   */
  env?: string[];
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
 * When it would be due.
 */
export interface PreviewDue {
  /**
   * When.
   */
  at: string;
  /**
   * The same on the clock of the zone, with that zone (RFC 9557).
   */
  local: string;
  /**
   * What a change of the clock does to it.
   */
  note?: string | null;
}

/**
 * One question to a service, and what came of it.
 */
export interface Probe {
  /**
   * When it was answered, or given up.
   */
  at: string;
  /**
   * What was wrong; absent if all was well.
   */
  problem?: string | null;
}

/**
 * What was found when a service was last asked how it is.
 */
export interface Probes {
  /**
   * Whether it still does what it should.
   */
  health?: Probe | null;
  /**
   * Whether it is ready; of what waits for a word of the service there is nothing before that word.
   */
  ready?: Probe | null;
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
 * A proof, and what it proves.
 */
export interface Proved {
  /**
   * The entry's line.
   */
  line: string;
  /**
   * The proof, a file in the format of c2sp.org/tlog-proof.
   */
  proof: string;
  /**
   * The public key of the record.
   */
  vkey: string;
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
 * One entry of the record.
 */
export interface Recorded {
  /**
   * Who did it.
   */
  actor: string;
  /**
   * What that is: human, client or daemon.
   */
  actor_kind: string;
  /**
   * Its row is not what was recorded: somebody changed it, and nothing of it is to be believed.
   */
  altered?: boolean;
  /**
   * When.
   */
  at: string;
  /**
   * What it says. It may hold what a requester wrote: show it escaped.
   */
  body: {
    [k: string]: unknown;
  };
  /**
   * Its place, from 0.
   */
  index: number;
  /**
   * What kind of entry it is, such as `exec.claimed`.
   */
  kind: string;
  /**
   * Which revision of the policy was in force.
   */
  policy?: number | null;
  /**
   * Which request it is about.
   */
  request?: string | null;
  /**
   * By which way.
   */
  surface: string;
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
   * The file that was removed.
   */
  file: string;
  /**
   * The directory in which its logs are kept.
   */
  logs?: string;
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
 * A request that something be run.
 */
export interface Request {
  /**
   * The last leaf of the record that is about it.
   */
  audit_index: number;
  /**
   * Why it ended where it did, if nobody decided that.
   */
  because?: string | null;
  /**
   * What the client that asked is called.
   */
  client: string;
  /**
   * Which enrolment of that name it is.
   */
  client_id: string;
  /**
   * The begin of that, for comparing by eye and for nothing else.
   */
  code: string;
  /**
   * When it was asked for.
   */
  created: string;
  /**
   * What a person said.
   */
  decided?: Decided | null;
  /**
   * Whether it is wanted even if its client has gone.
   */
  detached?: boolean;
  /**
   * What is to be run, in one line; for reading only, a plan is more than that.
   */
  display: string;
  /**
   * What was run, and how that went.
   */
  executed?: Executed | null;
  /**
   * Until when somebody may decide it.
   */
  expires: string;
  /**
   * What it is called.
   */
  id: string;
  /**
   * By what the client knows it again.
   */
  key?: string | null;
  /**
   * What else it said, when it asked for the same again while this waited; at most three of these.
   */
  more_reasons?: string[];
  /**
   * The digest of the plan.
   */
  plan: string;
  /**
   * What the client says it is for; nobody has verified it.
   */
  reason?: string | null;
  /**
   * How often it said still something else after that, which is not kept; counted up to 999.
   */
  reasons_left_out?: number;
  /**
   * How often something has become of it.
   */
  rev: number;
  /**
   * How much the worst of its hints matters; nothing if there is none.
   */
  risk?: HintLevel | null;
  /**
   * What policy and grants said.
   */
  ruled?: Ruled | null;
  /**
   * Where it is in its life.
   */
  state: RequestState;
}

/**
 * Cancel a request that waits, or end the command that runs
 */
export interface RequestCancel {
  /**
   * Which request
   */
  id: string;
}

/**
 * Follow a request: its states, what its command writes, and in the end the answer
 *
 * What has ended within 10 ms is one item. The last 256 KiB that were written before are delivered too. Who reads too slowly is told how much he has missed.
 */
export interface RequestFollow {
  /**
   * Which request
   */
  id: string;
}

/**
 * What is new of a request.
 */
export interface RequestFollowItem {
  /**
   * How it ended; the last item has it.
   */
  answer?: Answer | null;
  /**
   * Bytes that were written before that and are not delivered.
   */
  missed?: number;
  /**
   * What was written, in order.
   */
  output?: Output[];
  /**
   * Which request; the first item has it.
   */
  request?: string | null;
  /**
   * Where it is in its life, if that is new.
   */
  state?: RequestState | null;
}

/**
 * Show a request: what it is, who decided it, and how it went
 *
 * A client sees its own requests; whoever may approve sees all.
 */
export interface RequestGet {
  /**
   * Which request
   */
  id: string;
}

/**
 * List requests, the newest first
 *
 * A client sees its own requests; whoever may approve sees all.
 */
export interface RequestList {
  /**
   * How many. Default: 50
   */
  limit?: number | null;
  /**
   * Only those in this state, such as `pending` or `denied_user`
   */
  state?: RequestState | null;
}

/**
 * Where a request is in its life.
 */
export type RequestState =
  | "received"
  | "pending"
  | "orphaned"
  | "approved"
  | "claimed"
  | "running"
  | "rejected"
  | "denied_policy"
  | "denied_user"
  | "expired"
  | "cancelled"
  | "invalidated"
  | "drift_denied"
  | "not_started"
  | "finished"
  | "failed"
  | "killed"
  | "unknown";

/**
 * Wait until a request is over, and answer as `exec.run` does
 */
export interface RequestWait {
  /**
   * Wait no longer than this, such as `5m`
   */
  for?: Duration | null;
  /**
   * Which request
   */
  id: string;
}

/**
 * Requests, the newest first.
 */
export interface Requests {
  /**
   * They themselves.
   */
  requests: Request[];
}

/**
 * When to start a service again after it ended by itself.
 */
export type Restart = "always" | "on-failure" | "never";

/**
 * Whether it helps to ask again.
 */
export type Retry = "never" | "after_change" | "ok";

/**
 * What a project's files would run.
 */
export interface Reviewed {
  /**
   * Whether exactly this is approved.
   */
  approved: boolean;
  /**
   * The files that are not what was approved, if something was.
   */
  changed?: string[];
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
 * Which policy it is.
 */
export interface Revision {
  /**
   * When it was read.
   */
  loaded_at: string;
  /**
   * Counts up with each policy that differs from the one before.
   */
  number: number;
  /**
   * The SHA-256 of the files that it is made of.
   */
  sha256: string;
  /**
   * The files.
   */
  source: string[];
}

/**
 * Grants that hold no more.
 */
export interface Revoked {
  /**
   * They themselves.
   */
  grants: Grant[];
}

/**
 * One thing of a block.
 */
export interface Row {
  /**
   * What is to be known about it.
   */
  badges?: Badge[];
  /**
   * What it is: a number, the name of a variable, a word.
   */
  label: ShownText;
  /**
   * The value.
   */
  value: ShownText;
}

/**
 * What policy and grants said to a request.
 */
export interface Ruled {
  /**
   * Which of them: `rule:ID`, `grant:ID`, `default`.
   */
  by: string;
  /**
   * The revision of the policy.
   */
  policy: number;
  /**
   * What the rule gives as its reason; what the grant allows.
   */
  reason?: string | null;
  /**
   * What they said.
   */
  ruling: Ruling;
}

/**
 * What policy and grants say.
 */
export type Ruling = "allow" | "ask" | "deny";

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
 * A process of a run.
 */
export interface RunProcess {
  /**
   * CPU time that it has used so far, in seconds.
   */
  cpu_seconds: number;
  /**
   * How many of those before it in the list it is below of: 1 was started by the nearest 0 above it.
   */
  depth: number;
  /**
   * Memory of its own in RAM, in bytes, as the statistics count it; absent if that cannot be known.
   */
  memory_bytes?: number | null;
  /**
   * What it calls itself, at most 15 bytes, which it may choose freely. Its arguments are never told.
   */
  name: string;
  /**
   * Its number.
   */
  pid: number;
  /**
   * Whether the one that started it is gone: it has let itself loose, or was left behind.
   */
  stray?: boolean;
  /**
   * Whether it has ended and its parent has not taken notice of that.
   */
  zombie?: boolean;
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
   * The most memory that one of its processes had resident, bytes; nothing if the daemon itself had more.
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
 * What a schedule would mean.
 */
export interface SchedulePreview {
  /**
   * When the next two changes of the clock would concern it, with what they do to it.
   */
  changes: PreviewDue[];
  /**
   * When it would be due next; nothing if never.
   */
  next: PreviewDue[];
  /**
   * Each of its triggers in words, such as "every day at 02:00".
   */
  words: string[];
  /**
   * The zone that times of day are meant in.
   */
  zone: string;
}

/**
 * once, 15m, 1h, session, always, or until when (RFC 3339)
 */
export type Scope = string;

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
 * Read the file in which a service is configured
 *
 * Values that may be secret are covered: those of variables, unless their name says that they are
 * harmless, as PORT does.
 */
export interface ServiceConfig {
  /**
   * Which service
   */
  name: string;
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
   * The program that its command leads to now, which is what another start would execute.
   */
  executable?: string | null;
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
   * How many more there are.
   */
  more_processes?: number;
  /**
   * Its name.
   */
  name: string;
  /**
   * Why its command leads to none.
   */
  no_executable?: string | null;
  /**
   * Its main process, while it has one.
   */
  pid?: number | null;
  /**
   * What was found when it was last asked how it is, in its newest run; nothing is asked for this.
   */
  probes?: Probes;
  /**
   * The processes of its run: the main one, after each those that it started, then strays.
   */
  processes?: RunProcess[];
  /**
   * Whether it runs and does what others wait for.
   */
  ready: boolean;
  /**
   * Whether it counts as ready only because it runs: nothing is configured that would tell.
   */
  ready_unasked?: boolean;
  /**
   * Why it is in this state, in a sentence, where there is something to say.
   */
  reason?: string | null;
  /**
   * How often it was started again since a person last stepped in.
   */
  restarts: number;
  /**
   * When it is started again; absent in `backoff` while a pause without an end holds it.
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
 * Change the file of a service, add one, or take it out; comments stay
 *
 * Keys are such as restart, ready.tcp or env.PORT. A service that is taken out is stopped. Values
 * that may be secret are covered in the answer.
 */
export interface ServiceEdit {
  /**
   * It is a new one, in a file of its own
   */
  add?: boolean;
  /**
   * Only if the file still has this digest, as `config` told it
   */
  digest?: string | null;
  /**
   * Only say what would change, and what would be wrong
   */
  dry_run?: boolean;
  /**
   * Which one
   */
  name: string;
  /**
   * Take it out of its file
   */
  remove?: boolean;
  /**
   * What to say, such as working_dir=~/shop or env.PORT=8000
   */
  set?: Setting[];
  /**
   * What to take out, such as working_dir or env.PORT
   */
  unset?: string[];
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
   * Whether it counts as ready only because it runs: nothing is configured that would tell.
   */
  ready_unasked?: boolean;
  /**
   * Why it is in this state, in a sentence, where there is something to say.
   */
  reason?: string | null;
  /**
   * How often it was started again since a person last stepped in.
   */
  restarts: number;
  /**
   * When it is started again; absent in `backoff` while a pause without an end holds it.
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
 * A key and what to say there. Its value is not shown: it may be a secret.
 */
export interface Setting {
  /**
   * The key below the table, as TOML writes one: `ready.tcp`, `env."A.B"`.
   */
  key: string;
  /**
   * What it is to say.
   */
  value: {
    [k: string]: unknown;
  };
}

/**
 * What holds for all requests.
 */
export interface Settings {
  /**
   * How often one client may ask in a minute: 1 to 10,000.
   */
  asks_per_minute: number;
  /**
   * How long the same request is denied again without a question after a person has denied it: up to 1 hour.
   */
  cool_down: Duration;
  /**
   * How many requests wait at most, of all clients: 1 to 100,000.
   */
  max_pending: number;
  /**
   * How many requests of one client wait at most: 1 to 10,000.
   */
  max_pending_per_client: number;
  /**
   * How many commands of all clients together, the owner's apart, run without a person's word: 1 to 100,000.
   */
  max_running: number;
  /**
   * How many commands of one client run without a person's word, of the owner four times as many: 1 to 10,000.
   */
  max_running_per_client: number;
  /**
   * How long a request waits for a decision: 10 seconds to 1 day.
   */
  pending_ttl: Duration;
  /**
   * How many requests one client may make in a minute, those that policy answers included: 1 to 1,000,000.
   */
  requests_per_minute: number;
}

/**
 * Everything that a person needs to decide.
 */
export interface ShownApproval {
  /**
   * The process that asked and those that started it, as far as that can be seen; it can be forged.
   */
  asked_by: number[];
  /**
   * Which rule says so.
   */
  by: string;
  /**
   * Whether whoever asked is connected still, so that a yes may hold for the session.
   */
  connected?: boolean;
  /**
   * What the policy says by now.
   */
  effect: PolicyEffect;
  /**
   * What is worth a second look.
   */
  hints: Hint[];
  /**
   * Whether a yes may hold for longer than an hour.
   */
  offers_always: boolean;
  /**
   * The request.
   */
  request: Request;
  /**
   * And why.
   */
  rule_reason?: string | null;
  /**
   * What is most like it among the last 500 requests of the client, but not the same.
   */
  similar?: SimilarCommand | null;
  /**
   * What else a yes could be to, the narrowest first.
   */
  suggestions: Suggested[];
  /**
   * How it came to that.
   */
  trace: TraceLine[];
  /**
   * What it would run, made from the plan alone.
   */
  view: Block[];
}

/**
 * One entry, and its exact line.
 */
export interface ShownLeaf {
  /**
   * Who did it.
   */
  actor: string;
  /**
   * What that is: human, client or daemon.
   */
  actor_kind: string;
  /**
   * Its row is not what was recorded: somebody changed it, and nothing of it is to be believed.
   */
  altered?: boolean;
  /**
   * When.
   */
  at: string;
  /**
   * What it says. It may hold what a requester wrote: show it escaped.
   */
  body: {
    [k: string]: unknown;
  };
  /**
   * Its place, from 0.
   */
  index: number;
  /**
   * What kind of entry it is, such as `exec.claimed`.
   */
  kind: string;
  /**
   * The line that is hashed, without its line feed.
   */
  line: string;
  /**
   * Which revision of the policy was in force.
   */
  policy?: number | null;
  /**
   * Which request it is about.
   */
  request?: string | null;
  /**
   * By which way.
   */
  surface: string;
}

/**
 * The policy in force.
 */
export interface ShownPolicy {
  /**
   * What is wrong with its files; then their last good texts are in force.
   */
  problems: string[];
  /**
   * Which one it is.
   */
  revision: Revision;
  /**
   * The rules; what is built in is not among them.
   */
  rules: ShownRule[];
  /**
   * What holds for all requests.
   */
  settings: Settings;
  /**
   * Why each command is asked about, if it is so.
   */
  unreadable?: string | null;
}

/**
 * A rule in force.
 */
export interface ShownRule {
  /**
   * Whether it is about any arguments after its pattern.
   */
  broad: boolean;
  /**
   * What it says.
   */
  effect: PolicyEffect;
  /**
   * Its file.
   */
  file: string;
  /**
   * What it is called.
   */
  id: string;
  /**
   * Who wrote it.
   */
  layer: Layer;
  /**
   * Where it begins there.
   */
  line: number;
  /**
   * As it is written.
   */
  text: string;
}

/**
 * A value, safe to show.
 */
export interface ShownText {
  /**
   * Letters of it look like others: what about them.
   */
  alike?: string | null;
  /**
   * How many characters or bytes are shown as escapes.
   */
  escapes?: number;
  /**
   * How many characters at its end were left out, if any were.
   */
  more?: number;
  /**
   * The pieces, to be shown one right after the other.
   */
  pieces: Piece[];
}

/**
 * A signal by name ("TERM", "SIGTERM") or number (15)
 */
export type Signal = string | number;

/**
 * A signed head.
 */
export interface SignedHead {
  /**
   * The signed note, as hob-verify takes it with --since-checkpoint.
   */
  note: string;
  /**
   * The root over them, in base64.
   */
  root: string;
  /**
   * How many leaves it speaks for.
   */
  size: number;
  /**
   * The public key of the record.
   */
  vkey: string;
}

/**
 * An earlier command for the same program, and how it differs; for reading only.
 */
export interface SimilarCommand {
  /**
   * Where it was to run, if not here.
   */
  cwd?: string | null;
  /**
   * Arguments that it had, and that are gone.
   */
  with?: string[];
  /**
   * Arguments that are new, which it did not have.
   */
  without?: string[];
}

/**
 * A whole number of bytes with its unit (B, K, M, G, T; K is 1024 bytes), such as "10M" or "512K"
 */
export type Size = string;

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
   * Why the policy on disk is not the one in force, and what is on the first line of its message.
   */
  policy_problem?: Fault | null;
  /**
   * So many requests wait for a person to decide.
   */
  requests_waiting?: number;
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
 * A service that was stopped.
 */
export interface Stopped {
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
   * Whether it counts as ready only because it runs: nothing is configured that would tell.
   */
  ready_unasked?: boolean;
  /**
   * Why it is in this state, in a sentence, where there is something to say.
   */
  reason?: string | null;
  /**
   * How often it was started again since a person last stepped in.
   */
  restarts: number;
  /**
   * When it is started again; absent in `backoff` while a pause without an end holds it.
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
   * Those that were stopped before it, since they require it.
   */
  stopped_before?: string[];
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
 * The daemon is stopping.
 */
export interface Stopping {
  /**
   * The process to wait for.
   */
  pid: number;
}

/**
 * One of the two streams that commands write to.
 */
export type Stream = "stdout" | "stderr";

/**
 * What a yes could be to besides exactly this.
 */
export interface Suggested {
  /**
   * Requests for the same program that it would not have allowed, likewise.
   */
  left?: PastCommand[];
  /**
   * Which those are, the most frequent first; at most 20 different ones.
   */
  matched?: PastCommand[];
  /**
   * Its number, as `approval.decide` takes it.
   */
  number: number;
  /**
   * What it allows, in words.
   */
  text: string;
  /**
   * How many of the last 500 requests of the client it would have allowed.
   */
  would_have_allowed: number;
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
 * What was changed in a file, or would be.
 */
export interface TableEdited {
  /**
   * The lines that go (`-`) and come (`+`) with some around them, as in a unified diff; empty if none do.
   */
  diff: string;
  /**
   * The file.
   */
  file: string;
  /**
   * Which service or job.
   */
  name: string;
  /**
   * What would be wrong; only of a dry run, since nothing else is done then.
   */
  problems?: KeyProblem[];
  /**
   * Whether the file says so now and that is in force; what runs goes on as it was begun.
   */
  saved: boolean;
}

/**
 * The file in which a service or a job is configured.
 */
export interface TableFile {
  /**
   * Tells this text from another; `edit` takes it.
   */
  digest: string;
  /**
   * The file.
   */
  file: string;
  /**
   * Why it cannot be changed by `edit`, if it cannot.
   */
  fixed?: string | null;
  /**
   * The line where its table begins, counted from 1.
   */
  line: number;
  /**
   * Which one.
   */
  name: string;
  /**
   * Its table as it is written, with null for what is covered.
   */
  table: {
    [k: string]: unknown;
  };
  /**
   * What the file says, with what may be secret covered; of a project's file, what was approved.
   */
  text: string;
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
 * What the policy would say.
 */
export interface Tested {
  /**
   * What it says.
   */
  decision: PolicyDecision;
  /**
   * The program, canonical; as it was named if there is none.
   */
  exec: string;
  /**
   * Which policy.
   */
  revision: number;
}

/**
 * One thing that is wrong, or doubtful.
 */
export interface Told {
  /**
   * The file.
   */
  file: string;
  /**
   * What to do about it.
   */
  hint?: string | null;
  /**
   * The key, such as `rule.argv`; empty for the whole.
   */
  key: string;
  /**
   * The line, counted from 1; absent for the file as a whole.
   */
  line?: number | null;
  /**
   * What is wrong with it.
   */
  message: string;
}

/**
 * One rule, and what became of it.
 */
export interface TraceLine {
  /**
   * Whether it applies.
   */
  applies: boolean;
  /**
   * What it says.
   */
  effect: PolicyEffect;
  /**
   * Who wrote it.
   */
  layer: Layer;
  /**
   * Where it begins in its file; absent for what is built in.
   */
  line?: number | null;
  /**
   * What it is called.
   */
  rule: string;
  /**
   * Why, or why not.
   */
  why: string;
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
export type Verdict = "ok" | "absent" | "warning" | "failed";

/**
 * Whether the record is whole.
 */
export interface Verified {
  /**
   * The directory that hob-verify can check.
   */
  directory: string;
  /**
   * The exit status by which hob-verify says so.
   */
  exit: number;
  /**
   * The first leaf that is wrong.
   */
  first_bad?: number | null;
  /**
   * All that was found, line by line.
   */
  report: string[];
  /**
   * The root over them, in base64.
   */
  root: string;
  /**
   * How many a signature speaks for.
   */
  signed: number;
  /**
   * How many leaves there are.
   */
  size: number;
  /**
   * The verdict in a few words.
   */
  verdict: string;
  /**
   * Whether it is.
   */
  whole: boolean;
}

/**
 * What a command would run, to be shown.
 */
export interface View {
  /**
   * Its arguments, the first 64 of them, with what cannot be seen made visible.
   */
  argv: string[];
  /**
   * Where it was found: `as asked`, `run by env`, `in the text for sh`.
   */
  how: string;
  /**
   * Why this is not sure, or not all.
   */
  note?: string | null;
  /**
   * The program, as it is named there.
   */
  program: string;
}

/**
 * What somebody wants of a service.
 */
export type Wanted = "up" | "down";

/**
 * A command that somebody wants to have run.
 */
export interface WantedCommand {
  /**
   * The program and its arguments, each by itself; nothing is split, joined or given to a shell
   *
   * @minItems 1
   * @maxItems 4096
   */
  argv: [Bytes, ...Bytes[]];
  /**
   * Where to run it; absolute. Default: the home directory of the daemon's user
   */
  cwd?: Bytes | null;
  /**
   * Variables for its environment, which is made anew otherwise; those out of the ordinary have to be approved
   */
  env?: Vars;
  /**
   * A file that it is to find as it is now; absolute. It is not run if one of these has changed
   */
  files?: Bytes[];
  /**
   * How much of each of its outputs is kept; all of it is delivered while it runs. Default: 1M
   */
  keep?: Size | null;
  /**
   * How much memory it may use with all that it starts. Default: as much as there is
   */
  memory?: Size | null;
  /**
   * How many processes it may have at a time. Default: as many as can be
   */
  pids?: number | null;
  /**
   * What it reads from standard input. Default: nothing
   */
  stdin?: Bytes | null;
  /**
   * How long it may run. Default: 10m
   */
  wall?: Duration | null;
}

/**
 * What a service is doing.
 */
export type Word = "stopped" | "waiting" | "starting" | "running" | "stopping" | "backoff" | "failed";

/**
 * What may be asked, by name.
 */
export interface Ops {
  /**
   * Decide a request: yes, once or for a while, or no
   *
   * The decision names the digest of the plan that was shown, so that nobody approves what he has not seen. Whoever
   * asked for a request cannot decide it, nor can what he started or was started by.
   *
   * Needs `approve` access; its effect is `change`.
   */
  "approval.decide": {
    params: ApprovalDecide;
    reply: ApprovalDecision;
  };
  /**
   * Say no to everything that waits, or to everything that one client waits for
   *
   * Needs `approve` access; its effect is `change`.
   */
  "approval.deny-all": {
    params: ApprovalDenyAll;
    reply: Denied;
  };
  /**
   * List what waits for a decision, the longest first
   *
   * Needs `approve` access; its effect is `read`.
   */
  "approval.list": {
    params: ApprovalList;
    reply: Approvals;
  };
  /**
   * Show everything about a request that waits: what it would run, who asks, what the policy says
   *
   * Whoever looks at it may take as long again as there was at first, once.
   *
   * Needs `approve` access; its effect is `read`.
   */
  "approval.show": {
    params: ApprovalShow;
    reply: ShownApproval;
  };
  /**
   * Sign the head of the record now, to be kept elsewhere
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.checkpoint": {
    params: AuditCheckpoint;
    reply: SignedHead;
  };
  /**
   * Prove to others that an entry is in the record
   *
   * `hob audit prove 42 > PROOF` keeps the proof; with `--json` the reply has the entry's line and the public key, too. Whoever
   * has the three needs nothing else to check it: `hob-verify LINE --proof PROOF --vkey KEY`.
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.prove": {
    params: AuditProve;
    reply: Proved;
  };
  /**
   * Find entries of the record, the newest last
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.search": {
    params: AuditSearch;
    reply: Found;
  };
  /**
   * Show one entry of the record
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.show": {
    params: AuditShow;
    reply: ShownLeaf;
  };
  /**
   * Check the whole record, as hob-verify does
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.verify": {
    params: AuditVerify;
    reply: Verified;
  };
  /**
   * Enrol a client: a name of its own for an agent or a script, and the token that proves it
   *
   * The token is shown once. Whoever has it may connect to either socket and do what it was issued for; policies and
   * grants can name the client, and it can be muted and revoked by itself.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "client.add": {
    params: ClientAdd;
    reply: Enrolled;
  };
  /**
   * List the clients that are enrolled
   *
   * Needs `operate` access; its effect is `read`.
   */
  "client.list": {
    params: ClientList;
    reply: Listed;
  };
  /**
   * Ask nobody for a client for a while: what would have to be asked is refused
   *
   * What policy or a grant allows still runs. `anonymous` and `local` can be muted too.
   *
   * Needs `approve` access; its effect is `change`.
   */
  "client.mute": {
    params: ClientMute;
    reply: Muted;
  };
  /**
   * Take a client's token back
   *
   * Its connections are closed, what it waits for is cancelled, and its grants end.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "client.revoke": {
    params: ClientRevoke;
    reply: ClientStatus;
  };
  /**
   * Ask for a command to be run once: by policy or by a person's yes, exactly as it is shown to them
   *
   * The command is a program and its arguments, each by itself; nothing is given to a shell. The call waits for the
   * decision and for the end of the command, and answers with its exit status and output. A no is `denied`, an answer
   * that nobody gave is `timeout`, and what is still waiting when `wait` is over is `pending`, with the request's id in
   * `data.request`. What waits is cancelled when the process that asked ends, and by `request.cancel`; to cancel
   * the call ends only the waiting.
   *
   * Needs `request` access; its effect is `change`.
   */
  "exec.run": {
    params: ExecRun;
    reply: Answer;
  };
  /**
   * List the grants that hold: what clients may run without asking again
   *
   * Needs `approve` access; its effect is `read`.
   */
  "grant.list": {
    params: GrantList;
    reply: Grants;
  };
  /**
   * Take grants back: one, all of a client, or all
   *
   * Needs `approve` access; its effect is `change`.
   */
  "grant.revoke": {
    params: GrantRevoke;
    reply: Revoked;
  };
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
   * Read the file in which a job is configured
   *
   * Values that may be secret are covered: those of variables, unless their name says that they are
   * harmless, as PORT does.
   *
   * Needs `admin` access; its effect is `read`.
   */
  "job.config": {
    params: JobConfig;
    reply: TableFile;
  };
  /**
   * Change the file of a job, add one, or take it out; comments stay
   *
   * Keys are such as cron, timeout or on.files. What runs goes on as it was begun; what waits for a job
   * that is taken out is cancelled. Values that may be secret are covered in the answer.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "job.edit": {
    params: JobEdit;
    reply: TableEdited;
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
   * Say when a schedule would be due, without adding it
   *
   * Needs `observe` access; its effect is `read`.
   */
  "job.preview": {
    params: JobPreview;
    reply: SchedulePreview;
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
   * Add a rule to your policy
   *
   * The words of the command are patterns: "*" stands for anything in one word, "..." at the end for any more.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "policy.add": {
    params: PolicyAdd;
    reply: Edited;
  };
  /**
   * Check a policy without bringing it into force: a file, a text, or the files where they are
   *
   * Needs `admin` access; its effect is `read`.
   */
  "policy.check": {
    params: PolicyCheck;
    reply: Checked;
  };
  /**
   * Read the policy's files again
   *
   * Needs `admin` access; its effect is `change`.
   */
  "policy.reload": {
    params: PolicyReload;
    reply: Revision;
  };
  /**
   * Remove a rule from your policy
   *
   * Needs `admin` access; its effect is `change`.
   */
  "policy.remove": {
    params: PolicyRemove;
    reply: Edited;
  };
  /**
   * Show the policy in force: its rules in the order of their layers, and what is wrong with its files
   *
   * Needs `operate` access; its effect is `read`.
   */
  "policy.show": {
    params: PolicyShow;
    reply: ShownPolicy;
  };
  /**
   * Say what the policy would decide about a command, and which rules led to it
   *
   * Needs `operate` access; its effect is `read`.
   */
  "policy.test": {
    params: PolicyTest;
    reply: Tested;
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
   * Cancel a request that waits, or end the command that runs
   *
   * Needs `request` access; its effect is `change`.
   */
  "request.cancel": {
    params: RequestCancel;
    reply: Request;
  };
  /**
   * Show a request: what it is, who decided it, and how it went
   *
   * A client sees its own requests; whoever may approve sees all.
   *
   * Needs `request` access; its effect is `read`.
   */
  "request.get": {
    params: RequestGet;
    reply: Request;
  };
  /**
   * List requests, the newest first
   *
   * A client sees its own requests; whoever may approve sees all.
   *
   * Needs `request` access; its effect is `read`.
   */
  "request.list": {
    params: RequestList;
    reply: Requests;
  };
  /**
   * Wait until a request is over, and answer as `exec.run` does
   *
   * Needs `request` access; its effect is `read`.
   */
  "request.wait": {
    params: RequestWait;
    reply: Answer;
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
   * Read the file in which a service is configured
   *
   * Values that may be secret are covered: those of variables, unless their name says that they are
   * harmless, as PORT does.
   *
   * Needs `admin` access; its effect is `read`.
   */
  "service.config": {
    params: ServiceConfig;
    reply: TableFile;
  };
  /**
   * Change the file of a service, add one, or take it out; comments stay
   *
   * Keys are such as restart, ready.tcp or env.PORT. A service that is taken out is stopped. Values
   * that may be secret are covered in the answer.
   *
   * Needs `admin` access; its effect is `change`.
   */
  "service.edit": {
    params: ServiceEdit;
    reply: TableEdited;
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
    reply: Stopped;
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
   * Show the end of the record, and what is added to it
   *
   * Needs `operate` access; its effect is `read`.
   */
  "audit.tail": {
    params: AuditTail;
    reply: Recorded;
  };
  /**
   * Ask for a command as `exec.run` does, and follow it: states, output, and in the end the answer
   *
   * One call where `exec.run` and `request.follow` are two. The first item says which request it is; what cannot even
   * be asked for is a fault instead of it. A request that waits is cancelled when the process that asked ends, and not
   * when this feed does.
   *
   * Needs `request` access; its effect is `change`.
   */
  "exec.follow": {
    params: ExecFollow;
    reply: RequestFollowItem;
  };
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
   * Follow a request: its states, what its command writes, and in the end the answer
   *
   * What has ended within 10 ms is one item. The last 256 KiB that were written before are delivered too. Who reads too slowly is told how much he has missed.
   *
   * Needs `request` access; its effect is `read`.
   */
  "request.follow": {
    params: RequestFollow;
    reply: RequestFollowItem;
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
