//! Rows of runs that are not known to be on disk yet.
//!
//! That a schedule has been dealt with up to a moment may only be written
//! together with what it has brought up to then. Should some of that not have
//! been written (the disk is full, somebody holds the database), the next write
//! for that job takes it along: so there is no moment at which the daemon could
//! be killed and a due time be neither a row nor found again.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::Handle;
use super::begin::RECORDED_AGAIN;
use super::run::{Run, RunId};
use crate::text::shortened;

/// By job.
#[derive(Debug, Default)]
pub(super) struct Unrecorded(HashMap<String, BTreeMap<RunId, Run>>);

impl Unrecorded {
    /// All of a job, these too.
    fn with(&mut self, job: &str, rows: Vec<Run>) -> Vec<Run> {
        let known = self.0.entry(job.to_owned()).or_default();
        known.extend(rows.into_iter().map(|run| (run.id, run)));
        known.values().cloned().collect()
    }

    /// Those of a run's job, besides it.
    pub(super) fn besides(&self, run: &Run) -> Vec<Run> {
        let known = run.job.as_ref().and_then(|job| self.0.get(job)).into_iter().flatten();
        known.filter(|(id, _)| **id != run.id).map(|(_, row)| row.clone()).collect()
    }

    /// A row is on disk, this one or what it has become.
    pub(super) fn is_recorded(&mut self, run: &Run) {
        let Some(job) = &run.job else { return };
        let Some(known) = self.0.get_mut(job) else { return };
        known.remove(&run.id);
        self.forget_if_empty(job);
    }

    fn forget_if_empty(&mut self, job: &str) {
        if self.0.get(job).is_some_and(BTreeMap::is_empty) {
            self.0.remove(job);
        }
    }

    fn has_any_of(&self, job: &str, rows: &[Run]) -> bool {
        self.0.get(job).is_some_and(|known| rows.iter().any(|run| known.contains_key(&run.id)))
    }
}

impl Handle {
    /// Writes what a job has been brought, and that its schedule is dealt with up to then; however long that takes.
    pub(super) fn put_down(&self, job: String, rows: Vec<Run>, dealt: Option<Timestamp>) {
        let dealt = dealt.map(|dealt| (job.clone(), dealt));
        let rows = self.engine().unrecorded.with(&job, rows);
        let first = self.0.store.put(rows.clone(), dealt.clone());
        let handle = self.clone();
        self.0.runs.tasks.detach(async move {
            let (mut rows, mut put) = (rows, first.await);
            let had_trouble = put.is_err();
            while let Err(error) = put {
                tracing::error!(job, %error, "what it is to run cannot be recorded yet");
                {
                    let mut engine = handle.engine();
                    engine.trouble = Some(shortened(&error.to_string()));
                    if engine.is_closed() {
                        return;
                    }
                }
                handle.show(&job);
                let clock = &handle.0.runs.clock;
                clock.sleep_until(clock.uptime() + RECORDED_AGAIN.unsigned_abs()).await;
                if !handle.engine().unrecorded.has_any_of(&job, &rows) && dealt.is_none() {
                    return;
                }
                rows = handle.engine().unrecorded.with(&job, Vec::new());
                put = handle.0.store.put(rows.clone(), dealt.clone()).await;
            }
            let mut engine = handle.engine();
            rows.iter().for_each(|run| engine.unrecorded.is_recorded(run));
            engine.unrecorded.forget_if_empty(&job);
            if had_trouble {
                engine.trouble = None;
            }
            drop(engine);
            handle.show(&job);
        });
    }
}
