//! Adding and removing jobs: one file each in `jobs.d`.

use std::fmt::Display;
use std::str::FromStr;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Handle, JobStatus, spec};
use crate::config::Span;
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::runs::Vars;
use crate::system::there_is_one;
use crate::text::without_key;

/// Add a job
///
/// It is written to jobs.d/NAME.toml, where more can be said about it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "AddJob")]
pub struct Add {
    /// What to call it
    pub name: String,
    /// What to execute, each word by itself
    #[arg(required = true, last = true)]
    pub command: Vec<String>,
    /// When the clock matches, such as "0 2 * * *"
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "EXPRESSION")]
    pub cron: Vec<String>,
    /// Again and again, such as "15m"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TIME")]
    pub every: Option<String>,
    /// Once, such as "2026-12-01T09:00"
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "MOMENT")]
    pub at: Vec<String>,
    /// When one of these files changes, such as "src/**/*.rs"
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long = "watch", value_name = "GLOB")]
    pub files: Vec<String>,
    /// The zone of --cron and --at, such as "Europe/Madrid"; the system's if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub zone: Option<String>,
    /// What becomes of a run that is due while another is under way: skip, queue, replace or "parallel(4)"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub overlap: Option<String>,
    /// What becomes of times that were missed while nothing could run: skip, once or "all(10)"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub missed: Option<String>,
    /// How late such a run may be
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TIME")]
    pub grace: Option<Span>,
    /// The queue whose slots it shares
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub queue: Option<String>,
    /// How long a run may take
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub timeout: Option<Span>,
    /// How many more attempts a run has that fails
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub retries: Option<u32>,
    /// Where to run it; the home directory if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub working_dir: Option<String>,
    /// Variables for its environment
    #[serde(default)]
    #[arg(skip)]
    pub env: Vars,
}

impl Op for Add {
    const NAME: &'static str = "job.add";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = JobStatus;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<JobStatus, Fault> {
        let name = self.name.clone();
        let file = spec::file_of(&jobs.0.runs.dirs, &name);
        if jobs.status(&name).is_ok() {
            return Err(there_is_one("job", &name, &file));
        }
        let added = self.added()?;
        refuse_what_is_past(&added, jobs.now())?;
        let text = spec::document(&added)?;
        jobs.0.system.add_table(("job", &name), &file, &text).await?;
        Ok(jobs.status(&name)?)
    }
}

impl Add {
    fn added(self) -> Result<spec::Added, Fault> {
        Ok(spec::Added {
            name: self.name,
            command: self.command,
            working_dir: self.working_dir,
            env: self.env,
            cron: all("cron", &self.cron)?,
            every: all("every", self.every.as_slice())?.pop(),
            at: all("at", &self.at)?,
            files: self.files,
            zone: all("zone", self.zone.as_slice())?.pop(),
            overlap: all("overlap", self.overlap.as_slice())?.pop(),
            missed: all("missed", self.missed.as_slice())?.pop(),
            grace: self.grace,
            queue: self.queue,
            timeout: self.timeout,
            retries: self.retries,
        })
    }
}

/// Whoever adds a job means it to run; in a file a time that has passed is one that was kept.
fn refuse_what_is_past(added: &spec::Added, now: Timestamp) -> Result<(), Fault> {
    let zone = added.zone.clone().unwrap_or_default().resolve(&TimeZone::system());
    match added.at.iter().find(|at| at.instant(&zone).is_some_and(|instant| instant <= now)) {
        Some(at) => Err(Fault::invalid(format!("at: {at} has passed, so the job would not run then"))
            .hint("to run it now: hob queue -- COMMAND")),
        None => Ok(()),
    }
}

/// Reads texts; the first that means nothing is told of.
pub(super) fn all<T: FromStr<Err: Display>>(key: &str, texts: &[String]) -> Result<Vec<T>, Fault> {
    let told = |error: T::Err| {
        let error = error.to_string();
        Fault::invalid(format!("{key}: {}", without_key(&error, key).unwrap_or(&error)))
    };
    let read = |text: &String| text.parse().map_err(told);
    texts.iter().map(read).collect()
}

/// Remove a job with the file that it was added with; what it runs goes on, what waits is cancelled
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RemoveJob")]
pub struct Remove {
    /// Which job
    pub name: String,
}

/// A job that is no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct JobRemoved {
    /// What it was called.
    pub name: String,
    /// The file that was removed. Its runs are kept.
    pub file: String,
}

impl Op for Remove {
    const NAME: &'static str = "job.remove";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = JobRemoved;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<JobRemoved, Fault> {
        jobs.status(&self.name)?;
        let file = spec::file_of(&jobs.0.runs.dirs, &self.name);
        jobs.0.system.remove_table(("job", &self.name), &file).await?;
        Ok(JobRemoved { name: self.name, file: file.display().to_string() })
    }
}
