//! Jobs and requests in a few numbers, as they stand in the status of the daemon.
//!
//! Whoever asks how the daemon is wants to know of a job that failed too, and of
//! somebody who waits for an answer, and is not to ask twice for it. The numbers
//! come from those who have them, and who know the daemon; here is only what they
//! are told in.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Handle;
use crate::kernel::Fault;

/// Tells how the jobs are; nothing where there are none and nothing runs or waits.
pub(super) type Count = Box<dyn Fn() -> Option<JobCounts> + Send + Sync>;

/// Tells how many requests wait for a person.
pub(super) type Waiting = Box<dyn Fn() -> usize + Send + Sync>;

/// Tells what is wrong, if something is.
pub(super) type Trouble = Box<dyn Fn() -> Option<Fault> + Send + Sync>;

/// Tells that a file is not the one of its name any more, if that is so.
pub(super) type Moved = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// All jobs and runs, in a few numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobCounts {
    /// So many jobs are configured.
    pub jobs: usize,
    /// So many runs are under way, of jobs and of commands without one.
    pub running: usize,
    /// So many runs wait.
    pub waiting: usize,
    /// Of so many jobs the last run failed, took too long or was lost.
    pub failed: usize,
    /// So many runs take longer than they should.
    pub late: usize,
    /// What is due next by its schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<JobDue>,
}

/// A job and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobDue {
    /// Which job.
    pub job: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl Handle {
    /// Says who tells how the jobs are. The first counts.
    pub fn jobs_are_told_by(&self, count: impl Fn() -> Option<JobCounts> + Send + Sync + 'static) {
        self.0.jobs.set(Box::new(count)).ok();
    }

    /// How the jobs are.
    pub(super) fn jobs_in_brief(&self) -> Option<JobCounts> {
        self.0.jobs.get()?()
    }

    /// Says who tells how many requests wait for a person. The first counts.
    pub fn requests_are_told_by(&self, waiting: impl Fn() -> usize + Send + Sync + 'static) {
        self.0.requests.set(Box::new(waiting)).ok();
    }

    /// Says who tells why the record takes nothing, if it does not. The first counts.
    pub fn record_is_told_by(&self, trouble: impl Fn() -> Option<Fault> + Send + Sync + 'static) {
        self.0.record.set(Box::new(trouble)).ok();
    }

    /// Why the record takes nothing, if it does not.
    pub(super) fn record_trouble(&self) -> Option<Fault> {
        self.0.record.get().and_then(|trouble| trouble())
    }

    /// Says who tells that the gate's database is not the file of its name any more. The first counts.
    pub fn gate_is_told_by(&self, moved: impl Fn() -> Option<String> + Send + Sync + 'static) {
        self.0.gate.set(Box::new(moved)).ok();
    }

    /// That the gate's database is not the file of its name any more, if that is so.
    pub(super) fn gate_moved(&self) -> Option<String> {
        self.0.gate.get().and_then(|moved| moved())
    }

    /// Says who tells why the policy on disk is not the one in force. The first counts.
    pub fn policy_is_told_by(&self, trouble: impl Fn() -> Option<Fault> + Send + Sync + 'static) {
        self.0.policy.set(Box::new(trouble)).ok();
    }

    /// Why the policy on disk is not the one in force.
    pub(super) fn policy_problem(&self) -> Option<Fault> {
        self.0.policy.get().and_then(|trouble| trouble())
    }

    /// How many requests wait for a person.
    pub(super) fn requests_waiting(&self) -> usize {
        self.0.requests.get().map_or(0, |waiting| waiting())
    }
}
