//! What an earlier daemon left of its runs: those that go on, those that ended meanwhile, those that wait.
//!
//! A run that was under way goes on if its process is the one that its row names,
//! or bears its tag: a daemon may have died in the instant between launching it and
//! writing that down. Otherwise it is lost, as nobody knows how it ended: unless
//! the kernel still does. What it left behind is ended first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;

use super::Handle;
use super::attempt::{self, Alive, Ending, Task};
use super::cancel::NO_JOB;
use super::outcome::{Cause, Outcome};
use super::run::{Run, RunId, Standing};
use super::spec::Job;
use super::store::Open;
use crate::kernel::Fault;
use crate::runs::child::Child;
use crate::runs::logs::{Holder, Holders, RunLog};
use crate::runs::parting;
use crate::runs::tree::{Key, Process, Tree};

/// What there is to take up once it is known which jobs there are.
#[derive(Default)]
pub(super) struct Left {
    waiting: Vec<Run>,
    lives: Vec<(Run, Child, Tree, Option<RunLog>)>,
    over: Vec<(Run, Cause)>,
    /// Those among the waiting that will never begin, and why.
    doomed: Vec<(RunId, String)>,
}

/// Finds all of it, and sets in order what has ended.
pub(super) async fn find(handle: &Handle) -> Result<Left, Fault> {
    let runs = &handle.0.runs;
    let (mut left, mut lives) = (Left::default(), BTreeMap::<Key, (Run, Child, Tree)>::new());
    let mut dead = BTreeMap::<Key, (Run, Option<super::store::Process>)>::new();
    let mut holders = Holders::new();
    for Open { run, process } in handle.0.store.open_runs().await? {
        if run.state == Standing::Queued {
            left.doomed.extend(doom(handle, &run).await?.map(|why| (run.id, why)));
            left.waiting.push(run);
            continue;
        }
        let key = run.key();
        let here = process.as_ref().filter(|process| process.boot == runs.boot);
        match here.and_then(|process| Child::former(process.pid, process.start_ticks).zip(Some(process))) {
            Some((child, process)) => {
                let main = Process { pid: process.pid, ticks: process.start_ticks };
                let tree = runs.trees.former(key.clone(), Some(main), process.cgroup.as_deref());
                let holder = Holder { run: key.1, pid: main.pid, ticks: main.ticks };
                holders.insert(key.0.clone(), holder);
                lives.insert(key, (run, child, tree));
            }
            None => drop(dead.insert(key, (run, process))),
        }
    }
    let mut logs = BTreeMap::<Key, RunLog>::new();
    for recovered in
        runs.logs.recover(|name| name.contains('@'), holders).await.map_err(super::Error::from)?
    {
        logs.insert((recovered.service, recovered.run), recovered.log);
    }
    // Who was launched in the last instant, or has left something behind.
    let mut mains = BTreeMap::new();
    let open: BTreeSet<Key> = dead.keys().cloned().collect();
    if !open.is_empty() {
        mains = runs.trees.mains(&open).await;
    }
    for (key, (run, process)) in dead {
        let unrecorded = process.is_none().then(|| mains.get(&key).copied()).flatten();
        if let Some(main) = unrecorded
            && let Some(child) = Child::former(main.pid, main.ticks)
        {
            let tree = runs.trees.former(key.clone(), Some(main), None);
            lives.insert(key, (run, child, tree));
            continue;
        }
        let here = process.as_ref().filter(|process| process.boot == runs.boot);
        let exit = here.and_then(|process| parting::of_dead(process.pid, process.start_ticks));
        let cgroup = here.and_then(|process| process.cgroup.as_deref());
        let tree = runs.trees.former(key.clone(), None, cgroup);
        if let Some(told) = runs.trees.end(&tree, Duration::ZERO).await.told() {
            tracing::warn!(run = run.id, "a run ended while no daemon ran: {told}");
        }
        if let Some(log) = logs.remove(&key) {
            log.close().await.map_err(super::Error::from)?;
        }
        left.over.push((run, exit.map_or(Cause::Lost, Cause::Exited)));
    }
    for (key, (run, child, tree)) in lives {
        let log = logs.remove(&key);
        left.lives.push((run, child, tree, log));
    }
    for (_, log) in logs {
        log.conclude().await.map_err(super::Error::from)?;
    }
    Ok(left)
}

/// Why a run that waits will never begin: what it came after may have ended otherwise than it needs, in the
/// last instant of the daemon before.
async fn doom(handle: &Handle, run: &Run) -> Result<Option<String>, Fault> {
    for other in &run.after {
        let Some(other) = handle.0.store.run(*other).await.map_err(super::Error::from)? else { continue };
        if other.state.is_over() && other.state != Standing::Succeeded {
            return Ok(Some(format!("run {}, which it came after, {}", other.id, other.state.in_words())));
        }
    }
    Ok(None)
}

impl Handle {
    /// Goes on with all of it.
    pub(super) fn take_up(&self, left: Left) {
        let now = self.now();
        let Left { waiting, lives, over, doomed } = left;
        for (mut run, child, tree, log) in lives {
            run.pid = Some(child.pid());
            let (end, ends) = watch::channel(Ending::Goes);
            let job = self.job_of(&run);
            self.engine().adopt(run.clone(), end);
            let clock = &self.0.runs.clock;
            let before = run.started.map_or(Duration::ZERO, |started| {
                Duration::try_from(now.duration_since(started)).unwrap_or_default()
            });
            let began = clock.uptime();
            let mut alive = Alive { child, tree, log, limited: None, plan: None, began, before };
            alive.limit(&self.0.runs, &run, &job);
            let (handle, hold) = (self.clone(), self.0.system.activity().hold());
            self.0.runs.tasks.detach(async move {
                if let Some(log) = &alive.log {
                    log.keep_as(|| attempt::log_policy(&job)).await;
                }
                attempt::attend(handle, Task { run, job, ends }, alive).await;
                drop(hold);
            });
        }
        for (run, cause) in over {
            let (end, _) = watch::channel(Ending::Goes);
            self.engine().adopt(run.clone(), end);
            let (handle, job) = (self.clone(), self.job_of(&run));
            self.0.runs.tasks.detach(async move {
                let outcome = Outcome::unseen(cause);
                handle.ended(run, &job, &outcome).await;
            });
        }
        let cancelled: Vec<Run> = {
            let mut engine = self.engine();
            let is_orphan = |run: &&Run| run.job.as_ref().is_some_and(|job| engine.job(job).is_err());
            let orphans = waiting.iter().filter(is_orphan).map(|run| (run.id, NO_JOB.to_owned()));
            let unwanted: Vec<(RunId, String)> = doomed.into_iter().chain(orphans).collect();
            // All are there before any of them is cancelled with what comes after it.
            waiting.into_iter().for_each(|run| engine.wait(run, now));
            unwanted.into_iter().flat_map(|(id, why)| engine.cancel(id, &why, now)).collect()
        };
        self.are_cancelled(cancelled);
    }

    /// The job of a run; what it can know of one that is not configured any more.
    pub(super) fn job_of(&self, run: &Run) -> Job {
        let engine = self.engine();
        let known = run.job.as_ref().and_then(|name| engine.job(name).ok());
        known.cloned().unwrap_or_else(Job::of_nobody)
    }
}
