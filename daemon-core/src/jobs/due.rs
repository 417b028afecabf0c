//! The one timer of all jobs.
//!
//! It waits for the wall clock, which may be set and may sleep; the clock's own
//! timer notices both, and wakes it. Each time it wakes, what each schedule has brought since
//! it was dealt with last is ruled on by [`super::schedule`], so a wake-up that
//! is late, early or twice does no harm.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, Known, New};
use super::error::Error;
use super::run::{Inputs, Run, Standing};
use super::schedule::{Jump, Reading, TOLERANCE, observe};
use super::store::{Paused, SCHEDULE};
use super::{Handle, RunId};
use crate::config::Span;

/// A schedule that is dealt with so far ahead of the clock was so by a clock that was wrong.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Wakes up when something is due, as long as the daemon lives.
pub(super) fn keep_time(handle: &Handle) {
    let (handle, mut stop) = (handle.clone(), handle.0.runs.tasks.stop());
    let tasks = handle.0.runs.tasks.clone();
    tasks.spawn("jobs", async move {
        let mut pauses = handle.0.system.pauses();
        loop {
            handle.notice_jumps(handle.now());
            let next = handle.engine().wakes();
            let wake = async {
                match next {
                    Some(at) => handle.0.runs.clock.sleep_until_wall_or_set(at).await,
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
    pub(super) fn tick(&self) {
        let now = self.now();
        let over = self.engine().pauses_over(now);
        for paused in over {
            self.end_pause(paused);
        }
        let due = self.engine().take_due(now);
        for Brought { job, runs, missed } in due {
            let mut rows = Vec::from_iter(missed);
            for new in runs {
                rows.extend(self.admit_due(new, now));
            }
            self.put_down(job, rows, Some(now));
        }
        self.go_on();
    }

    /// Lets a run wait that is due; one that may not is missed.
    fn admit_due(&self, new: New, now: Timestamp) -> Option<Run> {
        let (job, due) = (new.job.clone().unwrap_or_default(), new.due);
        let admitted = self.engine().admit(new, now);
        match admitted {
            Ok(admitted) => {
                self.make_room(admitted.replaced);
                Some(admitted.run)
            }
            // It is for the next daemon.
            Err(Error::Stopping) => None,
            Err(error) => {
                tracing::error!(job, %error, "what is due does not run");
                let id = self.engine().take_id();
                Some(Run { due, reason: Some(error.to_string()), ..Run::missed(id, &job, now) })
            }
        }
    }

    /// What was counted by a clock that has been set back since does not hold.
    fn notice_jumps(&self, now: Timestamp) {
        let reading = Reading { wall: now, monotonic: self.0.runs.clock.uptime() };
        let anew = self.engine().reads(reading);
        for job in anew.iter().map(|job| &**job) {
            tracing::warn!(
                job,
                "the clock was far ahead when it was looked at last; its schedule begins anew"
            );
        }
        self.0.store.mark(anew, now, Vec::new());
    }
}

/// What a schedule has brought.
struct Brought {
    job: String,
    runs: Vec<New>,
    missed: Option<Run>,
}

impl Engine {
    /// When something is to be looked at. Once nothing begins any more that is never: what is due stays due, for
    /// the next daemon.
    fn wakes(&self) -> Option<Timestamp> {
        if self.is_closed() {
            return None;
        }
        let pauses = self.paused.values().filter_map(|until| *until).min();
        [self.agenda.next(), self.floor.wakes(), pauses].into_iter().flatten().min()
    }

    /// Takes in what the clocks say; the value are jobs whose schedules begin anew.
    pub(super) fn reads(&mut self, reading: Reading) -> Vec<Arc<str>> {
        let now = reading.wall;
        let before = self.read.replace(reading).unwrap_or(reading);
        let Jump::Back(by) = observe(before, reading, TOLERANCE) else { return Vec::new() };
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        // What was to be waited for was a length of time.
        for run in self.waiting.values_mut().filter(|run| run.not_before.is_some()) {
            run.not_before = run.not_before.and_then(|at| at.checked_sub(by).ok());
            self.floor.set_not_before(run.id, run.not_before, now);
        }
        let is_ahead = |known: &&mut Known| AHEAD < known.dealt.duration_since(now);
        let mut anew = Vec::new();
        for known in self.jobs.values_mut().filter(is_ahead) {
            known.dealt = now;
            if let Some(next) = known.job.schedule.next(now) {
                self.agenda.insert(Arc::clone(&known.job.name), next.at);
            }
            anew.push(known.job.name.clone());
        }
        anew
    }

    fn take_due(&mut self, now: Timestamp) -> Vec<Brought> {
        if self.is_closed() {
            // It is for the next daemon, which finds how far this one came.
            return Vec::new();
        }
        let due = self.agenda.take_due(now);
        due.into_iter().filter_map(|(_, name)| self.brought(&name, now)).collect()
    }

    fn brought(&mut self, name: &str, now: Timestamp) -> Option<Brought> {
        let is_paused = self.is_paused(&Paused::Job(name.to_owned()));
        let known = self.jobs.get_mut(name)?;
        let job = known.job.clone();
        let missed = job.schedule.missed(job.missed, job.grace.get(), known.dealt, now);
        known.dealt = known.dealt.max(now);
        if let Some(next) = job.schedule.next(known.dealt) {
            self.agenda.insert(Arc::clone(&job.name), next.at);
        }
        let (run, skipped) = if is_paused { (Vec::new(), 0) } else { (missed.run, missed.skipped) };
        let runs = run.into_iter().map(|due| New::of_schedule(name, due.at)).collect();
        let missed = (0 < skipped).then(|| {
            let id = self.take_id();
            let more = if missed.more { "at least " } else { "" };
            let times = if skipped == 1 { "due time" } else { "due times" };
            let grace = Span::from(job.grace.get());
            let reason = format!("{more}{skipped} {times} passed while nothing could start it (missed = \"{}\", grace = \"{grace}\")", job.missed);
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
            open: Vec::new(),
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

#[cfg(test)]
mod tests {
    use super::super::store::Store;
    use super::*;
    use crate::storage::{Db, Durability};

    #[tokio::test]
    async fn what_is_due_while_the_daemon_stops_wakes_nobody() {
        let place = tempfile::tempdir().unwrap();
        let db = Db::open(&place.path().join("hob.db"), Durability::Normal).unwrap();
        let store = Store::open(&db).await.unwrap();
        let due = Timestamp::UNIX_EPOCH;
        let mut engine = Engine::new(&store, due).await.unwrap();
        engine.agenda.insert("nightly".into(), due);
        assert_eq!(engine.wakes(), Some(due));
        engine.close();
        assert_eq!(engine.wakes(), None);
        assert!(engine.take_due(due).is_empty() && engine.agenda.next() == Some(due), "it is still to come");
    }
}
