//! What a job is: its `[job.NAME]` table as written ([`JobConf`]) and as checked ([`Job`]).
//!
//! As written, everything is optional and nothing has been looked at but its
//! shape. As checked, defaults are filled in, paths are absolute, commands are
//! words, and the queue that it names exists; no later step asks again.
//!
//! Whether the program, the directory and the user exist is not asked here: they
//! may come and go, so each run finds out. Nor is it asked whether there is a
//! service or job of the name that an event is waited for from: it may be added
//! tomorrow, and until then nothing happens.

mod check;
mod conf;
mod file;
mod on;
mod overlap;
mod plan;
mod section;
mod several;

use std::collections::HashMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Serialize, Serializer};

pub use check::Written;
pub use conf::{JobConf, JobLogConf, KeepConf, RetryConf};
pub use file::{Added, document, file_of};
pub use on::{EVENTS, OnConf};
pub use overlap::{Overlap, OverlapError};
pub use plan::{JobDifference, JobPlan, difference};
pub use section::{DEFAULT_QUEUE, Queue, Section};
pub use several::Several;

use super::schedule::{CatchUp, Schedule, Trigger, Zone};
use crate::config::{Size, Span};
use crate::runs::conf::{EnvText, Percent};
use crate::runs::limits::Limits;
use crate::runs::logs::OnFull;
use crate::runs::name::fnv1a;
use crate::runs::{Signal, Vars};
use crate::watch::{Files, Selection};

/// A job as checked; clones share what they consist of.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// What it is called.
    #[serde(serialize_with = "as_its_own")]
    pub name: Arc<str>,
    /// Everything else; jobs that differ in nothing but their names have one of it.
    #[serde(flatten, serialize_with = "as_its_own")]
    pub settings: Arc<Settings>,
    /// Tells whether what is configured has changed: equal for equal meaning, in every version of the
    /// daemon that knows the same keys. FNV-1a of 64 bits over all of the above; no protection
    /// against intent, and it need not be.
    #[serde(skip)]
    pub digest: u64,
}

impl Deref for Job {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// What of a job is configured besides its name: complete, absolute, and free of contradictions.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// The words to execute; the first is not yet looked up. More can be put behind them: if it is
    /// a shell that is executed, they are its `"$@"`.
    pub command: Vec<String>,
    /// Where to run; absolute.
    #[serde(serialize_with = "lossy")]
    pub working_dir: PathBuf,
    /// Environment variables from the configuration alone.
    pub env: Vars,
    /// A file of more variables, below `env`; absolute.
    #[serde(serialize_with = "lossy_option")]
    pub env_file: Option<PathBuf>,
    /// The text of `env_file` as it was approved with its project; `None`: the file is read for each run.
    #[serde(skip)]
    pub env_text: Option<EnvText>,
    /// The user to run as, if not the daemon's.
    pub user: Option<String>,
    /// The memory that its processes may have.
    pub memory: Option<Size>,
    /// The processor time that they may have.
    pub cpu: Option<Percent>,
    /// How many processes there may be.
    pub pids: Option<u32>,
    /// The most open files of each process, if not what is usual.
    pub open_files: Option<u64>,
    /// What asks it to end.
    pub stop_signal: Signal,
    /// How long it may take to end.
    pub stop_timeout: Span,
    /// When it is due by the clock; no triggers if never.
    #[serde(serialize_with = "triggers")]
    pub schedule: Schedule,
    /// The zone of the schedule; the system's may change meanwhile ([`Schedule::set_zone`]).
    pub zone: Zone,
    /// What else it runs on.
    pub on: Vec<Occasion>,
    /// The files whose changes it runs on, one for each table.
    #[serde(skip)]
    pub files: Vec<Selection>,
    /// The same as written, in the same order.
    #[serde(rename = "files")]
    pub files_written: Vec<Files>,
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
}

/// What a job runs on besides the clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Occasion {
    /// Something that happened, one of [`EVENTS`], to whom; to any but the job itself if that is not said.
    Event {
        /// What.
        event: String,
        /// To which service or job.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

impl Settings {
    /// What its runs may use, each for itself.
    pub(in crate::jobs) fn limits(&self) -> Limits {
        Limits { memory: self.memory, cpu: self.cpu, pids: self.pids, open_files: self.open_files }
    }
}

/// The settings of all jobs, by how they are written: many jobs may have the same.
#[derive(Default)]
struct Shared(HashMap<Vec<u8>, Arc<Settings>>);

impl Shared {
    /// These settings as all have them, and the digest of the job of this name.
    fn take(&mut self, name: &str, settings: Settings) -> (Arc<Settings>, u64) {
        let json = |written: serde_json::Result<Vec<u8>>| {
            written.expect("strings, numbers and lists are always JSON")
        };
        let mut written = json(serde_json::to_vec(&settings));
        if let Some(EnvText(text)) = &settings.env_text {
            written.extend_from_slice(text.as_bytes());
        }
        // As the whole job is written.
        let name_written = json(serde_json::to_vec(name));
        let whole = [&b"{\"name\":"[..], &name_written, b",", &written[1..]].concat();
        let settings = self.0.entry(written).or_insert_with(|| Arc::new(settings));
        (Arc::clone(settings), fnv1a(&whole))
    }
}

/// A job called `nightly` with these keys besides its command, in the queues `default` and `build`.
#[cfg(test)]
pub(crate) fn one(keys: &str) -> Job {
    let conf = toml::from_str(&format!("command = \"true\"\n{keys}")).expect("a table");
    let written = Written { name: "nightly".to_owned(), conf, dir: "/".into(), kept: None };
    let jobs = check::tests::checked(vec![written]).expect("a good job");
    jobs["nightly"].clone()
}

fn as_its_own<T: Serialize + ?Sized, S: Serializer>(shared: &Arc<T>, out: S) -> Result<S::Ok, S::Error> {
    shared.as_ref().serialize(out)
}

fn triggers<S: Serializer>(schedule: &Schedule, out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(schedule.triggers().iter().map(|trigger| match trigger {
        Trigger::Cron(cron) => format!("cron {cron}"),
        Trigger::Every(every) => format!("every {}", Span::from(every.period())),
        Trigger::At(at) => format!("at {at}"),
    }))
}

fn lossy<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&path.display())
}

fn lossy_option<S: Serializer>(path: &Option<PathBuf>, out: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => lossy(path, out),
        None => out.serialize_none(),
    }
}
