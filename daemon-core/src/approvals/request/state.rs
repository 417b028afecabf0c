//! Where a request is in its life, and what each of these places is called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a request is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RequestState")]
pub enum State {
    /// It is there, and policy has not been asked.
    Received,
    /// It waits for a person.
    Pending,
    /// The daemon that it waited in has ended; its client may take it up again.
    Orphaned,
    /// It may run.
    Approved,
    /// It is about to run, and nobody else can run it any more.
    Claimed,
    /// Its process is there.
    Running,
    /// It was malformed, or one too many.
    Rejected,
    /// Policy said no.
    DeniedPolicy,
    /// A person said no.
    DeniedUser,
    /// Nobody answered in time.
    Expired,
    /// Whoever asked has gone, or does not want it any more.
    Cancelled,
    /// Policy says no by now.
    Invalidated,
    /// What it would run is not what was approved any more.
    DriftDenied,
    /// It was approved and has not run.
    NotStarted,
    /// It has run and said how it went: by its exit status.
    Finished,
    /// It could not be started.
    Failed,
    /// It was ended by a signal.
    Killed,
    /// The daemon that ran it has ended; nobody knows how far it got. It is never run again.
    Unknown,
}

impl State {
    /// Whether nothing can happen to it any more.
    pub fn is_over(self) -> bool {
        !matches!(
            self,
            State::Received
                | State::Pending
                | State::Orphaned
                | State::Approved
                | State::Claimed
                | State::Running
        )
    }

    /// Its name, as in JSON and in tables.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(state, _)| *state == self).expect("every state has a name").1
    }

    /// The state of a name.
    pub fn named(name: &str) -> Option<State> {
        NAMES.iter().find(|(_, it)| *it == name).map(|(state, _)| *state)
    }
}

pub(super) const NAMES: [(State, &str); 18] = [
    (State::Received, "received"),
    (State::Pending, "pending"),
    (State::Orphaned, "orphaned"),
    (State::Approved, "approved"),
    (State::Claimed, "claimed"),
    (State::Running, "running"),
    (State::Rejected, "rejected"),
    (State::DeniedPolicy, "denied_policy"),
    (State::DeniedUser, "denied_user"),
    (State::Expired, "expired"),
    (State::Cancelled, "cancelled"),
    (State::Invalidated, "invalidated"),
    (State::DriftDenied, "drift_denied"),
    (State::NotStarted, "not_started"),
    (State::Finished, "finished"),
    (State::Failed, "failed"),
    (State::Killed, "killed"),
    (State::Unknown, "unknown"),
];
