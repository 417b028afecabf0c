//! The time of day, and time that only ever goes forward.
//!
//! Nothing else in the daemon reads a clock, so that a test can turn this one.
//! What is *shown* or stored is wall time ([`Clock::now`]); what is *waited for*
//! or measured is monotonic ([`Clock::uptime`], [`Clock::sleep_until`]), so that
//! a clock set back an hour delays nothing.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may ask the system for the time")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A source of time; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Instant,
    set: Option<Arc<Mutex<Timestamp>>>,
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
        Clock { start: Instant::now(), set: Some(Arc::new(Mutex::new(at))) }
    }

    /// Moves a standing clock, forward or back; without effect on the system's.
    pub fn set(&self, to: Timestamp) {
        if let Some(set) = &self.set {
            *set.lock().unwrap_or_else(PoisonError::into_inner) = to;
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
            Some(set) => *set.lock().unwrap_or_else(PoisonError::into_inner),
            None => Timestamp::now(),
        }
    }

    /// Monotonic time since this clock was made.
    pub fn uptime(&self) -> Duration {
        self.start.elapsed()
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
