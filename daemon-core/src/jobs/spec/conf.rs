//! The `[job.NAME]` table as written.
//!
//! What a table means, and whether it makes sense, is for `check` to say; here
//! only the shape of each value is read, so that such errors stand at their line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OnConf, Overlap, Several};
use crate::config::{Age, Size, Span};
use crate::jobs::schedule::{At, CatchUp, Cron, Every, Zone};
use crate::runs::conf::LimitsConf;
use crate::runs::logs::OnFull;
use crate::runs::{CommandLine, Signal, Vars};

/// A job: a command that runs when it is time to, when files change, when something happens, or when asked; and ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JobConf {
    /// What to run; the one key that every job needs. A list is executed as
    /// it is; a string is split into words like a shell would, but never given to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandLine>,
    /// More words, put behind the command as they are; with `shell`, its "$1", "$2", ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// Give the command, as one string, to `/bin/sh -c`. Default: false
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<bool>,
    /// Where to run: absolute, from `~`, or relative to this file. Default: a
    /// project's jobs run beside their file, all others in the home directory
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Environment variables, on top of the daemon's environment and `env_file`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vars>,
    /// A file of `NAME=value` lines, under `env`; absolute, from `~`, or relative to this file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env_file: Option<String>,
    /// Run as this user; only where the daemon runs as root
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When the clock matches: five fields of crontab(5), six with seconds first, or "@daily"; or a list
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<Several<Cron>>,
    /// Again and again after so long, at least 1s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Once, at this time; or a list
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Several<At>>,
    /// When files change or something happens; or a list of such
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Several<OnConf>>,
    /// The time zone of `cron` and `at`, such as "Europe/Madrid". Default: "system", whatever that is at the time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// When it is due while a run of it is under way: "skip", "queue", "replace" that one, or "parallel(4)"
    /// for so many at the same time. Default: "skip"; "queue" for a job that runs on nothing but files
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// Of what was due while the daemon or the machine was off: nothing ("skip"), one run for all of it
    /// ("once"), or the newest so many ("all(10)"). Default: "once"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<CatchUp>,
    /// How late such a run may be, at most 8760h; what is later is only counted. Default: "24h"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Span>,
    /// How long a run may take before it is ended, which is a failure; from 1ms. Default: as long as it takes
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// How many more attempts a run has that fails, 0 to 1000. Default: 0
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1000))]
    pub retries: Option<u32>,
    /// How long to wait between them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<RetryConf>,
    /// Exit codes that are no failure, each 0 to 255. Default: 0 alone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_codes: Option<Vec<i64>>,
    /// The queue whose slots it shares, declared as `[queue.NAME]`. Default: none, only all runs together are limited
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Among those that wait for a slot, a higher one goes first; -1000 to 1000. Default: 0
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: Option<i32>,
    /// A run that has not ended after so long is shown as late, and goes on; from 1ms, less than `timeout`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_after: Option<Span>,
    /// The signal that asks it to end. Default: TERM
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<Signal>,
    /// How long it may take to end before it is killed; at most 1h. Default: 10s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<Span>,
    /// What it may use
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsConf>,
    /// How much of its output is kept
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<JobLogConf>,
    /// Which runs are kept, with their logs. Default: what `[jobs]` says
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<KeepConf>,
}

/// How long to wait between the attempts of a run that fails.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConf {
    /// The wait before the second attempt; at least 1ms. Default: 1s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<Span>,
    /// No wait is longer than this; at least `initial`. Default: 5m
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Span>,
    /// How many times longer each wait is than the one before, 1 to 100. Default: 2.0
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1.0, max = 100.0))]
    pub factor: Option<f64>,
}

/// How much of the output of each run is kept. For how long is said by `keep`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JobLogConf {
    /// A file is rotated at this size, 64K to 1T. Default: 10M
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<Size>,
    /// How many rotated files of a run are kept, 0 to 1000. Default: 5
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1000))]
    pub keep: Option<u32>,
    /// When the disk is full and neither memory nor old logs are left: "drop" lines and count them,
    /// or "block", so that the job waits. Default: "drop"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_full: Option<OnFull>,
}

/// Which ended runs are kept: the newest `runs` of a job, and of these what is not older than `age`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeepConf {
    /// So many of each job, 1 to 1000000. Default: 100
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub runs: Option<u32>,
    /// For so long after their end; from "1h", "0s" is for ever. Default: "30d"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
}
