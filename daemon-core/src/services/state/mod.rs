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
//! Not here yet: health checks and the watchdog.

mod past;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use super::backoff::{self, Backoff, Verdict};
pub use past::Memory;

/// What somebody wants of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// It should run.
    Up,
    /// It should not.
    Down,
}

/// When a run that ended is followed by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// However it ended.
    Always,
    /// If it ended as a failure.
    OnFailure,
    /// Never.
    Never,
}

/// The rules by which a service lives, as configured.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// When a run that ended is followed by another.
    pub restart: Restart,
    /// How crashes in a row are spaced, and when they are too many.
    pub backoff: backoff::Policy,
    /// How long a run has to end once it was asked to; then it is killed.
    pub stop_timeout: Duration,
    /// Whether it says when it is ready; otherwise it is as soon as it runs.
    pub probed: bool,
    /// Whether what crashes now is not started again before somebody says so.
    pub held: bool,
}

/// What a service is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing, and that is as it should be.
    Stopped,
    /// It would start, were it not for others it comes after.
    Waiting,
    /// Its process was asked for and does not execute the program yet.
    Starting,
    /// Its program runs.
    Running {
        /// Since when.
        since: Duration,
        /// Whether it does what others wait for.
        ready: bool,
    },
    /// It was asked to end.
    Stopping {
        /// Why.
        cause: Cause,
        /// Whether it starts again afterwards.
        again: bool,
        /// When it is killed, or was.
        kill_at: Duration,
        /// Whether it was killed already.
        killed: bool,
    },
    /// It crashed, and waits before it starts again.
    Backoff {
        /// Until when.
        until: Duration,
    },
    /// It does not run and is not started again until a person steps in.
    Failed,
}

/// Why a run was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody wants it so.
    Asked,
    /// It was not ready in time, which counts as a crash.
    NotReady,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants it to run.
    Start,
    /// Somebody wants it not to run.
    Stop,
    /// Somebody wants it to end and to run again.
    Restart,
    /// Everything it waits for is there.
    Unblocked,
    /// Its program runs.
    Launched,
    /// Its program could not be run; whether another attempt could help.
    Unlaunched {
        /// Such as a lack of memory or of processes.
        transient: bool,
    },
    /// It said, or showed, that it is ready.
    Ready,
    /// It was not ready in time.
    NotReady,
    /// Its process is gone.
    Exited {
        /// Whether with one of its success codes.
        success: bool,
    },
    /// [`Machine::deadline`] has come.
    Deadline,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Look whether what it waits for is there; answer with [`Event::Unblocked`] when it is.
    Await,
    /// Start a run.
    Spawn,
    /// Ask the run to end.
    Terminate,
    /// Kill the run, with everything it started.
    Kill,
}

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
                self.state = State::Running { since: now, ready: !policy.probed };
                None
            }
            Event::Ready => {
                if let State::Running { ready, .. } = &mut self.state {
                    *ready = true;
                }
                None
            }
            Event::NotReady if matches!(self.state, State::Running { ready: false, .. }) => {
                Some(self.terminate(Cause::NotReady, false, now, policy))
            }
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
            State::Stopping { cause: Cause::NotReady, .. } => match policy.restart {
                Restart::Never => self.fail(),
                Restart::Always | Restart::OnFailure => self.crashed(Duration::ZERO, now, policy, chance),
            },
            State::Starting => self.ended(success, Duration::ZERO, now, policy, chance),
            State::Running { since, .. } => {
                let uptime = now.saturating_sub(since) + self.before;
                self.ended(success, uptime, now, policy, chance)
            }
            State::Stopped | State::Waiting | State::Backoff { .. } | State::Failed => None,
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
