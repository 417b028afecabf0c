//! One attempt of a run: claimed, launched, watched, ended with everything that it has started.
//!
//! The order is what makes a run happen once. First its row says that it is
//! under way, then it is launched; a daemon that finds such a row without a
//! process knows that nobody else will end it. At the end its row says how it
//! ended before the process is reaped: until then a later daemon could still
//! ask the kernel.

use std::path::PathBuf;
use std::time::Duration;

use hob_launch::{Plan, Report};
use rustix::process::Signal;
use tokio::sync::watch;

use super::Handle;
use super::outcome::{Cause, Outcome};
use super::run::Run;
use super::spec::Job;
use super::store::Process;
use super::watching::Changes;
use crate::home;
use crate::runs::child::{Child, Exit};
use crate::runs::logs::{Policy, RunLog};
use crate::runs::tree::Tree;
use crate::runs::{Program, Runs, Vars, limits};

/// How long what an attempt leaves behind may take to end by itself.
const LAST_BREATH: Duration = Duration::from_millis(100);
/// How often an attempt is tried again that the machine had no room for, and how long after.
const SCARCE: (u32, Duration) = (20, Duration::from_millis(100));

/// Whether and how somebody wants the end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// It goes on.
    Goes,
    /// It is not wanted any more, for this reason.
    Cancelled(String),
    /// The daemon stops.
    Stopped,
    /// The daemon stops, and has waited long enough.
    Killed,
    /// The daemon ends, and it goes on without.
    Left,
}

/// What an attempt is of.
pub(super) struct Task {
    pub(super) run: Run,
    pub(super) job: Job,
    pub(super) ends: watch::Receiver<Ending>,
}

/// An attempt with a process.
pub(super) struct Alive {
    pub(super) child: Child,
    pub(super) tree: Tree,
    pub(super) log: Option<RunLog>,
    /// That its limits are watched, as far as nothing else holds it to them.
    pub(super) limited: Option<limits::Entry>,
    /// How it was started, while that is not known to have worked.
    pub(super) plan: Option<Box<Plan>>,
    /// When it began, by the monotonic clock; earlier than that if an earlier daemon began it.
    pub(super) began: Duration,
    pub(super) before: Duration,
}

impl Alive {
    /// Has its limits watched, as far as nothing else holds it to them.
    pub(super) fn limit(&mut self, runs: &Runs, run: &Run, job: &Job) {
        let Some(watched) = job.limits().watched(self.tree.controllers()) else { return };
        let (name, attempt) = run.key();
        self.limited = Some(runs.limit(&name.into(), attempt, self.child.pid(), watched));
    }
}

/// Claims and launches an attempt, and sees it through.
pub(super) async fn live(handle: Handle, task: Task) {
    let Task { mut run, job, ends } = task;
    match start(&handle, &run, &job).await {
        Ok(alive) => {
            run.pid = Some(alive.child.pid());
            handle.is_launched(&run);
            attend(handle, Task { run, job, ends }, alive).await;
        }
        Err(Unstarted::Unclaimed(error)) => handle.unclaimed(run, &error),
        Err(Unstarted::Ended(cause)) => handle.ended(run, &job, &Outcome::unseen(cause)).await,
    }
}

/// How a run's log is kept.
pub(super) fn log_policy(job: &Job) -> Policy {
    Policy {
        max_size: job.log_max_size,
        keep: job.log_keep,
        max_age: None,
        on_full: job.log_on_full,
        owner: None,
        is_single: true,
    }
}

/// Sees an attempt through that has a process.
pub(super) async fn attend(handle: Handle, task: Task, mut alive: Alive) {
    let Task { run, job, mut ends } = task;
    let clock = handle.0.runs.clock.clone();
    let Some(cause) = watch_over(&handle, &run, &job, &mut ends, &mut alive).await else {
        // The next daemon will.
        handle.is_let_go(run.id);
        return;
    };
    let trees = &handle.0.runs.trees;
    // Those that were asked together do not all end in the same moment.
    let left = trees.end(&alive.tree, LAST_BREATH).await;
    alive.limited = None;
    let remarks: Vec<String> = alive.tree.starved().into_iter().chain(left.told()).collect();
    let left_nothing = left.is_empty();
    let mut outcome = Outcome {
        after: clock.uptime().saturating_sub(alive.began) + alive.before,
        remark: Some(remarks.join("; ")).filter(|text| !text.is_empty()),
        last_line: None,
        usage: None,
        cause,
    };
    let is_done =
        matches!(outcome.cause, Cause::Exited(Exit::Code(code)) if job.success_codes.contains(&code));
    if is_done {
        handle.leaves_its_slot(&run);
    }
    handle.forget_changed(&run);
    let goes_on = !is_done && run.attempt <= job.retries;
    outcome.last_line = bury(alive.log.take(), goes_on).await;
    outcome.usage = alive.child.usage();
    handle.ended(run, &job, &outcome).await;
    if left_nothing {
        // Not before its row has an end: a later daemon kills what is in the cgroup of a run that has none.
        trees.spare(&mut alive.tree);
    }
    alive.child.reap();
}

