//! The configuration of all jobs: `[job.NAME]`, `[queue.NAME]` and `[jobs]`.
//!
//! In the file of a project an event's `name` is that of a sibling, if there is
//! one; queues are the home's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::check::{Around, check, check_keep};
use super::{Job, JobConf, KeepConf, Written};
use crate::config::{self, Approved, Finding, Findings, Loaded, Named, Problem, Span};
use crate::runs::conf::{Kept, Surroundings, absent};
use crate::runs::name::check_plain_name;

/// The queue that always exists.
pub const DEFAULT_QUEUE: &str = "default";
/// The most slots of a queue, and of all runs together.
const MOST_SLOTS: u32 = 10_000;

/// All jobs as they are configured.
#[derive(Debug)]
pub struct Section {
    /// By name.
    pub jobs: BTreeMap<Arc<str>, Job>,
    /// By name; [`DEFAULT_QUEUE`] is always among them.
    pub queues: BTreeMap<String, Queue>,
    /// So many runs at the same time, whatever their queue.
    pub slots: usize,
    /// So many ended runs are kept of what is no job.
    pub keep_runs: u32,
    /// For so long; zero is for ever.
    pub keep_age: Span,
}

/// Runs that share slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// So many at the same time.
    pub slots: usize,
}

/// `[queue.NAME]`: jobs that share slots. There is always a queue "default".
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct QueueConf {
    /// So many of its runs at the same time, 1 to 10000. Default: 1
    #[schemars(range(min = 1, max = 10_000))]
    slots: Option<u32>,
}

/// `[jobs]`: all jobs together. Only in config.toml.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct JobsConf {
    /// So many runs at the same time, whatever their queue, 1 to 10000. Default: 64
    #[schemars(range(min = 1, max = 10_000))]
    slots: Option<u32>,
    /// Which ended runs are kept of a job that does not say so, and of commands that are no job
    keep: KeepConf,
}

impl config::Section for Section {
    const NAMES: &'static [&'static str] = &["job", "queue", "jobs"];

    fn read(loaded: &Loaded<'_>) -> Result<Section, Vec<Problem>> {
        let mut problems = Vec::new();
        let together = noted(&mut problems, together(loaded));
        let queues = noted(&mut problems, queues(loaded));
        let tables = loaded.each_named::<JobConf>("job");
        let (Some((slots, keep)), Some(queues)) = (together, queues) else {
            problems.extend(tables.filter_map(Result::err).flatten());
            return Err(problems);
        };
        let names = Names::of(loaded);
        // To find it takes a walk through all zones that the system knows; without a job nobody asks.
        let zone = if names.jobs.is_empty() { TimeZone::UTC } else { TimeZone::system() };
        let around = Around { queues: &queues, keep, zone, surroundings: Surroundings::here() };
        let written = tables.filter_map(|read| match read {
            Ok(job) => Some(names.written(job)),
            Err(more) => {
                problems.extend(more);
                None
            }
        });
        let checked = check(written, &around);
        let jobs = noted(
            &mut problems,
            checked.map_err(|found| found.into_iter().map(|it| loaded.place("job", it)).collect::<Vec<_>>()),
        );
        let Some(jobs) = jobs.filter(|_| problems.is_empty()) else { return Err(problems) };
        let (keep_runs, keep_age) = around.kept();
        Ok(Section { jobs, queues, slots, keep_runs, keep_age })
    }

    fn doubts(&self, loaded: &Loaded<'_>) -> Vec<Problem> {
        let of = |job: &Job| {
            let env_file = job.env_file.as_deref().filter(|_| job.env_text.is_none());
            absent(&job.name, &job.working_dir, env_file)
        };
        self.jobs.values().flat_map(of).map(|finding| loaded.place("job", finding)).collect()
    }

    fn schemas() -> Vec<Schema> {
        let described = |mut schema: Schema, text: &str| {
            schema.insert("description".to_owned(), text.into());
            schema
        };
        vec![
            described(schema_for!(BTreeMap<String, JobConf>), "`[job.NAME]`: what runs and ends."),
            described(schema_for!(BTreeMap<String, QueueConf>), "`[queue.NAME]`: jobs that share slots."),
            schema_for!(JobsConf),
        ]
    }
}

fn noted<T>(problems: &mut Vec<Problem>, read: Result<T, Vec<Problem>>) -> Option<T> {
    read.map_err(|mut more| problems.append(&mut more)).ok()
}

/// `[jobs]`: the slots of all runs, and what is kept.
fn together(loaded: &Loaded<'_>) -> Result<(usize, KeepConf), Vec<Problem>> {
    let conf: JobsConf = loaded.section("jobs")?;
    let mut findings = Findings::of("");
    let slots = slots(conf.slots.unwrap_or(64), &mut findings);
    check_keep(conf.keep, &mut findings);
    let place = |it: Finding| {
        let path: Vec<&str> = ["jobs"].into_iter().chain(it.path.iter().map(String::as_str)).collect();
        loaded.problem(&path, it.message, it.hint)
    };
    if findings.found.is_empty() {
        Ok((slots, conf.keep))
    } else {
        Err(findings.found.into_iter().map(place).collect())
    }
}

fn queues(loaded: &Loaded<'_>) -> Result<BTreeMap<String, Queue>, Vec<Problem>> {
    let mut queues = BTreeMap::from([(DEFAULT_QUEUE.to_owned(), Queue { slots: 1 })]);
    let mut problems = Vec::new();
    for Named { name, value, .. } in loaded.named::<QueueConf>("queue")? {
        let mut findings = Findings::of(&name);
        if let Err(error) = check_plain_name("queue", &name) {
            findings.add(&[], &error.to_string());
        }
        let slots = slots(value.slots.unwrap_or(1), &mut findings);
        problems.extend(findings.found.into_iter().map(|it| loaded.place("queue", it)));
        queues.insert(name, Queue { slots });
    }
    if problems.is_empty() { Ok(queues) } else { Err(problems) }
}

fn slots(written: u32, findings: &mut Findings) -> usize {
    findings.within(&["slots"], written, 1..=MOST_SLOTS).try_into().unwrap_or(usize::MAX)
}

/// What there is besides a job, by name.
struct Names<'t> {
    projects: BTreeMap<&'t str, Kept>,
    jobs: BTreeSet<String>,
    services: BTreeSet<String>,
}

impl<'t> Names<'t> {
    fn of(loaded: &Loaded<'t>) -> Names<'t> {
        let kept = |project: &'t Approved| (project.name.as_str(), Kept::with(project));
        // What is wrong with them is told by whoever reads them.
        let all = |kind| loaded.each_named::<IgnoredAny>(kind).flatten().map(|it| it.name).collect();
        Names { projects: loaded.projects().map(kept).collect(), jobs: all("job"), services: all("service") }
    }

    /// A job with what was approved of its project, and with its siblings by their full names.
    fn written(&self, job: Named<JobConf>) -> Written {
        let Named { name, value: mut conf, dir, project, .. } = job;
        for on in conf.on.iter_mut().flat_map(|on| &mut on.0) {
            let (Some(project), Some(event), Some(other)) = (&project, &on.event, &mut on.name) else {
                continue;
            };
            let full = format!("{project}/{other}");
            let is_job = event.starts_with("job.");
            if if is_job { &self.jobs } else { &self.services }.contains(&full) {
                *other = full;
            }
        }
        let kept = project.and_then(|project| self.projects.get(project.as_str()).cloned());
        Written { name, conf, dir, kept }
    }
}
