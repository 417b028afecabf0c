//! What a job of a project would run, and when, for a person to judge before it may.
//!
//! Everything that it says beyond the defaults is here, whatever keys there are:
//! what is not shown could not be approved. Only values of variables are left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check::{Around, check};
use super::section::DEFAULT_QUEUE;
use super::{Job, JobConf, KeepConf, Queue, Section, Written};
use crate::runs::CommandLine;
use crate::runs::conf::Surroundings;
use crate::runs::difference::{self, KeyDifference};

/// What a job of a project would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobPlan {
    /// Its full name.
    pub name: String,
    /// What would be executed, word by word.
    pub command: Vec<String>,
    /// Where.
    pub working_dir: String,
    /// As which user, if not the daemon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The names of its variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The file of further variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_file: Option<String>,
    /// Their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_file_names: Vec<String>,
    /// Everything else that is not as it is by default, such as when it would run.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
}

/// How a job differs from what was approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobDifference {
    /// The job, as its file calls it.
    pub job: String,
    /// Whether it was not there before.
    pub added: bool,
    /// Whether it is not there any more.
    pub removed: bool,
    /// What is other than it was, if it was there before and still is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyDifference>,
}

impl Section {
    /// What the jobs of a project would run, by name.
    pub fn plans(&self, project: &str) -> Vec<JobPlan> {
        let plain = known(&plain());
        self.of(project).map(|(_, job)| plan(job, &plain)).collect()
    }

    /// The `env_file`s of a project's jobs, each with a job that wants it.
    pub fn env_files(&self, project: &str) -> BTreeMap<PathBuf, String> {
        self.of(project).filter_map(|(name, job)| Some((job.env_file.clone()?, name.to_owned()))).collect()
    }

    fn of<'a>(&'a self, project: &'a str) -> impl Iterator<Item = (&'a str, &'a Job)> {
        self.jobs.values().filter_map(move |job| {
            let name = job.name.strip_prefix(project)?.strip_prefix('/')?;
            Some((name, job))
        })
    }
}

/// How the jobs of a project differ from those approved, each side under the name it has there.
pub fn difference(before: (&Section, &str), after: (&Section, &str)) -> Vec<JobDifference> {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (before.0.of(before.1).collect(), after.0.of(after.1).collect());
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let differences = names.into_iter().map(|name| {
        let (old, new) = (old.get(name), new.get(name));
        let keys = old.zip(new).map(|(old, new)| keys(old, new)).unwrap_or_default();
        JobDifference { job: name.to_owned(), added: old.is_none(), removed: new.is_none(), keys }
    });
    differences.filter(|it| it.added || it.removed || !it.keys.is_empty()).collect()
}

fn keys(old: &Job, new: &Job) -> Vec<KeyDifference> {
    let shown = difference::shown(&known(old), &known(new));
    let hidden = difference::hidden("env", old.env.get(), new.env.get());
    let of_files = difference::hidden("env_file", &variables(old), &variables(new));
    [shown, hidden, of_files].concat()
}

fn plan(job: &Job, plain: &Map<String, Value>) -> JobPlan {
    let told = ["name", "command", "working_dir", "user", "env_file"];
    let mut settings = known(job);
    settings.retain(|key, value| !told.contains(&key.as_str()) && plain.get(key) != Some(value));
    JobPlan {
        name: job.name.to_string(),
        command: job.command.clone(),
        working_dir: job.working_dir.display().to_string(),
        user: job.user.clone(),
        env: job.env.get().keys().cloned().collect(),
        env_file: job.env_file.as_ref().map(|path| path.display().to_string()),
        env_file_names: variables(job).into_keys().collect(),
        settings,
    }
}

fn variables(job: &Job) -> BTreeMap<String, String> {
    difference::variables(job.env_text.as_ref())
}

/// All keys of a job that are not secret.
fn known(job: &Job) -> Map<String, Value> {
    let Ok(Value::Object(mut keys)) = serde_json::to_value(job) else { unreachable!("a job is an object") };
    keys.remove("env");
    keys
}

/// A job of which nothing is said.
fn plain() -> Job {
    let command = CommandLine::Words(vec!["true".to_owned()]);
    let conf = JobConf { command: Some(command), ..JobConf::default() };
    let written = Written { name: "plain".to_owned(), conf, dir: PathBuf::from("/"), kept: None };
    let around = Around {
        queues: &BTreeMap::from([(DEFAULT_QUEUE.to_owned(), Queue { slots: 1 })]),
        keep: KeepConf::default(),
        zone: jiff::tz::TimeZone::UTC,
        surroundings: Surroundings::none(),
    };
    let checked = check(vec![written], &around);
    let job = checked.expect("the defaults are in order").into_values().next().expect("there is one");
    Job::clone(&job)
}
