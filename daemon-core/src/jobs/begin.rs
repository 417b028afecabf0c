//! From a wish to a run that begins, and from its end to whoever waits for that.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::attempt::{self, Ending, Task};
use super::engine::{Difference, New};
use super::error::Error;
use super::events::Happening;
use super::outcome::Outcome;
use super::run::{Run, RunId, Standing};
use super::spec::Job;
use super::{Handle, Section};
use crate::kernel::text::shortened;

/// A run that could not be recorded is tried again after so long.
const RECORDED_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

impl Handle {
    /// Takes in what is configured.
    pub(super) fn configure(&self, section: Section) {
        let now = self.now();
        let Difference { orphans, begun } = self.engine().configure(section, now);
        begun.iter().for_each(|job| self.0.store.mark(job, now));
        for id in orphans {
            self.cancel_waiting(id, "its job is not configured any more");
        }
        self.watch_files();
        self.0.earlier.notify_one();
        self.show_all();
    }

    /// Makes runs of what is wanted; the value is ready when they are recorded. `dealt` marks a schedule as
    /// dealt with, together with that.
    pub(super) fn want(
        &self,
        new: Vec<New>,
        dealt: Option<(String, Timestamp)>,
    ) -> Result<(Vec<Run>, impl Future<Output = Result<(), Error>> + Send + use<>), Error> {
        let now = self.now();
        let (mut runs, mut replaced) = (Vec::new(), Vec::new());
        {
            let mut engine = self.engine();
            for new in new {
                let mut admitted = engine.admit(new, now)?;
                replaced.append(&mut admitted.replaced);
                runs.push(admitted.run);
            }
        }
        for id in replaced {
            self.end(id, "another run took its place").ok();
        }
        let recorded = self.0.store.put(runs.clone(), dealt);
        self.go_on();
        let handle = self.clone();
        let jobs: Vec<String> = runs.iter().filter_map(|run| run.job.clone()).collect();
        Ok((runs, async move {
            let recorded = recorded.await;
            jobs.iter().for_each(|job| handle.show(job));
            Ok(recorded?)
        }))
    }

    /// Begins what may begin.
    pub(super) fn go_on(&self) {
        let held = self.0.system.is_paused();
        loop {
            let now = self.now();
            let begun = {
                let mut engine = self.engine();
                engine.floor.hold(held);
                engine.floor.wake(now);
                engine.begin(now)
            };
            let Some((run, job, ends)) = begun else { break };
            if let Some(job) = &run.job {
                self.show(job);
            }
            let task = Task { run, job: job.unwrap_or_else(|| Arc::new(Job::of_nobody())), ends };
            let handle = self.clone();
            let hold = self.0.system.activity().hold();
            self.0.runs.tasks.detach(async move {
                attempt::live(handle, task).await;
                drop(hold);
            });
        }
        self.0.earlier.notify_one();
    }

    /// An attempt has a process.
    pub(super) fn is_launched(&self, run: &Run) {
        if let Some(underway) = self.engine().running.get_mut(&run.id) {
            underway.run.pid = run.pid;
        }
    }

    /// A run goes on without this daemon.
    pub(super) fn is_let_go(&self, id: RunId) {
        self.engine().running.remove(&id);
        self.0.less.notify_waiters();
    }

    /// An attempt takes longer than it should.
    pub(super) fn is_late(&self, run: &Run) {
        let Some(job) = &run.job else { return };
        tracing::warn!(job, run = run.id, "it takes longer than it should");
        if let Some(known) = self.engine().jobs.get_mut(job) {
            known.late.insert(run.id);
        }
        self.show(job);
    }

    /// A run could not be claimed: it waits again, and nothing was started.
    pub(super) fn unclaimed(&self, mut run: Run, error: &crate::storage::Error) {
        let now = self.now();
        let why = format!("cannot be recorded, so it waits: {}", shortened(&error.to_string()));
        tracing::error!(run = run.id, job = run.job, %error, "a run cannot be recorded and waits");
        run.attempt -= 1;
        (run.state, run.started, run.reason) = (Standing::Queued, None, Some(why.clone()));
        run.not_before = now.checked_add(RECORDED_AGAIN).ok();
        let mut engine = self.engine();
        engine.running.remove(&run.id);
        engine.floor.again(run.id, run.not_before, now);
        engine.trouble = Some(why);
        engine.waiting.insert(run.id, run);
        drop(engine);
        self.0.less.notify_waiters();
        self.0.earlier.notify_one();
    }

    /// An attempt has ended well; what is left to do needs no slot.
    pub(super) fn leaves_its_slot(&self, run: &Run) {
        self.engine().floor.vacate(run.id);
        self.go_on();
    }

