//! Counts what runs use that have limits nobody else holds them to.
//!
//! The task is there from the first such run on, and counts only while there is
//! one: a run is in the register for as long as somebody has its entry, which tells
//! when it is over. It shares its passes over the processes with whoever else
//! listens to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::Watched;
use crate::runs::Runs;
use crate::runs::processes::ledger::Root;
use crate::runs::sampler::{PERIOD, Sample};

/// The runs that are watched, by name.
type Known = BTreeMap<Arc<str>, Limited>;

/// Which runs are to be watched.
#[derive(Default)]
pub(crate) struct Register {
    known: Mutex<Known>,
    entered: Notify,
    has_begun: AtomicBool,
}

/// A run in the register.
#[derive(Clone)]
struct Limited {
    root: Root,
    watched: Watched,
    exceeds: Arc<watch::Sender<Option<String>>>,
}

/// The place of a run in the register, until it is dropped.
pub(crate) struct Entry {
    runs: Runs,
    root: Root,
    exceeds: watch::Receiver<Option<String>>,
}

impl Entry {
    /// Waits until the run has had too much twice in a row; returns of what. Cancel safe.
    pub(crate) async fn exceeded(&mut self) -> String {
        loop {
            if self.exceeds.changed().await.is_err() {
                // Another has its place, and this one's end is on the way.
                return std::future::pending().await;
            }
            if let Some(why) = self.exceeds.borrow_and_update().clone() {
                return why;
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut known = self.runs.limits.known();
        if known.get(&self.root.service).is_some_and(|limited| limited.root.run == self.root.run) {
            known.remove(&self.root.service);
        }
    }
}

impl Runs {
    /// Watches what a run uses, of which this is the main process.
    pub(crate) fn limit(&self, name: &Arc<str>, run: u64, main: i32, watched: Watched) -> Entry {
        let (sender, exceeds) = watch::channel(None);
        let root = Root { service: Arc::clone(name), run, main };
        let limited = Limited { root: root.clone(), watched, exceeds: Arc::new(sender) };
        self.limits.known().insert(Arc::clone(name), limited);
        self.limits.entered.notify_one();
        if !self.limits.has_begun.swap(true, Ordering::Relaxed) {
            let (runs, mut stop) = (self.clone(), self.tasks.stop());
            self.tasks.spawn("limits", async move {
                tokio::select! {
                    () = keep_watch(&runs) => {}
                    () = stop.stopped() => {}
                }
            });
        }
        Entry { runs: self.clone(), root, exceeds }
    }
}

impl Register {
    /// The runs in it.
    pub(crate) fn roots(&self) -> Vec<Root> {
        self.known().values().map(|limited| limited.root.clone()).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep_watch(runs: &Runs) {
    loop {
        while runs.limits.known().is_empty() {
            runs.limits.entered.notified().await;
        }
        let mut listener = runs.sampler.listen(false);
        let mut tally = Tally::default();
        while !runs.limits.known().is_empty() {
            match listener.next(|| runs.roots()).await {
                Ok(sample) => {
                    let known = runs.limits.known().clone();
                    for (limited, why) in tally.take(&known, &sample) {
                        // It may have ended just now.
                        limited.exceeds.send(Some(why)).ok();
                    }
                }
                Err(fault) => {
                    tracing::warn!(error = %fault, "what runs use is not known, so their limits do not hold");
                    runs.clock.sleep_until(runs.clock.uptime() + PERIOD).await;
                }
            }
        }
    }
}

/// Which runs had too much in the last sample.
#[derive(Default)]
struct Tally {
    over: BTreeMap<Arc<str>, u64>,
}

impl Tally {
    /// Takes in a sample; returns the runs that have had too much twice in a row, and of what.
    fn take<'a>(&mut self, known: &'a Known, sample: &Sample) -> Vec<(&'a Limited, String)> {
        let before = std::mem::take(&mut self.over);
        let mut twice = Vec::new();
        for (name, limited) in known {
            let run = limited.root.run;
            let usage = sample.runs.get(name).filter(|usage| usage.run == run);
            let why = usage.and_then(|it| limited.watched.exceeded(it.memory, it.processes));
            let Some(why) = why else { continue };
            self.over.insert(Arc::clone(name), run);
            if before.get(name) == Some(&run) {
                twice.push((limited, why));
            }
        }
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(run: u64) -> Known {
        let root = Root { service: "web".into(), run, main: 1 };
        let watched = Watched { memory: Some(1 << 20), pids: Some(3) };
        let limited = Limited { root, watched, exceeds: Arc::new(watch::channel(None).0) };
        Known::from([("web".into(), limited)])
    }

    fn check(samples: &[(u64, u64, u32)], expected: &[bool]) {
        let mut tally = Tally::default();
        let told = samples.iter().map(|(run, memory, processes)| {
            let sample = Sample::of_one("web", *run, *memory, *processes);
            !tally.take(&known(*run), &sample).is_empty()
        });
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn once_is_not_enough_twice_in_a_row_is() {
        let (fine, much, many) = ((1, 1 << 20, 3), (1, (1 << 20) + 1, 3), (1, 0, 4));
        check(&[much, fine, much, much, much], &[false, false, false, true, true]);
        check(&[many, many], &[false, true]);
        check(&[fine, fine], &[false, false]);
    }

    #[test]
    fn what_an_earlier_run_had_is_not_held_against_the_next() {
        check(&[(1, 9 << 20, 1), (2, 9 << 20, 1), (2, 9 << 20, 1)], &[false, false, true]);
        let (mut tally, known) = (Tally::default(), known(2));
        let late = Sample::of_one("web", 1, 9 << 20, 1);
        for _ in 0..2 {
            assert!(tally.take(&known, &late).is_empty(), "a sample of a run that has ended");
        }
    }
}
