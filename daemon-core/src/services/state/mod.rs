//! What a service does next, given what happened: a pure function.
//!
//! What is *wanted* (up or down) and what *is* ([`State`]) are two things. A
//! person changes the one, the world changes the other, and [`Machine::step`]
//! decides what to do about the difference. It reads no clock and touches no
//! process; the unit's task feeds it events and carries out the [`Effect`]s.
//!
//! Deadlines are part of the state that has them ([`Machine::deadline`]), so
//! there is no timer to be lost, and none that can fire for a state that has
//! passed. Times here are monotonic.
//!
//! A run that is in trouble though it has not ended (unhealthy, hung, over its
//! limits) is asked to end, and its end counts as a crash. Only what is merely
//! unhealthy is left alone where nothing would follow it: under `restart = never`,
//! and while restarts are held. Better a service that does half its work than none.

mod past;
mod terms;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use super::backoff::{Backoff, Verdict};
pub use past::Memory;
pub use terms::{Cause, Effect, Event, Policy, Restart, State, Trouble, Wanted};

/// One service: what is wanted of it, what it does, and its past.
#[derive(Debug, Clone)]
pub struct Machine {
    wanted: Wanted,
    state: State,
    backoff: Backoff,
    restarts: u32,
    /// How long the run had been up before this daemon began.
    before: Duration,
}

impl Default for Machine {
    fn default() -> Self {
        Machine {
            wanted: Wanted::Down,
            state: State::Stopped,
            backoff: Backoff::default(),
            restarts: 0,
            before: Duration::ZERO,
        }
    }
}

impl Machine {
    /// What somebody wants.
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// What is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How often it was started again since a person last stepped in.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Crashes in a row.
    pub fn crashes(&self) -> u32 {
        self.backoff.in_a_row()
    }

