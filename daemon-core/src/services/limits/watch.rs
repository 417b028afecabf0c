//! Counts what services use that have limits nobody else holds them to.
//!
//! The task is there from the first such service on, and counts only while one
//! runs: a run is in the register for as long as it is there. It shares its
//! passes over the processes with whoever else listens to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::{Controllers, Watched};
use crate::services::stats::sampler::{PERIOD, Sample};
use crate::services::unit::Command;
use crate::services::{Handle, post};

/// The runs that are watched, by service.
type Runs = BTreeMap<Arc<str>, (u64, Watched)>;

/// Which runs are to be watched; clones share them.
#[derive(Clone, Default)]
pub(in crate::services) struct Register(Arc<watch::Sender<Runs>>);

/// A run in the register, until it is dropped.
pub(in crate::services) struct Entry {
    register: Register,
    service: Arc<str>,
    run: u64,
}

impl Register {
    /// Enters a run.
    pub(in crate::services) fn enter(&self, service: &Arc<str>, run: u64, watched: Watched) -> Entry {
        self.0.send_modify(|runs| {
            runs.insert(Arc::clone(service), (run, watched));
        });
        Entry { register: self.clone(), service: Arc::clone(service), run }
    }

    fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Waits until there is a run.
    async fn some(&self) {
        // The sender is ours.
        self.0.subscribe().wait_for(|runs| !runs.is_empty()).await.ok();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.register.0.send_modify(|runs| {
            if runs.get(&self.service).is_some_and(|(run, _)| *run == self.run) {
                runs.remove(&self.service);
            }
        });
    }
}

/// Begins to watch, unless that has begun; called when there are services with limits to watch.
pub(in crate::services) fn follow(services: &Handle, has_begun: &AtomicBool) {
    let watches = services.services().specs.values().any(|it| Watched::of(it, Controllers::here()).is_some());
    if !watches || has_begun.swap(true, Ordering::Relaxed) {
        return;
    }
    let services = services.clone();
    let tasks = services.0.common.runs.tasks.clone();
    let mut stop = tasks.stop();
    tasks.spawn("limits", async move {
        tokio::select! {
            () = keep_watch(&services) => {}
            () = stop.stopped() => {}
        }
    });
}

async fn keep_watch(services: &Handle) {
    let common = &services.0.common;
    loop {
        common.limited.some().await;
        let mut listener = services.0.stats.sampler.listen(false);
        let mut tally = Tally::default();
        while !common.limited.is_empty() {
            match listener.next(|| services.roots()).await {
                Ok(sample) => {
                    let runs = common.limited.0.borrow().clone();
                    for (service, run, why) in tally.take(&runs, &sample) {
                        if let Ok(unit) = services.unit(&service) {
                            post(&unit, Command::Exceeds { run, why });
                        }
                    }
                }
                Err(fault) => {
                    tracing::warn!(error = %fault, "what services use is not known, so their limits do not hold");
                    common.runs.clock.sleep_until(common.runs.clock.uptime() + PERIOD).await;
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
    fn take(&mut self, runs: &Runs, sample: &Sample) -> Vec<(Arc<str>, u64, String)> {
        let before = std::mem::take(&mut self.over);
        let mut twice = Vec::new();
        for (service, (run, watched)) in runs {
            let usage = sample.services.get(service).filter(|usage| usage.run == *run);
            let Some(why) = usage.and_then(|it| watched.exceeded(it.memory, it.processes)) else { continue };
            self.over.insert(Arc::clone(service), *run);
            if before.get(service) == Some(run) {
                twice.push((Arc::clone(service), *run, why));
            }
        }
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(run: u64) -> Runs {
        Runs::from([("web".into(), (run, Watched { memory: Some(1 << 20), pids: Some(3) }))])
    }

    fn check(samples: &[(u64, u64, u32)], expected: &[bool]) {
        let mut tally = Tally::default();
        let told = samples.iter().map(|(run, memory, processes)| {
            let sample = Sample::of_one("web", *run, *memory, *processes);
            !tally.take(&runs(*run), &sample).is_empty()
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
        let mut tally = Tally::default();
        let late = Sample::of_one("web", 1, 9 << 20, 1);
        for _ in 0..2 {
            assert_eq!(tally.take(&runs(2), &late), [], "a sample of a run that has ended");
        }
    }

    #[test]
    fn a_run_is_in_the_register_until_it_ends_or_another_takes_its_place() {
        let register = Register::default();
        let watched = Watched { memory: None, pids: Some(1) };
        let first = register.enter(&"web".into(), 1, watched);
        let second = register.enter(&"web".into(), 2, watched);
        drop(first);
        assert!(!register.is_empty());
        drop(second);
        assert!(register.is_empty());
    }
}
