//! How many runs are kept, and for how long: as their job says, or `[jobs]` where there is none.
//!
//! A run that is forgotten loses its row first and its log after that: what is
//! shown is there. A daemon that dies between the two leaves a log without a
//! row, which the first pass of the next one removes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Handle;
use super::run::{RunId, of_log_name};
use crate::config::Span;
use crate::kernel::Fault;
use crate::runs::of_file_name;

/// A pass is made this often, for what is too old,
const PERIOD: Duration = Duration::from_secs(3600);
/// and when so many runs have ended, for what is too many.
const ENDED: u32 = 64;

/// Makes passes as long as the daemon lives.
pub(super) fn keep_tidy(handle: &Handle) {
    let tidy = handle.clone();
    let strays = AtomicBool::new(true);
    let nudge = handle.0.runs.tasks.sweep("job-history", PERIOD, move || {
        let handle = tidy.clone();
        let strays = strays.swap(false, Ordering::Relaxed);
        async move {
            if strays {
                handle.remove_strays().await?;
            }
            handle.forget().await
        }
    });
    *handle.0.keeping.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(nudge);
}

impl Handle {
    /// A run has ended; after some of them it is looked at which are kept.
    pub(super) fn keep_now_and_then(&self) {
        if self.0.ended.fetch_add(1, Ordering::Relaxed) % ENDED == ENDED - 1 {
            self.keep_now();
        }
    }

    /// It is looked at which runs are kept.
    pub(super) fn keep_now(&self) {
        let nudge = self.0.keeping.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        nudge.iter().for_each(crate::kernel::tasks::Nudge::nudge);
    }

    async fn forget(&self) -> Result<(), Fault> {
        let now = self.now();
        let of_runs = self.0.store.jobs().await?;
        let kept: Vec<(Option<String>, u32, Option<Timestamp>)> = {
            let engine = self.engine();
            let terms = |name: Option<String>| {
                let known = name.as_ref().and_then(|name| engine.jobs.get(name.as_str()));
                let (count, age) = known.map_or(engine.kept, |it| (it.job.keep_runs, it.job.keep_age));
                (name, count, oldest(age, now))
            };
            of_runs.into_iter().map(Some).chain([None]).map(terms).collect()
        };
        for (job, count, before) in kept {
            loop {
                let gone = self.0.store.forget(job.clone(), count, before).await?;
                let names = gone.iter().map(|id| super::run::log_name(job.as_deref(), *id)).collect();
                self.remove_logs(names).await;
                if gone.len() < 1000 {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn remove_logs(&self, names: Vec<String>) {
        let logs = self.0.runs.dirs.service_logs();
        let removing = tokio::task::spawn_blocking(move || {
            for name in names {
                let log = logs.join(crate::runs::as_file_name(&name));
                match fs_err::remove_dir_all(&log) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        tracing::warn!(%error, "the log of a run that is forgotten stays");
                    }
                    _ => {}
                }
            }
        });
        // It does not panic, and a daemon that ends does not need it.
        removing.await.ok();
    }

    /// Removes the logs of runs that have no row.
    pub(super) async fn remove_strays(&self) -> Result<(), Fault> {
        let logs = self.0.runs.dirs.service_logs();
        let listing = tokio::task::spawn_blocking(move || {
            let entries = fs_err::read_dir(logs).into_iter().flatten().filter_map(Result::ok);
            let name = |entry: fs_err::DirEntry| of_file_name(entry.file_name().to_str()?);
            let named = entries.filter_map(name).filter_map(|name| Some((of_log_name(&name)?, name)));
            named.collect::<Vec<(RunId, String)>>()
        });
        let Ok(found) = listing.await else { return Ok(()) };
        let kept: BTreeSet<RunId> = self.0.store.ids().await?.into_iter().collect();
        let strays = found.into_iter().filter(|(id, _)| !kept.contains(id)).map(|(_, name)| name).collect();
        self.remove_logs(strays).await;
        Ok(())
    }
}

/// What ended before is too old; nothing if there is no such age.
fn oldest(age: Span, now: Timestamp) -> Option<Timestamp> {
    let age = Some(age.get()).filter(|age| !age.is_zero())?;
    now.checked_sub(SignedDuration::try_from(age).ok()?).ok()
}
