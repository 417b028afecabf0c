//! The file of a job: read as it may be shown, and changed key by key, as a person would.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::schedule::{At, Schedule, Trigger};
use super::super::spec::{JobConf, file_of};
use super::super::{Handle, Section};
use crate::config::Change;
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::system::{self, KeyProblem, TableEdit, TableEdited, TableFile, Tables, edit_table, table_file};

/// Read the file in which a job is configured
///
/// Values that may be secret are covered: those of variables, unless their name says that they are
/// harmless, as PORT does.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "JobConfig")]
pub struct GetConfig {
    /// Which job
    pub name: String,
}

impl Op for GetConfig {
    const NAME: &'static str = "job.config";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = TableFile;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<TableFile, Fault> {
        table_file(jobs, self.name).await
    }
}

/// Change the file of a job, add one, or take it out; comments stay
///
/// Keys are such as cron, timeout or on.files. What runs goes on as it was begun; what waits for a job
/// that is taken out is cancelled. Values that may be secret are covered in the answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(transparent)]
#[group(skip)]
pub struct Edit {
    /// What to change.
    #[command(flatten)]
    pub edit: TableEdit,
}

impl Op for Edit {
    const NAME: &'static str = "job.edit";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = TableEdited;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<TableEdited, Fault> {
        edit_table(jobs, &self.edit).await
    }
}

impl Tables for Handle {
    const KIND: &'static str = "job";
    type Section = Section;
    type Written = JobConf;

    fn system(&self) -> &system::Handle {
        &self.0.system
    }

    fn file_of(&self, name: &str) -> PathBuf {
        file_of(&self.0.runs.dirs, name)
    }

    fn known(&self, name: &str) -> Result<(), Fault> {
        Ok(self.status(name).map(drop)?)
    }

    /// Whoever writes `at` means it to run; in a file a time that has passed is one that was kept.
    fn objections(&self, would_be: &Section, name: &str, changes: &[Change]) -> Vec<KeyProblem> {
        let says_when = changes.iter().any(|change| change.path == ["at"] && change.value.is_some());
        let schedule = would_be.jobs.get(name).filter(|_| says_when).map(|job| &job.schedule);
        match schedule.and_then(|schedule| passed(schedule, self.now())) {
            Some(last) => vec![KeyProblem {
                key: Some("at".to_owned()),
                message: format!("{last} has passed, so the job would not run then"),
                hint: None,
            }],
            None => Vec::new(),
        }
    }
}

/// The last of the times of `at`, if none of them is still to come.
fn passed(schedule: &Schedule, now: Timestamp) -> Option<String> {
    let is_ahead = |at: &At| at.next(now, schedule.zone()).is_some();
    let once = schedule.triggers().iter().filter_map(|trigger| match trigger {
        Trigger::At(at) => Some(at),
        _ => None,
    });
    let once: Vec<&At> = once.collect();
    match once.iter().any(|at| is_ahead(at)) {
        true => None,
        false => once.last().map(ToString::to_string),
    }
}
