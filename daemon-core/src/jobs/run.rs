//! What is known of a run: why it is, where it stands, how it ended.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::runs::tree::Key;

/// The number of a run, counted from 1 for all jobs of a home together.
pub type RunId = u64;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It waits for a slot, a time, or other runs.
    Queued,
    /// It is under way.
    Running,
    /// It ended with one of its job's success codes.
    Succeeded,
    /// It did not, and is not tried again.
    Failed,
    /// It took too long, was ended, and is not tried again.
    TimedOut,
    /// Somebody did not want it any more.
    Cancelled,
    /// It was due while another was under way, and its job runs one at a time.
    Skipped,
    /// It was due while nobody could start it.
    Missed,
    /// It was under way when its daemon died, and how it ended is not known.
    Lost,
}

impl Standing {
    /// Whether nothing will come of it any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Standing::Queued | Standing::Running)
    }

    /// As it is written everywhere.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(standing, _)| *standing == self).map_or("queued", |(_, word)| word)
    }

    /// What it did, in a sentence about it.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Standing::Queued => "waits",
            Standing::Running => "is under way",
            Standing::Succeeded => "succeeded",
            Standing::Failed => "failed",
            Standing::TimedOut => "took too long",
            Standing::Cancelled => "was cancelled",
            Standing::Skipped => "was skipped",
            Standing::Missed => "was missed",
            Standing::Lost => "was lost",
        }
    }

    pub(super) fn of_word(word: &str) -> Standing {
        WORDS.iter().find(|(_, known)| *known == word).map_or(Standing::Lost, |(standing, _)| *standing)
    }
}

const WORDS: [(Standing, &str); 9] = [
    (Standing::Queued, "queued"),
    (Standing::Running, "running"),
    (Standing::Succeeded, "succeeded"),
    (Standing::Failed, "failed"),
    (Standing::TimedOut, "timed-out"),
    (Standing::Cancelled, "cancelled"),
    (Standing::Skipped, "skipped"),
    (Standing::Missed, "missed"),
    (Standing::Lost, "lost"),
];

impl fmt::Display for Standing {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.word())
    }
}

/// What a run executes besides, or instead of, what its job says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inputs {
    /// Instead of the job's command; what has no job has this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Words after the command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Where to run, instead of where the job says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub working_dir: Option<PathBuf>,
    /// Variables besides the job's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The files whose change it runs on, a line of JSON each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Whether it reads these lines on its standard input, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stdin: bool,
}

/// All that is kept of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunRecord")]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Its job; absent for a command that was put into a queue by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Where it stands.
    pub state: Standing,
    /// Why it is: "schedule", "files", "event", "asked", "again".
    pub why: String,
    /// The queue whose slots it shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// A higher one goes first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// The runs that have to succeed first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<RunId>,
    /// What it executes besides what its job says.
    #[serde(default)]
    pub inputs: Inputs,
    /// For when it was scheduled, or when it was asked for.
    #[schemars(with = "String")]
    pub due: Timestamp,
    /// Not to begin before this, as its attempt before failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub not_before: Option<Timestamp>,
    /// How often it has been begun.
    pub attempt: u32,
    /// When its latest attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ended: Option<Timestamp>,
    /// What it exited with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// How it ended, or why it waits, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its main process, while that lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// The processor time of its latest attempt, its descendants' too as far as it waited for them; milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u64>,
    /// The most memory that one of its processes had resident, bytes; nothing if the daemon itself had more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

impl Run {
    /// What its processes and its log are known by: the attempt is the number.
    pub(super) fn key(&self) -> Key {
        (log_name(self.job.as_deref(), self.id), u64::from(self.attempt))
    }
}

/// The name of a run's log.
pub(super) fn log_name(job: Option<&str>, id: RunId) -> String {
    format!("{}@{id}", job.unwrap_or("queue"))
}

/// The run whose log has this name.
pub(super) fn of_log_name(name: &str) -> Option<RunId> {
    name.rsplit_once('@')?.1.parse().ok()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}
