//! Runs that nobody wants any more.
//!
//! One that waits is taken out at once, with all that come after it, in the same
//! step that finds out: whatever else begins runs meanwhile finds none of them.
//! One that is under way is asked to end; should it be about to wait again (its
//! attempt has failed, or could not be claimed), it is cancelled when it does; and
//! one that has no process yet gets none.

use jiff::Timestamp;

use super::Handle;
use super::attempt::Ending;
use super::engine::Engine;
use super::error::Error;
use super::run::{Run, RunId, Standing};

/// Of a run whose job is not there.
pub(super) const NO_JOB: &str = "its job is not configured any more";
/// Of a run whose row could not be written when somebody asked for it.
const UNRECORDED: &str = "could not be recorded";

impl Handle {
    /// Asks a run to end, or takes it out of those that wait.
    pub(super) fn end(&self, id: RunId, why: &str) -> Result<(), Error> {
        let mut engine = self.engine();
        if !engine.running.contains_key(&id) && !engine.waiting.contains_key(&id) {
            return Err(Error::NoRun(id));
        }
        let cancelled = engine.end(id, why, self.now());
        drop(engine);
        self.are_cancelled(cancelled);
        Ok(())
    }

    /// Takes a run back that could not be recorded when it was asked for, before it starts; false if a row of it has
    /// been written since, with which it began: then it is as good as any other.
    pub(super) fn take_back(&self, id: RunId) -> bool {
        let taken = self.engine().take_back(id, self.now());
        let is_taken = taken.is_some();
        self.are_cancelled(taken.unwrap_or_default());
        is_taken
    }

    /// Ends the runs of these jobs, those that wait and those under way; returns when they have ended.
    pub async fn end_together(&self, jobs: &[String], why: &str) {
        let runs: Vec<RunId> = {
            let engine = self.engine();
            jobs.iter().flat_map(|job| engine.floor.of_job(job)).map(|(id, _)| id).collect()
        };
        // Those that wait first, or some would begin when others end.
        let (running, waiting): (Vec<RunId>, Vec<RunId>) =
            runs.iter().partition(|id| self.engine().running.contains_key(id));
        for id in waiting.into_iter().chain(running) {
            // One that has ended meanwhile is what was wanted.
            self.end(id, why).ok();
        }
        let ended = runs.into_iter().map(|id| self.wait_for(id));
        for error in futures_util::future::join_all(ended).await.into_iter().filter_map(Result::err) {
            tracing::debug!(%error, "nobody can tell how a run ended");
        }
    }

    /// Records runs that were taken out of those that wait, and tells everybody.
    pub(super) fn are_cancelled(&self, cancelled: Vec<Run>) {
        if cancelled.is_empty() {
            return;
        }
        for run in cancelled {
            let handle = self.clone();
            self.0.runs.tasks.detach(async move {
                handle.record(&run).await;
                handle.settled(run);
            });
        }
        self.go_on();
    }
}

impl Engine {
    /// Asks a run to end that is under way, or cancels one that waits; the value is what is cancelled at once.
    fn end(&mut self, id: RunId, why: &str, now: Timestamp) -> Vec<Run> {
        match self.running.get(&id) {
            Some(underway) => {
                underway.end.send_replace(Ending::Cancelled(why.to_owned()));
                Vec::new()
            }
            None => self.cancel(id, why, now),
        }
    }

    /// Ends a run of which no row was written; nothing if one was.
    fn take_back(&mut self, id: RunId, now: Timestamp) -> Option<Vec<Run>> {
        let is_recorded = match (self.running.get(&id), self.waiting.get(&id)) {
            (Some(underway), _) => underway.claimed,
            (None, Some(waiting)) => 0 < waiting.attempt,
            (None, None) => true,
        };
        (!is_recorded).then(|| self.end(id, UNRECORDED, now))
    }

    /// A run's row says that it is under way; the value is why it is not to start, if nobody wants it any more.
    pub(super) fn claimed(&mut self, id: RunId) -> Option<String> {
        let underway = self.running.get_mut(&id)?;
        underway.claimed = true;
        match &*underway.end.borrow() {
            Ending::Cancelled(why) => Some(why.clone()),
            _ => None,
        }
    }