    /// When [`Event::Deadline`] is due, if ever.
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Stopping { kill_at, killed: false, .. } => Some(kill_at),
            State::Backoff { until } => Some(until),
            _ => None,
        }
    }

    /// Whether there is a process, or may be one.
    pub fn has_process(&self) -> bool {
        matches!(self.state, State::Starting | State::Running { .. } | State::Stopping { .. })
    }

    /// Takes in what happened at `now` and says what to do.
    ///
    /// `chance` is a random fraction from 0 to 1, for the jitter of a wait.
    pub fn step(&mut self, event: Event, now: Duration, policy: &Policy, chance: f64) -> Option<Effect> {
        match event {
            Event::Start => self.start(),
            Event::Stop => self.stop(now, policy),
            Event::Restart => self.restart(now, policy),
            Event::Unblocked if self.state == State::Waiting => {
                self.state = State::Starting;
                Some(Effect::Spawn)
            }
            Event::Launched if self.state == State::Starting => {
                self.before = Duration::ZERO;
                self.state = State::Running { since: now, ready: !policy.probed, healthy: true };
                None
            }
            Event::Ready => {
                if let State::Running { ready, .. } = &mut self.state {
                    *ready = true;
                }
                None
            }
            Event::NotReady if matches!(self.state, State::Running { ready: false, .. }) => {
                Some(self.terminate(Cause::NotReady, policy.restart != Restart::Never, now, policy))
            }
            Event::Healthy(well) => {
                if let State::Running { ready: true, healthy, .. } = &mut self.state {
                    *healthy = well;
                }
                None
            }
            Event::Extend { until } => {
                if let State::Stopping { kill_at, killed: false, .. } = &mut self.state {
                    *kill_at = until.max(*kill_at);
                }
                None
            }
            Event::Trouble { what, well } => self.trouble(what, well, now, policy),
            Event::Unlaunched { transient } => self.unlaunched(transient, now, policy, chance),
            Event::Exited { success } => self.exited(success, now, policy, chance),
            Event::Deadline => self.due(now),
            Event::Unblocked | Event::Launched | Event::NotReady => None,
        }
    }

    fn start(&mut self) -> Option<Effect> {
        self.wanted = Wanted::Up;
        self.forgive();
        match &mut self.state {
            State::Stopped | State::Backoff { .. } | State::Failed => self.await_others(),
            State::Stopping { cause: Cause::Asked, again, .. } => {
                *again = true;
                None
            }
            State::Stopping { .. } | State::Waiting | State::Starting | State::Running { .. } => None,
        }
    }

    fn stop(&mut self, now: Duration, policy: &Policy) -> Option<Effect> {
        self.wanted = Wanted::Down;
        match &mut self.state {
            State::Stopped => None,
            State::Waiting | State::Backoff { .. } | State::Failed => {
                self.state = State::Stopped;
                None
            }
            State::Starting | State::Running { .. } => Some(self.terminate(Cause::Asked, false, now, policy)),
            State::Stopping { cause, again, .. } => {
                (*cause, *again) = (Cause::Asked, false);
                None
            }
        }
    }

    fn restart(&mut self, now: Duration, policy: &Policy) -> Option<Effect> {
        match &mut self.state {
            State::Starting | State::Running { .. } => {
                self.wanted = Wanted::Up;
                self.forgive();
                Some(self.terminate(Cause::Asked, true, now, policy))
            }
            State::Stopping { cause, again, .. } => {
                (*cause, *again) = (Cause::Asked, true);
                self.wanted = Wanted::Up;
                self.forgive();
                None
            }
            _ => self.start(),
        }
    }

    fn trouble(&mut self, what: Trouble, well: Duration, now: Duration, policy: &Policy) -> Option<Effect> {
        let State::Running { since, .. } = self.state else { return None };
        let returns = policy.restart != Restart::Never;
        if what == Trouble::Unhealthy && (policy.held || !returns) {
            return None;
        }
        let uptime = well.min(now).saturating_sub(since) + self.before;
        Some(self.terminate(Cause::Trouble { what, uptime }, returns, now, policy))
    }

    fn unlaunched(&mut self, transient: bool, now: Duration, policy: &Policy, chance: f64) -> Option<Effect> {
        match self.state {
            State::Starting if transient => self.crashed(Duration::ZERO, now, policy, chance),
            State::Starting => {
                self.state = State::Failed;
                None
            }
            State::Stopping { .. } => self.exited(false, now, policy, chance),
            _ => None,
        }
    }

    fn exited(&mut self, success: bool, now: Duration, policy: &Policy, chance: f64) -> Option<Effect> {
        match self.state {
            State::Stopping { cause: Cause::Asked, again: true, .. } => self.await_others(),
            State::Stopping { cause: Cause::Asked, again: false, .. } => {
                self.state = State::Stopped;
                None
            }
            State::Stopping { cause: Cause::NotReady, .. } => {
                self.put_down(Duration::ZERO, now, policy, chance)
            }
            State::Stopping { cause: Cause::Trouble { uptime, .. }, .. } => {
                self.put_down(uptime, now, policy, chance)
            }
            State::Starting => self.ended(success, Duration::ZERO, now, policy, chance),
            State::Running { since, .. } => {
                let uptime = now.saturating_sub(since) + self.before;
                self.ended(success, uptime, now, policy, chance)
            }
            State::Stopped | State::Waiting | State::Backoff { .. } | State::Failed => None,
        }
    }

    /// A run has ended because of what was wrong with it, however that end looks.
    fn put_down(&mut self, uptime: Duration, now: Duration, policy: &Policy, chance: f64) -> Option<Effect> {
        match policy.restart {
            Restart::Never => self.fail(),
            Restart::Always | Restart::OnFailure => self.crashed(uptime, now, policy, chance),
        }
    }

    fn ended(
        &mut self,
        success: bool,
        uptime: Duration,
        now: Duration,
        policy: &Policy,
        chance: f64,
    ) -> Option<Effect> {
        match (policy.restart, success) {
            (Restart::Never | Restart::OnFailure, true) => {
                // It has done what was wanted.
                self.wanted = Wanted::Down;
                self.state = State::Stopped;
                None
            }
            (Restart::Never, false) => self.fail(),
            (Restart::OnFailure, false) | (Restart::Always, _) => self.crashed(uptime, now, policy, chance),
        }
    }

    fn crashed(&mut self, uptime: Duration, now: Duration, policy: &Policy, chance: f64) -> Option<Effect> {
        match self.backoff.ended(&policy.backoff, uptime, chance) {
            Verdict::RestartNow if policy.held => {
                self.state = State::Backoff { until: now };
                None
            }
            Verdict::RestartNow => {
                self.restarts = self.restarts.saturating_add(1);
                self.await_others()
            }
            Verdict::RestartIn(wait) => {
                self.state = State::Backoff { until: now.saturating_add(wait) };
                None
            }
            Verdict::GiveUp => self.fail(),
        }
    }

    fn due(&mut self, now: Duration) -> Option<Effect> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match &mut self.state {
            State::Stopping { killed, .. } => {
                *killed = true;
                Some(Effect::Kill)
            }
            _ => {
                self.restarts = self.restarts.saturating_add(1);
                self.await_others()
            }
        }
    }

    fn await_others(&mut self) -> Option<Effect> {
        self.state = State::Waiting;
        Some(Effect::Await)
    }

    fn terminate(&mut self, cause: Cause, again: bool, now: Duration, policy: &Policy) -> Effect {
        let kill_at = now.saturating_add(policy.stop_timeout);
        self.state = State::Stopping { cause, again, kill_at, killed: false };
        Effect::Terminate
    }

    fn fail(&mut self) -> Option<Effect> {
        self.state = State::Failed;
        None
    }

    fn forgive(&mut self) {
        self.backoff.forgive();
        self.restarts = 0;
    }
}
