//! A service as it is shown: on the wire, on the board, in every surface the same words.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::probed::Probes;
use super::state::Wanted;
use super::store::{Event, Run};
use crate::runs::limits::LimitHeld;
use crate::runs::logs::LogTrouble;
use crate::runs::processes::family::RunProcess;
use crate::watch;

/// What a service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Nothing, and that is as it should be.
    Stopped,
    /// It waits for others to be ready.
    Waiting,
    /// Its process is being made.
    Starting,
    /// Its program runs.
    Running,
    /// It was asked to end.
    Stopping,
    /// It crashed, and waits before it is started again.
    Backoff,
    /// It is not started again until a person steps in.
    Failed,
}

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub state: Word,
    /// Whether it runs and does what others wait for.
    pub ready: bool,
    /// Whether it counts as ready only because it runs: nothing is configured that would tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ready_unasked: bool,
    /// Whether its health checks pass; only of one that is ready and has any. One that runs and is not
    /// healthy is shown as `unhealthy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<bool>,
    /// What somebody wants of it.
    pub wanted: Wanted,
    /// Its main process, while it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// The number of its last run, counted from 1; 0 before the first.
    pub run: u64,
    /// How often it was started again since a person last stepped in.
    pub restarts: u32,
    /// Since when it does what it does.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// The services it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_for: Vec<String>,
    /// Why it is in this state, in a sentence, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it says of itself (sd_notify(3), `STATUS=`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// When it is started again; absent in `backoff` while a pause without an end holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub retry_at: Option<Timestamp>,
    /// What it executes.
    pub command: Vec<String>,
    /// What becomes of its output, while its log cannot be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_trouble: Option<LogTrouble>,
    /// Why changes of the files that it is restarted for are noticed late, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch_trouble: Option<String>,
    /// Whether its configuration has changed since this run began; a restart applies it.
    #[serde(default)]
    pub changed: bool,
}

impl ServiceStatus {
    /// Whether it runs and does not do what it should.
    pub fn is_unhealthy(&self) -> bool {
        self.state == Word::Running && self.healthy == Some(false)
    }
}

/// All that is known of a service.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ServiceDetail {
    /// How it is.
    #[serde(flatten)]
    pub status: ServiceStatus,
    /// Its configuration as checked, defaults filled in; of its environment only the names.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Its limits, and what holds it to each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitHeld>,
    /// The program that its command leads to now, which is what another start would execute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
    /// Why its command leads to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_executable: Option<String>,
    /// What was found when it was last asked how it is, in its newest run; nothing is asked for this.
    #[serde(default)]
    pub probes: Probes,
    /// The processes of its run: the main one, after each those that it started, then strays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<RunProcess>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more_processes: usize,
    /// The cgroup that its run has to itself; absent if it has none, or does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<String>,
    /// How the files are watched whose change restarts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watching: Option<watch::State>,
    /// Its variables besides those it inherits, and where each comes from.
    pub environment: Vec<VariableOrigin>,
    /// Its newest runs, the newest first.
    pub runs: Vec<Run>,
    /// What happened to it lately, in order.
    pub events: Vec<Event>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// An environment variable, without its value, which may be a secret.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VariableOrigin {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub origin: String,
}
