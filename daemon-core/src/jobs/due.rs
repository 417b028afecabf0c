//! The one timer of all jobs.
//!
//! It waits for the wall clock, which may be set and may sleep; the clock's own
//! timer notices both. Each time it wakes, what each schedule has brought since
//! it was dealt with last is ruled on by [`super::schedule`], so a wake-up that
//! is late, early or twice does no harm.

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, New};
use super::run::{Inputs, Run, Standing};
use super::store::{Paused, SCHEDULE};
use super::{Handle, RunId};
use crate::config::Span;

/// A schedule that is dealt with so far ahead of the clock was so by a clock that was wrong.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Wakes up when something is due, as long as the daemon lives.
pub(super) fn keep_time(handle: &Handle) {
    let (handle, mut stop) = (handle.clone(), handle.0.runs.tasks.stop());
    let tasks = handle.0.runs.tasks.clone();
    tasks.spawn("jobs", async move {
        let mut pauses = handle.0.system.pauses();
        loop {
            let next = handle.engine().wakes();
            let wake = async {
                match next {
                    Some(at) => handle.0.runs.clock.sleep_until_wall(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake => handle.tick(),
                () = handle.0.earlier.notified() => {}
                Ok(()) = pauses.changed() => handle.go_on(),
                () = stop.stopped() => return,
            }
        }
    });
}

impl Handle {
    /// Deals with what is due now.
    fn tick(&self) {
        let now = self.now();
        let (due, over) = {
            let mut engine = self.engine();
            (engine.take_due(now), engine.pauses_over(now))
        };
        for paused in over {
            self.end_pause(paused);
        }
        for Brought { job, runs, missed } in due {
            if let Some(run) = missed {
                self.note(run);
            }
            let name = job.clone();
            match self.want(runs, Some((job, now))) {
                Ok((_, recorded)) => {
                    let handle = self.clone();
                    self.0.runs.tasks.detach(async move {
                        if let Err(error) = recorded.await {
                            // They wait in memory; should that end, the mark still is where it was.
                            tracing::error!(job = name, %error, "what is due cannot be recorded");
                            handle.show(&name);
                        }
                    });
                }
                Err(error) => tracing::error!(job = name, %error, "what is due does not run"),
            }
        }
        self.go_on();
    }

    /// Writes down a run that will never be.
    fn note(&self, run: Run) {
        let handle = self.clone();
        self.0.runs.tasks.detach(async move { handle.record(&run).await });
    }
}

/// What a schedule has brought.
struct Brought {
    job: String,
    runs: Vec<New>,
    missed: Option<Run>,
}

impl Engine {
    /// When something is to be looked at.
    fn wakes(&self) -> Option<Timestamp> {
        let pauses = self.paused.values().filter_map(|until| *until).min();
        [self.agenda.next(), self.floor.wakes(), pauses].into_iter().flatten().min()
    }

    fn take_due(&mut self, now: Timestamp) -> Vec<Brought> {
        let due = self.agenda.take_due(now);
        due.into_iter().filter_map(|(_, name)| self.brought(&name, now)).collect()
    }

    fn brought(&mut self, name: &str, now: Timestamp) -> Option<Brought> {
        let is_paused = self.is_paused(&Paused::Job(name.to_owned()));
        let known = self.jobs.get_mut(name)?;
        let job = std::sync::Arc::clone(&known.job);
        if AHEAD < known.dealt.duration_since(now) {
            tracing::warn!(job = name, dealt = %known.dealt, "the clock was far ahead; its schedule begins anew");
            known.dealt = now;
        }
        let missed = job.schedule.missed(job.missed, job.grace.get(), known.dealt, now);
        known.dealt = known.dealt.max(now);
        if let Some(next) = job.schedule.next(known.dealt) {
            self.agenda.insert(name.into(), next.at);
        }
        let (run, mut skipped) = if is_paused { (Vec::new(), 0) } else { (missed.run, missed.skipped) };
        if is_paused {
            skipped = 0;
        }
        let runs = run.into_iter().map(|due| New::of_schedule(name, due.at)).collect();
        let missed = (0 < skipped).then(|| {
            let id = self.take_id();
            let more = if missed.more { "at least " } else { "" };
            let grace = Span::from(job.grace.get());
            let reason = format!("{more}{skipped} due times passed while nothing could start it (missed = \"{}\", grace = \"{grace}\")", job.missed);
            Run { reason: Some(reason), ..Run::missed(id, name, now) }
        });
        Some(Brought { job: name.to_owned(), runs, missed })
    }

    fn pauses_over(&mut self, now: Timestamp) -> Vec<Paused> {
        let is_over = |until: &Option<Timestamp>| until.is_some_and(|until| until <= now);
        self.paused.iter().filter(|(_, until)| is_over(until)).map(|(what, _)| what.clone()).collect()
    }
}

impl New {
    fn of_schedule(job: &str, due: Timestamp) -> New {
        New {
            job: Some(job.to_owned()),
            why: SCHEDULE,
            due,
            inputs: Inputs::default(),
            priority: None,
            queue: None,
            after: Vec::new(),
        }
    }
}

impl Run {
    fn missed(id: RunId, job: &str, now: Timestamp) -> Run {
        Run {
            id,
            job: Some(job.to_owned()),
            state: Standing::Missed,
            why: SCHEDULE.to_owned(),
            queue: None,
            priority: 0,
            after: Vec::new(),
            inputs: Inputs::default(),
            due: now,
            not_before: None,
            attempt: 0,
            started: None,
            ended: Some(now),
            code: None,
            reason: None,
            pid: None,
            cpu_ms: None,
            memory: None,
        }
    }
}
