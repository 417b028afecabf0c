//! The words in which a service's life is told: what it may be doing, what may
//! happen to it, and what may be done about that.

use std::time::Duration;

use super::super::backoff;

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
        /// Whether it has come so far as to do what others wait for.
        ready: bool,
        /// Whether nothing is known to be wrong with it; only what is ready can be unhealthy.
        healthy: bool,
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
    /// Something was wrong with it, which counts as a crash.
    Trouble {
        /// What.
        what: Trouble,
        /// How long it had been up when it was last known to be well.
        uptime: Duration,
    },
}

/// What may be wrong with a run that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its health checks fail.
    Unhealthy,
    /// It gives no sign of life, or says itself that it should be ended.
    Hung,
    /// It uses more than it may.
    Greedy,
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
    /// Its health checks have begun to fail, or to pass again.
    Healthy(bool),
    /// Something is wrong with it that only a new run can mend.
    Trouble {
        /// What.
        what: Trouble,
        /// When it was last known to be well.
        well: Duration,
    },
    /// It says that it takes longer to end.
    Extend {
        /// Until then, at least.
        until: Duration,
    },
    /// Its process is gone.
    Exited {
        /// Whether with one of its success codes.
        success: bool,
    },
    /// [`super::Machine::deadline`] has come.
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
