//! What a service is: its `[service.NAME]` table as written ([`ServiceConf`])
//! and as checked ([`Spec`]).
//!
//! As written, everything is optional and nothing has been looked at but its
//! shape. As checked, defaults are filled in, paths are absolute, commands are
//! words, and every other service it names exists; no later step asks again.
//!
//! Reading files is not done here, nor finding out in which line a key stands:
//! a [`Finding`](crate::config::Finding) names its key, and who has the file adds the line. Whether the
//! program, the directory and the user exist is not asked either: they may come
//! and go, so each start finds out ([`resolve`]).

mod check;
mod conf;
mod health;
mod later;
mod ranges;
mod readiness;
mod watched;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

pub use crate::runs::name::{NameError, check_name, check_project_name, project_name_of};
pub use crate::runs::{
    CommandError, CommandLine, NotFound, Signal, SignalError, Vars, as_file_name, check_variable, resolve,
};
pub use check::{Written, check};
pub use conf::{BackoffConf, LogConf, Restart, ServiceConf};
pub use health::{Health, HealthConf, NoCheck};
pub use later::Later;
pub use readiness::{Address, Kind, Readiness, ReadyConf};
pub use watched::Watched;

use super::{backoff, state};
use crate::config::{Size, Span};
use crate::runs::Program;
use crate::runs::conf::{EnvText, Percent};
use crate::runs::limits::Limits;
use crate::runs::logs::OnFull;
use crate::runs::name::fnv1a;

/// A service as checked: complete, absolute, and free of contradictions.
#[derive(Debug, Clone, Serialize)]
pub struct Spec {
    /// What it is called.
    pub name: String,
    /// The words to execute; the first is not yet looked up ([`resolve`]).
    pub command: Vec<String>,
    /// Where to run; absolute.
    #[serde(serialize_with = "lossy")]
    pub working_dir: PathBuf,
    /// Environment variables from the configuration alone.
    pub env: Vars,
    /// A file of more variables, below `env`; absolute.
    #[serde(serialize_with = "lossy_option")]
    pub env_file: Option<PathBuf>,
    /// The text of `env_file` as it was approved with its project; `None`: the file is read at each start.
    #[serde(skip)]
    pub env_text: Option<EnvText>,
    /// Start it with the daemon.
    pub autostart: bool,
    /// When to start it again.
    pub restart: Restart,
    /// Exit codes that are no failure.
    pub success_codes: Vec<i32>,
    /// Endings in a row answered with a restart; 0 is without limit.
    pub max_restarts: u32,
    /// Up for this long, the past is forgotten.
    pub restart_window: Span,
    /// Waits between restarts.
    pub backoff: Waits,
    /// What asks it to end.
    pub stop_signal: Signal,
    /// How long it may take to end.
    pub stop_timeout: Span,
    /// Services to start after.
    pub after: Vec<String>,
    /// Services to start with, and after.
    pub requires: Vec<String>,
    /// How to tell that it is ready; `None`: as soon as it runs.
    pub ready: Option<Readiness>,
    /// How to tell that it still does what it should; `None`: nobody asks.
    // What was not known to earlier versions is left out where it is not used, so that their digests hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// It hangs if it does not say for so long that it is alive; `None`: it need not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watchdog: Option<Span>,
    /// The files whose change restarts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch: Option<Box<Watched>>,
    /// The memory that its processes may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// The processor time that they may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Percent>,
    /// How many processes there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
    /// The limit of open files per process.
    pub open_files: Option<u64>,
    /// A log file is rotated at this size.
    pub log_max_size: Size,
    /// So many rotated files are kept.
    pub log_keep: u32,
    /// They are kept for so long; zero is for ever.
    pub log_max_age: Span,
    /// What becomes of lines that cannot be written.
    pub log_on_full: OnFull,
    /// The user to run as.
    pub user: Option<String>,
    /// Tells whether the configuration changed: equal for equal meaning, in
    /// every version of the daemon that knows the same keys. FNV-1a of 64 bits
    /// over all of the above; no protection against intent, and it need not be.
    #[serde(skip)]
    pub digest: u64,
}

/// Waits between restarts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Waits {
    /// Before the second restart in a row.
    pub initial: Span,
    /// At most.
    pub max: Span,
    /// Each longer than the one before by this.
    pub factor: f64,
    /// The part that chance may take away.
    pub jitter: f64,
}

impl Spec {
    /// The rules of [`backoff`].
    pub fn backoff(&self) -> backoff::Policy {
        backoff::Policy {
            allowed: self.max_restarts,
            calm: self.restart_window.get(),
            initial: self.backoff.initial.get(),
            max: self.backoff.max.get(),
            factor: self.backoff.factor,
            jitter: self.backoff.jitter,
        }
    }

    /// The rules of [`state`].
    pub fn policy(&self) -> state::Policy {
        state::Policy {
            restart: match self.restart {
                Restart::Always => state::Restart::Always,
                Restart::OnFailure => state::Restart::OnFailure,
                Restart::Never => state::Restart::Never,
            },
            backoff: self.backoff(),
            stop_timeout: self.stop_timeout.get(),
            probed: self.ready.is_some(),
            held: false,
        }
    }

    /// Whether it says itself how it is.
    pub fn is_notified(&self) -> bool {
        matches!(self.ready, Some(Readiness { kind: Kind::Notify, .. }))
    }

    /// What it may use.
    pub(super) fn limits(&self) -> Limits {
        Limits { memory: self.memory, cpu: self.cpu, pids: self.pids, open_files: self.open_files }
    }

    /// What it executes.
    pub(super) fn program(&self) -> Program<'_> {
        Program {
            command: &self.command,
            working_dir: &self.working_dir,
            env: &self.env,
            env_file: self.env_file.as_deref(),
            env_text: self.env_text.as_ref().map(|text| text.0.as_str()),
            user: self.user.as_deref(),
            stdin: None,
            limits: self.limits(),
            own: vec![("HOB_SERVICE", self.name.clone().into())],
        }
    }

    /// This spec with its digest filled in.
    fn digested(mut self) -> Spec {
        let mut written = serde_json::to_vec(&self).expect("strings, numbers and lists are always JSON");
        if let Some(EnvText(text)) = &self.env_text {
            written.extend_from_slice(text.as_bytes());
        }
        self.digest = fnv1a(&written);
        self
    }
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
