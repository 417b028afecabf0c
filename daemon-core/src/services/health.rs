//! Whether a service that is ready still does what it should.
//!
//! A check is made every `interval`, the first one an interval after the service
//! became ready, and each only when the one before has ended. So many failures
//! in a row and the service is unhealthy; what that means for it is decided in
//! `state`. One check that passes makes it healthy again.
//!
//! As long as all is well nothing is woken but the timer of the checks: there is
//! a [`Finding`] only where something has to be done.
//!
//! Asking is what `ready` does. Only those of its kinds are offered that tell how
//! the service is *now*.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use regex::Regex;
use tokio::sync::OnceCell;

use super::common::Common;
use super::probed::{Question, Witness};
use super::prober::Commands;
use super::ready::{self, Service};
use super::spec::{Health, Spec};
use crate::kernel::clock::Clock;

/// Findings, as they come; there is no end to them.
pub(super) type Checks = BoxStream<'static, Finding>;

/// What is to be said of a service's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// A check has passed again.
    Healthy,
    /// As many checks in a row have failed as may not, or one more has.
    Unhealthy {
        /// How many may not.
        failures: u32,
        /// What the last one found.
        last: String,
        /// When a check has passed last; zero if none has.
        well: Duration,
    },
}

/// Checks a service from now on, until it is dropped.
pub(super) fn checks(
    health: Health,
    clock: Clock,
    service: impl Service + Send + Sync + 'static,
) -> BoxStream<'static, Finding> {
    let begun = (Tally::default(), health, clock, service);
    stream::unfold(begun, |(mut tally, health, clock, service)| async move {
        loop {
            clock.sleep_until(clock.uptime() + health.interval.get()).await;
            let limit = clock.sleep_until(clock.uptime() + health.timeout.get());
            let outcome = ready::within(limit, &health.kind, &service).await;
            service.tried(&outcome);
            if let Some(finding) = tally.take(outcome, clock.uptime(), health.failures) {
                return Some((finding, (tally, health, clock, service)));
            }
        }
    })
    .boxed()
}

/// How the last checks went.
#[derive(Debug, Default)]
struct Tally {
    failed: u32,
    well: Duration,
}

impl Tally {
    /// Takes in how the check at `at` went, where so many `failures` in a row are too many.
    fn take(&mut self, outcome: Result<(), String>, at: Duration, failures: u32) -> Option<Finding> {
        match outcome {
            Ok(()) => {
                let was_unhealthy = failures <= self.failed;
                *self = Tally { failed: 0, well: at };
                was_unhealthy.then_some(Finding::Healthy)
            }
            Err(last) => {
                self.failed = self.failed.saturating_add(1);
                (failures <= self.failed).then_some(Finding::Unhealthy { failures, last, well: self.well })
            }
        }
    }
}

/// The run of a service as far as a check needs it.
pub(super) struct Checked {
    common: Arc<Common>,
    spec: Arc<Spec>,
    run: u64,
    /// Made for the first check that runs a command.
    commands: OnceCell<Commands>,
    witness: Witness,
}

impl Checked {
    pub(super) fn new(common: &Arc<Common>, spec: &Arc<Spec>, run: u64) -> Checked {
        let witness = common.witness(spec, Question::Health);
        let (common, spec) = (Arc::clone(common), Arc::clone(spec));
        Checked { common, spec, run, commands: OnceCell::new(), witness }
    }

    async fn commands(&self) -> Result<Commands, String> {
        let plan = self
            .common
            .runs
            .planned(&(self.spec.name.clone(), self.run), &self.spec.program())
            .await
            .map_err(|error| error.to_string())?;
        let launcher = self.common.runs.dirs.launcher().to_owned();
        Ok(Commands { plan, launcher, tasks: self.common.runs.tasks.clone() })
    }
}

impl Service for Checked {
    async fn run(&self, command: &[String]) -> Result<(), String> {
        self.commands.get_or_try_init(|| self.commands()).await?.run(command).await
    }

    async fn line(&self, _: &Regex) -> Result<(), String> {
        Err("a line of output is no health check".to_owned())
    }