/// Waits for its end, and asks for it when it is time to; `None` if it goes on without this daemon.
async fn watch_over(
    handle: &Handle,
    run: &Run,
    job: &Job,
    ends: &mut watch::Receiver<Ending>,
    alive: &mut Alive,
) -> Option<Cause> {
    let clock = &handle.0.runs.clock;
    let begun = alive.began.saturating_sub(alive.before);
    let until = |limit: Option<crate::config::Span>| limit.map(|limit| begun + limit.get());
    let (times_out, mut is_late) = (until(job.timeout), until(job.alert_after));
    let mut cause = None;
    let mut kill_at = None;
    loop {
        let deadline = async {
            match kill_at.or(if cause.is_none() { times_out } else { None }) {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let lateness = async {
            match is_late {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // The launcher's word comes before its end, also where both are there at once.
            biased;
            report = alive.child.report(), if alive.child.is_launching() => {
                alive.child.decided();
                let plan = alive.plan.take();
                let why = match (report, plan) {
                    (Ok(Report::Failed(failure)), Some(plan)) => hob_launch::explain(&plan, &failure),
                    (Ok(Report::Failed(failure)), None) => failure.to_string(),
                    (Ok(Report::Started | Report::Pending), _) => continue,
                    (Err(error), _) => format!("the launcher: {error}"),
                };
                alive.child.kill();
                alive.child.over().await;
                return Some(Cause::NotStarted(why));
            }
            exit = alive.child.over(), if !alive.child.is_launching() => return Some(cause.unwrap_or(Cause::Exited(exit))),
            why = excess(&mut alive.limited), if cause.is_none() => {
                tracing::warn!(run = run.id, why, "it uses more than it may");
                cause = Some(Cause::Exceeded(why));
                kill_at.get_or_insert(ask_to_end(alive, job, clock.uptime()));
            }
            () = lateness => {
                is_late = None;
                handle.is_late(run);
            }
            () = deadline => {
                if kill_at.take().is_some() {
                    alive.child.kill();
                    continue;
                }
                cause = job.timeout.map(Cause::TimedOut);
                kill_at = Some(ask_to_end(alive, job, clock.uptime()));
            }
            Ok(()) = ends.changed() => {
                let ending = ends.borrow_and_update().clone();
                match ending {
                    Ending::Goes => {}
                    Ending::Left => return None,
                    Ending::Killed => alive.child.kill(),
                    Ending::Cancelled(why) => {
                        cause.get_or_insert(Cause::Cancelled(why));
                        kill_at.get_or_insert_with(|| ask_to_end(alive, job, clock.uptime()));
                    }
                    Ending::Stopped => {
                        cause.get_or_insert(Cause::Stopped);
                        kill_at.get_or_insert_with(|| ask_to_end(alive, job, clock.uptime()));
                    }
                }
            }
        }
    }
}

/// Waits until it uses more than it may; for ever if nobody watches that.
async fn excess(limited: &mut Option<limits::Entry>) -> String {
    match limited {
        Some(entry) => entry.exceeded().await,
        None => std::future::pending().await,
    }
}

/// Asks an attempt to end; the value is when to kill it.
fn ask_to_end(alive: &Alive, job: &Job, now: Duration) -> Duration {
    alive.child.signal_group(job.stop_signal.get());
    // A stopped process takes no signal but this one and KILL.
    alive.child.signal_group(Signal::CONT);
    now + job.stop_timeout.get()
}

/// Ends the log of an attempt of which nothing lives; returns the last line on standard error. Further attempts
/// may follow in it.
async fn bury(log: Option<RunLog>, goes_on: bool) -> Option<String> {
    let log = log?;
    let closed = if goes_on { log.close().await } else { log.conclude().await };
    if let Err(error) = closed {
        tracing::error!(%error, "the log of a run was not closed well");
    }
    log.last_error_line()
}

/// Claims an attempt and launches it. What it needs is made while its row is being written.
async fn start(handle: &Handle, run: &Run, job: &Job) -> Result<Alive, Unstarted> {
    let runs = &handle.0.runs;
    let (key, words) = (run.key(), Words::of(run, job));
    let besides = handle.engine().unrecorded.besides(run);
    let claim = handle.0.store.claim(run, besides);
    let changed = match handle.write_changed(run) {
        Ok(changed) => changed,
        Err(error) => {
            claim.await.map_err(Unstarted::Unclaimed)?;
            handle.is_claimed(run)?;
            return Err(Unstarted::Ended(Cause::NotStarted(error.to_string())));
        }
    };
    let program = words.program(run, job, &changed);
    let policy = log_policy(job);
    let (mut claim, mut attempts) = (Some(claim), 0);
    let begun = loop {
        let _turn = runs.turn().await;
        let preparing = runs.prepare(key.clone(), &program, policy.clone(), runs.trees.spared());
        let prepared = match claim.take() {
            None => preparing.await,
            Some(claim) => {
                let (claimed, prepared) = tokio::join!(claim, preparing);
                let claimed = claimed.map_err(Unstarted::Unclaimed).and_then(|()| handle.is_claimed(run));
                if let Err(unstarted) = claimed {
                    if let Ok(prepared) = prepared {
                        drop(prepared.log.conclude().await);
                    }
                    return Err(unstarted);
                }
                prepared
            }
        };
        let begun = match prepared {
            Ok(prepared) => prepared.launch(runs).await,
            Err(error) => Err(error),
        };
        match begun {
            Ok(begun) => break begun,
            Err(error) if error.is_transient() && attempts < SCARCE.0 => {
                attempts += 1;
                runs.clock.sleep_until(runs.clock.uptime() + SCARCE.1).await;
            }
            Err(error) => return Err(Unstarted::Ended(Cause::NotStarted(error.to_string()))),
        }
    };
    handle.0.store.launched(
        run.id,
        Process {
            pid: begun.child.pid(),
            start_ticks: home::start_ticks(begun.child.pid()).unwrap_or_default(),
            boot: runs.boot.clone(),
            cgroup: begun.tree.cgroup().map(std::path::Path::to_owned),
        },
    );
    let mut alive = Alive {
        child: begun.child,
        tree: begun.tree,
        log: Some(begun.log),
        limited: None,
        plan: Some(Box::new(begun.plan)),
        began: runs.clock.uptime(),
        before: Duration::ZERO,
    };
    alive.limit(runs, run, job);
    Ok(alive)
}

/// Why an attempt has no process.
enum Unstarted {
    /// Its row could not be written: nothing may be started.
    Unclaimed(crate::storage::Error),
    /// It ended before it had one.
    Ended(Cause),
}

impl Handle {
    /// The row of an attempt says that it is under way; an error if nobody wants it any more.
    fn is_claimed(&self, run: &Run) -> Result<(), Unstarted> {
        match self.engine().claimed(run.id) {
            Some(why) => Err(Unstarted::Ended(Cause::Cancelled(why))),
            None => Ok(()),
        }
    }
}

/// What is executed: the job's words, the run's, and what the run adds.
struct Words {
    command: Vec<String>,
    working_dir: PathBuf,
    env: Vars,
}

impl Words {
    fn of(run: &Run, job: &Job) -> Words {
        let inputs = &run.inputs;
        let command = if inputs.command.is_empty() { &job.command } else { &inputs.command };
        Words {
            command: command.iter().chain(&inputs.args).cloned().collect(),
            working_dir: inputs.working_dir.clone().unwrap_or_else(|| job.working_dir.clone()),
            env: Vars::from(inputs.env.clone()).over(&job.env),
        }
    }

    fn program<'a>(&'a self, run: &Run, job: &'a Job, changes: &'a Changes) -> Program<'a> {
        let mut own = vec![
            ("HOB_JOB", run.job.clone().unwrap_or_default().into()),
            ("HOB_JOB_RUN", run.id.to_string().into()),
            ("HOB_ATTEMPT", run.attempt.to_string().into()),
        ];
        // Another user may not look where it is.
        let paths = changes.paths.as_ref().filter(|_| job.user.is_none());
        own.extend(paths.map(|file| ("HOB_CHANGED", file.into())));
        Program {
            command: &self.command,
            working_dir: &self.working_dir,
            env: &self.env,
            env_file: job.env_file.as_deref(),
            env_text: job.env_text.as_ref().map(|text| text.0.as_str()),
            user: job.user.as_deref(),
            stdin: changes.lines.as_deref(),
            limits: job.limits(),
            own,
        }
    }
}
