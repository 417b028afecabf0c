//! How a service goes on that lived under an earlier daemon.
//!
//! The state of a service is not kept from daemon to daemon: a run that lives,
//! or does not, says more. What is kept is its past, without which a service
//! that crashes again and again would be given a fresh start by every daemon.

use std::time::Duration;

use super::{Backoff, Cause, Machine, Policy, State, Wanted};

/// What is remembered of a service's past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// How often it was started again since a person last stepped in.
    pub restarts: u32,
    /// Crashes in a row.
    pub crashes: u32,
}

impl Machine {
    /// One whose run lives, and was up for `age` when this daemon began.
    pub fn adopted(age: Duration, ready: bool, now: Duration, memory: Memory) -> Machine {
        let state = State::Running { since: now, ready, healthy: true };
        Machine { before: age, ..Machine::idle(Wanted::Up, state, memory) }
    }

    /// One whose run lives and was being ended, to start `again` or not.
    ///
    /// The caller sends its stop signal, as for [`super::Effect::Terminate`].
    pub fn reclaiming(again: bool, now: Duration, policy: &Policy, memory: Memory) -> Machine {
        let kill_at = now.saturating_add(policy.stop_timeout);
        let state = State::Stopping { cause: Cause::Asked, again, kill_at, killed: false };
        Machine::idle(if again { Wanted::Up } else { Wanted::Down }, state, memory)
    }

    /// One that does not run: because nobody wants it, or because it `failed`.
    pub fn resting(failed: bool, memory: Memory) -> Machine {
        match failed {
            true => Machine::idle(Wanted::Up, State::Failed, memory),
            false => Machine::idle(Wanted::Down, State::Stopped, memory),
        }
    }

    /// One that waits for no longer than until `now` before it is started again.
    pub fn attempting(now: Duration, memory: Memory) -> Machine {
        Machine::idle(Wanted::Up, State::Backoff { until: now }, memory)
    }

    /// What the next daemon has to know of its past.
    pub fn memory(&self) -> Memory {
        Memory { restarts: self.restarts, crashes: self.backoff.in_a_row() }
    }

    fn idle(wanted: Wanted, state: State, memory: Memory) -> Machine {
        let backoff = Backoff::after(memory.crashes);
        Machine { wanted, state, backoff, restarts: memory.restarts, before: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SECOND, policy};
    use super::super::{Event, State};
    use super::*;

    fn after_crash(age: Duration, crashes: u32) -> Machine {
        let mut machine = Machine::adopted(age, true, SECOND, Memory { restarts: 2, crashes });
        machine.step(Event::Exited { success: false }, 2 * SECOND, &policy(), 0.0);
        machine
    }

    #[test]
    fn a_crash_loop_goes_on_under_the_next_daemon() {
        assert!(matches!(after_crash(SECOND, 1).state(), State::Backoff { .. }));
        assert_eq!(after_crash(SECOND, 3).state(), &State::Failed);
    }

    #[test]
    fn the_time_under_the_last_daemon_counts_as_calm() {
        let machine = after_crash(60 * SECOND, 3);
        assert_eq!((machine.state(), machine.crashes()), (&State::Waiting, 1));
    }

    #[test]
    fn what_was_being_ended_is_ended_and_starts_again_only_if_it_should() {
        for (again, expected) in [(true, State::Waiting), (false, State::Stopped)] {
            let mut machine = Machine::reclaiming(again, SECOND, &policy(), Memory::default());
            machine.step(Event::Exited { success: true }, 2 * SECOND, &policy(), 0.0);
            assert_eq!(machine.state(), &expected);
        }
    }

    #[test]
    fn what_had_failed_waits_for_a_person() {
        let mut machine = Machine::resting(true, Memory { restarts: 5, crashes: 6 });
        assert_eq!((machine.state(), machine.wanted()), (&State::Failed, Wanted::Up));
        machine.step(Event::Start, SECOND, &policy(), 0.0);
        assert_eq!((machine.state(), machine.memory()), (&State::Waiting, Memory::default()));
    }
}