    async fn notified(&self) -> Result<(), String> {
        Err("what a service says is no health check".to_owned())
    }

    fn tried(&self, outcome: &Result<(), String>) {
        self.witness.saw(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::spec::Kind;
    use super::*;
    use crate::config::Span;

    const SECOND: Duration = Duration::from_secs(1);

    fn unhealthy(last: &str, well: Duration) -> Finding {
        Finding::Unhealthy { failures: 3, last: last.to_owned(), well }
    }

    #[test]
    fn only_failures_in_a_row_count_and_one_pass_ends_them() {
        let mut tally = Tally::default();
        let outcomes = ["", "a", "b", "", "c", "d", "e", "f", "", ""];
        let found: Vec<_> = (0..)
            .zip(outcomes)
            .filter_map(|(at, outcome)| {
                let outcome = if outcome.is_empty() { Ok(()) } else { Err(outcome.to_owned()) };
                Some((at, tally.take(outcome, at * SECOND, 3)?))
            })
            .collect();
        let expected =
            [(6, unhealthy("e", 3 * SECOND)), (7, unhealthy("f", 3 * SECOND)), (8, Finding::Healthy)];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn it_is_unhealthy_exactly_while_the_last_checks_all_failed(
            passes in prop::collection::vec(any::<bool>(), 0..60),
            failures in 1_u32..5,
        ) {
            let (mut tally, mut healthy) = (Tally::default(), true);
            for (place, pass) in passes.iter().enumerate() {
                let outcome = if *pass { Ok(()) } else { Err(String::new()) };
                match tally.take(outcome, SECOND, failures) {
                    Some(Finding::Healthy) => { prop_assert!(!healthy); healthy = true; }
                    Some(Finding::Unhealthy { .. }) => healthy = false,
                    None => {}
                }
                let begin = (place + 1).saturating_sub(failures as usize);
                let row = &passes[begin..=place];
                prop_assert_eq!(healthy, row.len() < failures as usize || row.contains(&true));
            }
        }
    }

    /// A service whose checks take as long as is written here, in seconds; those that take none fail.
    struct Slow {
        takes: Mutex<Vec<u32>>,
        at_once: AtomicUsize,
        asked: Arc<Mutex<Vec<u64>>>,
        clock: Clock,
    }

    /// A check under way.
    struct Under<'a>(&'a AtomicUsize);

    impl Drop for Under<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Service for Slow {
        async fn run(&self, _: &[String]) -> Result<(), String> {
            assert_eq!(self.at_once.fetch_add(1, Ordering::SeqCst), 0, "one check at a time");
            let _under = Under(&self.at_once);
            self.asked.lock().unwrap().push(self.clock.uptime().as_secs());
            let takes = self.takes.lock().unwrap().pop().unwrap_or_default();
            self.clock.sleep_until(self.clock.uptime() + takes * SECOND).await;
            if takes == 0 { Err("it fails".to_owned()) } else { Ok(()) }
        }

        async fn line(&self, _: &Regex) -> Result<(), String> {
            unreachable!()
        }

        async fn notified(&self) -> Result<(), String> {
            unreachable!()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_takes_too_long_has_failed_and_the_next_one_waits_for_its_end() {
        let clock = Clock::standing_at(Timestamp::UNIX_EPOCH);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (interval, timeout) = (Span::secs(10), Span::secs(4));
        let kind = Kind::Command(vec!["sick".to_owned()]);
        let health = Health { kind, interval, timeout, failures: 3 };
        let takes = Mutex::new(vec![9, 9, 0, 2, 9, 3]);
        let service =
            Slow { takes, at_once: AtomicUsize::new(0), asked: Arc::clone(&asked), clock: clock.clone() };
        let mut checks = checks(health, clock, service);
        // At 10 it passes at 13, at 23 it fails at 27, at 37 it passes at 39; then three fail.
        let finding = checks.next().await.unwrap();
        assert_eq!(finding, unhealthy("the command \"sick\" does not end", 39 * SECOND));
        assert_eq!(*asked.lock().unwrap(), [10, 23, 37, 49, 59, 73]);
    }
}
