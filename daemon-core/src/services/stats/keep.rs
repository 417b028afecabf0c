//! Keeps a history of what services use, where the settings ask for one.
//!
//! The task exists only then, and wakes only while a service runs: with the last
//! process gone it waits for the board to tell of another.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::ops::used;
use super::past::Row;
use super::settings::Settings;
use crate::runs::sampler::Sample;
use crate::services::Handle;

/// What is in force, and whether the task is there.
#[derive(Default)]
pub(super) struct Kept {
    every: watch::Sender<Option<Duration>>,
    running: bool,
}

/// Puts the settings in force: the task begins with the first interval and ends with none.
pub(super) fn configure(services: &Handle, settings: Settings) {
    let every = settings.every();
    let mut kept = kept(services);
    kept.every.send_if_modified(|now| std::mem::replace(now, every) != every);
    if every.is_none() || kept.running {
        return;
    }
    kept.running = true;
    let (services, changes) = (services.clone(), kept.every.subscribe());
    let tasks = services.0.common.runs.tasks.clone();
    let mut stop = tasks.stop();
    tasks.spawn("stats history", async move {
        tokio::select! {
            () = keep(&services, changes) => {}
            () = stop.stopped() => {}
        }
    });
}

async fn keep(services: &Handle, mut changes: watch::Receiver<Option<Duration>>) {
    loop {
        let every = {
            // Under the lock, or an interval that comes now would find a task that is about to end.
            let mut kept = kept(services);
            match *changes.borrow_and_update() {
                Some(every) => every,
                None => {
                    kept.running = false;
                    return;
                }
            }
        };
        tokio::select! {
            () = note_each(services, every) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// Notes what services use, at this interval and while there are any.
async fn note_each(services: &Handle, every: Duration) {
    let clock = services.clock();
    loop {
        some_service(services).await;
        let mut listener = services.runs().sampler.listen(false);
        let (mut due, mut before) = (clock.uptime(), None);
        while !services.roots().is_empty() {
            match listener.next(|| services.runs().roots()).await {
                Ok(sample) => {
                    if let Some(before) = before.replace(sample.clone()) {
                        note(services, &before, &sample);
                    }
                }
                Err(fault) => {
                    tracing::warn!(error = %fault, "what services use is not noted");
                    before = None;
                }
            }
            due = clock.uptime().max(due + every);
            clock.sleep_until(due).await;
        }
    }
}

/// Waits until a service has a process.
async fn some_service(services: &Handle) {
    let mut changes = Box::pin(services.0.common.board.watch(vec!["service".to_owned()]));
    while services.roots().is_empty() && changes.next().await.is_some() {}
}

fn note(services: &Handle, before: &Sample, sample: &Sample) {
    let rows = Handle::of_services(sample).map(|(name, usage)| {
        let used = used(before, sample, name, usage);
        Row {
            service: name.to_string(),
            cpu: used.cpu,
            within: used.within,
            memory: usage.memory,
            processes: usage.processes,
        }
    });
    services.statistics().past.note(sample.at, rows.collect());
}

fn kept(services: &Handle) -> MutexGuard<'_, Kept> {
    services.statistics().kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the settings ask for a history.
pub(super) fn is_kept(services: &Handle) -> bool {
    kept(services).every.borrow().is_some()
}