    /// Takes a run out of those that wait, and what comes after it; nothing if it does not wait.
    pub(super) fn cancel(&mut self, id: RunId, why: &str, now: Timestamp) -> Vec<Run> {
        let mut cancelled = Vec::new();
        let mut next = vec![(id, why.to_owned())];
        while let Some((id, why)) = next.pop() {
            let Some(mut run) = self.waiting.remove(&id) else { continue };
            let after = self.floor.dependents(id).iter();
            next.extend(after.map(|after| (*after, format!("run {id}, which it came after, was cancelled"))));
            self.settling.insert(id);
            (run.state, run.ended) = (Standing::Cancelled, Some(now));
            run.reason = Some(match run.reason.take().filter(|_| 0 < run.attempt) {
                Some(before) => format!("{why}; attempt {}: {before}", run.attempt),
                None => why,
            });
            cancelled.push(run);
        }
        // What came after one of them has been taken out of those that wait, so it does not begin.
        for run in &cancelled {
            self.floor.remove(run.id, now);
        }
        cancelled
    }

    /// Cancels what comes after a run that did not do what it was for.
    pub(super) fn cancel_dependents(&mut self, run: &Run, now: Timestamp) -> Vec<Run> {
        if run.state == Standing::Succeeded {
            return Vec::new();
        }
        let why = format!("run {}, which it came after, {}", run.id, run.state.in_words());
        let dependents = self.floor.dependents(run.id).to_vec();
        dependents.into_iter().flat_map(|dependent| self.cancel(dependent, &why, now)).collect()
    }

    /// A run that was under way waits again; unless nobody wants it any more, then the value is what
    /// is cancelled.
    pub(super) fn waits_again(&mut self, run: Run, now: Timestamp) -> Vec<Run> {
        let id = run.id;
        let ending = self.running.remove(&id).map(|underway| underway.end.borrow().clone());
        let unwanted = match ending {
            Some(Ending::Cancelled(why)) => Some(why),
            _ => run
                .job
                .as_ref()
                .filter(|job| !self.jobs.contains_key(job.as_str()))
                .map(|_| NO_JOB.to_owned()),
        };
        self.floor.again(id, run.not_before, now);
        self.waiting.insert(id, run);
        unwanted.map(|why| self.cancel(id, &why, now)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::engine::New;
    use super::super::run::Inputs;
    use super::super::store::Store;
    use super::*;
    use crate::storage::{Db, Durability};

    #[tokio::test]
    async fn a_run_without_a_row_is_taken_back_before_it_starts_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let db = Db::open(&place.path().join("hob.db"), Durability::Normal).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let mut engine = Engine::new(&Store::open(&db).await.unwrap(), now).await.unwrap();
        engine.queues.insert(super::super::engine::USUAL_QUEUE.to_owned(), 3);
        let asked = |engine: &mut Engine| {
            let new = New { job: None, ..New::because(String::new(), "asked", Inputs::default(), now) };
            engine.admit(new, now).unwrap().run.id
        };
        let waits = asked(&mut engine);
        assert_eq!(engine.take_back(waits, now).unwrap()[0].id, waits, "at once");

        let refused = asked(&mut engine);
        assert_eq!(engine.begin(now).unwrap().0.id, refused);
        assert!(engine.take_back(refused, now).unwrap().is_empty(), "when its row is looked at");
        assert_eq!(engine.claimed(refused).as_deref(), Some(UNRECORDED), "so it does not start");

        let claimed = asked(&mut engine);
        assert_eq!(engine.begin(now).unwrap().0.id, claimed);
        assert_eq!(engine.claimed(claimed), None);
        assert!(engine.take_back(claimed, now).is_none(), "its row says that it is under way");
        engine.over(&engine.running[&claimed].run.clone(), now);
        assert!(engine.take_back(claimed, now).is_none(), "it has run");
    }
}
