//! The time of day, and time that only ever goes forward.
//!
//! Nothing else in the daemon reads a clock, so that a test can turn this one. What is *shown* or stored is wall
//! time ([`Clock::now`]); what is *waited for* or measured is monotonic ([`Clock::uptime`],
//! [`Clock::sleep_until`]), so that a clock set back an hour delays nothing. Only what a person gave as a time of
//! day is waited for by the wall clock ([`Clock::sleep_until_wall`]).

#![allow(clippy::disallowed_methods, reason = "this is the one place that may ask the system for the time")]

mod wall;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

/// A source of time; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Instant,
    set: Option<Arc<watch::Sender<Timestamp>>>,
}

impl Clock {
    /// The system's clocks.
    pub fn system() -> Clock {
        Clock { start: Instant::now(), set: None }
    }

    /// A wall clock that stands at `at` until [`Clock::set`] moves it.
    ///
    /// Its monotonic side is tokio's, which a test pauses and advances.
    pub fn standing_at(at: Timestamp) -> Clock {
        Clock { start: Instant::now(), set: Some(Arc::new(watch::Sender::new(at))) }
    }

    /// Moves a standing clock, forward or back; without effect on the system's.
    pub fn set(&self, to: Timestamp) {
        if let Some(set) = &self.set {
            set.send_replace(to);
        }
    }

    /// How many clones of a standing clock there are.
    #[cfg(test)]
    pub(crate) fn clones(&self) -> usize {
        self.set.as_ref().map_or(0, Arc::strong_count)
    }

    /// The wall time, to show and to store.
    pub fn now(&self) -> Timestamp {
        match &self.set {
            Some(set) => *set.borrow(),
            None => Timestamp::now(),
        }
    }

    /// Monotonic time since this clock was made.
    pub fn uptime(&self) -> Duration {
        self.start.elapsed()
    }

    /// Sleeps until [`Clock::now`] is at least `at`, whatever happens to the wall clock meanwhile:
    /// it is set, the machine sleeps.
    pub async fn sleep_until_wall(&self, at: Timestamp) {
        while self.now() < at {
            self.sleep_until_wall_or_set(at).await;
        }
    }

    /// As [`Clock::sleep_until_wall`]; but who sets the clock meanwhile, forward or back, wakes it too.
    pub async fn sleep_until_wall_or_set(&self, at: Timestamp) {
        let Some(standing) = &self.set else {
            if at <= self.now() {
                return;
            }
            if let Err(error) = wall::alarm(at).await {
                tracing::error!(%error, "no wall clock timer; waiting as if nobody sets the clock");
                let left = at.duration_since(self.now()).unsigned_abs();
                tokio::time::sleep(left).await;
            }
            return;
        };
        let mut moved = standing.subscribe();
        if *moved.borrow_and_update() < at {
            // The sender is ours.
            moved.changed().await.ok();
        }
    }

    /// Sleeps until [`Clock::uptime`] is at least `at`.
    pub async fn sleep_until(&self, at: Duration) {
        tokio::time::sleep_until(self.start + at).await;
    }
}

/// The system's wall time, for threads that outlive any one [`Clock`].
pub fn now() -> Timestamp {
    Timestamp::now()
}