    /// An attempt has ended: its run is over, or waits again. Returns when that is recorded.
    pub(super) async fn ended(&self, run: Run, job: &Job, outcome: &Outcome) {
        let now = self.now();
        let id = run.id;
        let run = run.after(outcome, job, now, chance());
        if run.state == Standing::Queued {
            self.record(&run).await;
            let mut engine = self.engine();
            engine.running.remove(&id);
            engine.floor.again(id, run.not_before, now);
            engine.waiting.insert(id, run.clone());
            drop(engine);
            self.go_on();
            self.0.less.notify_waiters();
            run.job.iter().for_each(|job| self.show(job));
            return;
        }
        self.free_dependents(&run);
        self.record(&run).await;
        self.engine().over(id, now);
        self.settled(run);
        self.go_on();
        self.0.less.notify_waiters();
    }

    /// Tells everybody what has become of a run that is over.
    fn settled(&self, run: Run) {
        let waiters = {
            let mut engine = self.engine();
            if let Some(known) = run.job.as_ref().and_then(|job| engine.jobs.get_mut(job)) {
                known.last = Some(run.clone());
            }
            engine.settling.remove(&run.id);
            engine.waiters.remove(&run.id).unwrap_or_default()
        };
        // Whoever does not wait any more has no use for it.
        waiters.into_iter().for_each(|waiter| drop(waiter.send(run.clone())));
        if let Some(job) = &run.job {
            self.show(job);
            let what = if run.state == Standing::Succeeded { "job.succeeded" } else { "job.failed" };
            let is_end = matches!(
                run.state,
                Standing::Succeeded | Standing::Failed | Standing::TimedOut | Standing::Lost
            );
            if is_end {
                // Nobody may be listening.
                self.0.happened.send(Happening { what, name: job.clone() }).ok();
            }
        }
        self.keep_now_and_then();
    }

    /// Writes a row that must not be lost, however long that takes. Nobody starts it meanwhile.
    pub(super) async fn record(&self, run: &Run) {
        loop {
            let written = self.0.store.settle(run).await;
            let Err(error) = written else {
                self.engine().trouble = None;
                return;
            };
            tracing::error!(run = run.id, %error, "the end of a run cannot be recorded");
            let closed = {
                let mut engine = self.engine();
                engine.trouble = Some(shortened(&error.to_string()));
                engine.is_closed()
            };
            if closed {
                return;
            }
            let clock = &self.0.runs.clock;
            clock.sleep_until(clock.uptime() + RECORDED_AGAIN.unsigned_abs()).await;
        }
    }

    /// Asks a run to end, or takes it out of those that wait.
    pub(super) fn end(&self, id: RunId, why: &str) -> Result<(), Error> {
        let is_under_way = {
            let engine = self.engine();
            let underway = engine.running.get(&id);
            underway.map(|run| run.end.send_replace(Ending::Cancelled(why.to_owned()))).is_some()
        };
        if is_under_way || self.cancel_waiting(id, why) { Ok(()) } else { Err(Error::NoRun(id)) }
    }

    /// Cancels a run that waits; false if it does not.
    pub(super) fn cancel_waiting(&self, id: RunId, why: &str) -> bool {
        let now = self.now();
        let dependents = self.engine().floor.dependents(id).to_vec();
        let Some(mut run) = self.engine().take_out(id, now) else { return false };
        (run.state, run.ended, run.reason) = (Standing::Cancelled, Some(now), Some(why.to_owned()));
        for dependent in dependents {
            self.cancel_waiting(dependent, &format!("run {id}, which it came after, was cancelled"));
        }
        let handle = self.clone();
        self.0.runs.tasks.detach(async move {
            handle.record(&run).await;
            handle.settled(run);
        });
        self.go_on();
        true
    }

    /// Those that wait for a run which did not do what it was for will never begin.
    fn free_dependents(&self, run: &Run) {
        if run.state == Standing::Succeeded {
            return;
        }
        let dependents = self.engine().floor.dependents(run.id).to_vec();
        for dependent in dependents {
            self.cancel_waiting(
                dependent,
                &format!("run {}, which it came after, {}", run.id, run.state.in_words()),
            );
        }
    }

    /// Waits for the end of a run; the row of one that is over already.
    pub(super) fn wait_for(&self, id: RunId) -> impl Future<Output = Result<Run, Error>> + Send + use<> {
        let told = {
            let mut engine = self.engine();
            engine.will_be_over(id).then(|| {
                let (tell, told) = oneshot::channel();
                let waiters = engine.waiters.entry(id).or_default();
                waiters.retain(|waiter| !waiter.is_closed());
                waiters.push(tell);
                told
            })
        };
        let store = self.0.store.clone();
        async move {
            if let Some(told) = told
                && let Ok(run) = told.await
            {
                return Ok(run);
            }
            // It was over before, or its daemon ends.
            let run = store.run(id).await?.ok_or(Error::NoRun(id))?;
            if run.state.is_over() { Ok(run) } else { Err(Error::Stopping) }
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.runs.clock.now()
    }
}

/// A random fraction from 0 to 1; not a secret, so a poor one will do where the kernel has none.
fn chance() -> f64 {
    let mut random = [0u8; 4];
    match rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::NONBLOCK) {
        Ok(4) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
        _ => 0.5,
    }
}
