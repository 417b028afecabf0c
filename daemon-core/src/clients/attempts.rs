//! How often somebody may give a token that is none.
//!
//! Nobody guesses 256 bits; but each failure is recorded, and nobody should be
//! able to fill the record. A process that fails too often in a minute waits,
//! and of all failures together only so many in a minute are recorded.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const ALLOWED: usize = 10;
const RECORDED: usize = 10;
/// Processes that are remembered; with more, all have to wait until some are forgotten.
const PROCESSES: usize = 1024;

/// The failures of the last minute.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    by_process: HashMap<i32, VecDeque<Duration>>,
    recorded: VecDeque<Duration>,
}

impl Attempts {
    /// Whether a process has to wait.
    pub(super) fn is_turned_away(&mut self, pid: Option<i32>, now: Duration) -> bool {
        self.by_process.retain(|_, failures| {
            forget(failures, now);
            !failures.is_empty()
        });
        let own = self.by_process.get(&pid.unwrap_or_default()).map_or(0, VecDeque::len);
        ALLOWED <= own || own == 0 && PROCESSES <= self.by_process.len()
    }

    /// One more; says whether it is to be recorded.
    pub(super) fn failed(&mut self, pid: Option<i32>, now: Duration) -> bool {
        self.by_process.entry(pid.unwrap_or_default()).or_default().push_back(now);
        forget(&mut self.recorded, now);
        let is_recorded = self.recorded.len() < RECORDED;
        if is_recorded {
            self.recorded.push_back(now);
        }
        is_recorded
    }
}

fn forget(failures: &mut VecDeque<Duration>, now: Duration) {
    while failures.front().is_some_and(|failure| *failure + MINUTE <= now) {
        failures.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c68_who_fails_too_often_waits_for_a_minute_and_nobody_else_does() {
        let mut attempts = Attempts::default();
        let at = Duration::from_secs;
        for second in 0..10 {
            assert!(!attempts.is_turned_away(Some(7), at(second)));
            assert!(attempts.failed(Some(7), at(second)));
        }
        assert!(attempts.is_turned_away(Some(7), at(10)));
        assert!(!attempts.is_turned_away(Some(8), at(10)));
        assert!(!attempts.failed(Some(8), at(10)), "the record has enough of it");
        assert!(!attempts.is_turned_away(Some(7), at(60)));
    }

    #[test]
    fn c68_a_crowd_of_processes_is_not_remembered_without_end() {
        let mut attempts = Attempts::default();
        for pid in 1..10_000 {
            if !attempts.is_turned_away(Some(pid), Duration::ZERO) {
                attempts.failed(Some(pid), Duration::ZERO);
            }
        }
        assert_eq!(attempts.by_process.len(), PROCESSES);
        assert!(!attempts.is_turned_away(Some(1), MINUTE) && attempts.by_process.is_empty());
    }
}
