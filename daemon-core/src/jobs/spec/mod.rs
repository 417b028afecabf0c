//! What a job is: its `[job.NAME]` table as written and as checked ([`Job`]).

use std::path::PathBuf;

use crate::config::Span;
use crate::runs::logs::OnFull;
use crate::runs::{Signal, Vars};

use super::schedule::{CatchUp, Schedule};

/// A job as checked: complete, absolute, and free of contradictions.
#[derive(Debug)]
pub struct Job {
    /// What it is called.
    pub name: String,
    /// The words to execute; the first is not yet looked up.
    pub command: Vec<String>,
    /// Where to run; absolute.
    pub working_dir: PathBuf,
    /// Environment variables from the configuration alone.
    pub env: Vars,
    /// A file of more variables, below `env`; absolute.
    pub env_file: Option<PathBuf>,
    /// The user to run as, if not the daemon's.
    pub user: Option<String>,
    /// The most open files of each process, if not what is usual.
    pub open_files: Option<u64>,
    /// What asks it to end.
    pub stop_signal: Signal,
    /// How long it may take to end.
    pub stop_timeout: Span,
    /// When it is due by the clock; no triggers if never.
    pub schedule: Schedule,
    /// The files whose change it runs on.
    pub files: Vec<crate::watch::Selection>,
    /// What else it runs on.
    pub on: Vec<Occasion>,
    /// What becomes of a run that is due while another is under way.
    pub overlap: Overlap,
    /// What becomes of runs that were due while no daemon ran, or the machine slept.
    pub missed: CatchUp,
    /// How late such a run may be.
    pub grace: Span,
    /// How long a run may take, if that is limited.
    pub timeout: Option<Span>,
    /// How many more attempts a run has that fails.
    pub retries: u32,
    /// The wait before the first of these.
    pub retry_initial: Span,
    /// No wait is longer.
    pub retry_max: Span,
    /// How many times longer each wait is than the one before.
    pub retry_factor: f64,
    /// Exit codes that are no failure.
    pub success_codes: Vec<i32>,
    /// The queue whose slots it shares, if any.
    pub queue: Option<String>,
    /// Among those that wait, a higher one goes first.
    pub priority: i32,
    /// A run that takes longer than this is shown as late.
    pub alert_after: Option<Span>,
    /// So many ended runs are kept.
    pub keep_runs: u32,
    /// For so long; zero is for ever.
    pub keep_age: Span,
    /// A log file is rotated at this size.
    pub log_max_size: u64,
    /// So many rotated files of a run are kept.
    pub log_keep: u32,
    /// What becomes of lines that cannot be written.
    pub log_on_full: OnFull,
    /// Of what is configured.
    pub digest: u64,
}

/// What a job runs on besides the clock.
#[derive(Debug, Clone, PartialEq)]
pub enum Occasion {
    /// Something that happened, such as `service.failed`, to whom; to any if that is not said.
    Event {
        /// What.
        event: String,
        /// To which service or job.
        name: Option<String>,
    },
}

/// What becomes of a run that is due while another of its job is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// It does not run, and that is noted.
    #[default]
    Skip,
    /// It waits.
    Queue,
    /// The one under way is ended, and it runs.
    Replace,
    /// It runs as well, if there are not so many yet; otherwise it waits.
    Parallel(u32),
}

/// TEMPORARY
pub struct Section {
    /// x
    pub jobs: std::collections::BTreeMap<String, std::sync::Arc<Job>>,
    /// x
    pub queues: std::collections::BTreeMap<String, Queue>,
    /// x
    pub slots: usize,
}
/// x
pub struct Queue {
    /// x
    pub slots: usize,
}
impl crate::config::Section for Section {
    const NAMES: &'static [&'static str] = &[];
    fn read(_: &crate::config::Loaded<'_>) -> Result<Section, Vec<crate::config::Problem>> {
        Ok(Section { jobs: Default::default(), queues: Default::default(), slots: 64 })
    }
    fn schemas() -> Vec<schemars::Schema> {
        vec![]
    }
}
