//! From a wish to a run that begins, and from its end to whoever waits for that.

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::attempt::{self, Task};
use super::engine::{Difference, New};
use super::error::Error;
use super::events::Happening;
use super::outcome::Outcome;
use super::run::{Run, RunId, Standing};
use super::spec::Job;
use super::{Handle, Section};
use crate::text::shortened;

/// A run that could not be recorded is tried again after so long.
pub(super) const RECORDED_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

impl Handle {
    /// Takes in what is configured.
    pub(super) fn configure(&self, section: Section) {
        let now = self.now();
        let Difference { orphans, begun, gone, changed } = self.engine().configure(section, now);
        let shown: Vec<_> = gone.iter().cloned().chain(changed).collect();
        self.0.store.mark(begun, now, gone);
        self.are_cancelled(orphans);
        self.watch_files();
        self.watch_zone();
        self.keep_now();
        self.0.earlier.notify_one();
        shown.into_iter().for_each(|job| self.show(&job));
    }

    /// Makes a run of what is wanted; the value is ready when it is recorded.
    pub(super) fn want(
        &self,
        new: New,
    ) -> Result<(Run, impl Future<Output = Result<(), Error>> + Send + use<>), Error> {
        let admitted = self.engine().admit(new, self.now())?;
        let run = admitted.run;
        self.make_room(admitted.replaced);
        let recorded = self.0.store.put(vec![run.clone()], None);
        self.go_on();
        let (handle, job) = (self.clone(), run.job.clone());
        Ok((run, async move {
            let recorded = recorded.await;
            job.iter().for_each(|job| handle.show(job));
            Ok(recorded?)
        }))
    }

    /// Ends those whose place another run takes.
    pub(super) fn make_room(&self, replaced: Vec<RunId>) {
        for id in replaced {
            self.end(id, "another run took its place").ok();
        }
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
            let task = Task { run, job: job.unwrap_or_else(Job::of_nobody), ends };
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
        if let Some(underway) = self.engine().running.get_mut(&run.id) {
            underway.late = true;
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
        let unwanted = {
            let mut engine = self.engine();
            engine.trouble = Some(why);
            engine.waits_again(run, now)
        };
        self.are_cancelled(unwanted);
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
        let run = run.after(outcome, job, now, chance());
        self.record(&run).await;
        if run.state == Standing::Queued {
            let unwanted = self.engine().waits_again(run.clone(), now);
            self.are_cancelled(unwanted);
            run.job.iter().for_each(|job| self.show(job));
        } else {
            let unwanted = self.engine().over(&run, now);
            self.are_cancelled(unwanted);
            self.settled(run);
        }
        self.go_on();
        self.0.less.notify_waiters();
    }

    /// Tells everybody what has become of a run that is over.
    pub(super) fn settled(&self, run: Run) {
        let waiters = {
            let mut engine = self.engine();
            if let Some(known) = run.job.as_ref().and_then(|job| engine.jobs.get_mut(job.as_str())) {
                known.last = Some(Box::new(run.clone()));
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
                let mut engine = self.engine();
                engine.trouble = None;
                engine.unrecorded.is_recorded(run);
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
