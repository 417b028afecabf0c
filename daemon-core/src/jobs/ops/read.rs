//! Looking at jobs, at what is due, and at what has run.

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::run::{Run, RunId, Standing};
use super::super::store::Wanted;
use super::super::{Handle, JobStatus, QueueStatus};
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::runs::limits::LimitHeld;
use crate::system::Pause;
use crate::watch;

/// No page has more.
const MOST: u32 = 10_000;
/// How many runs the detail of a job shows.
const DETAIL: u32 = 10;

/// List all jobs and queues
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListJobs")]
pub struct List {}

/// All jobs and queues.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Jobs {
    /// Jobs, by name.
    pub jobs: Vec<JobStatus>,
    /// Queues, by name.
    pub queues: Vec<QueueStatus>,
    /// The pause of everything, if one is on; then nothing of them begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
}

impl Op for List {
    const NAME: &'static str = "job.list";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Jobs;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<Jobs, Fault> {
        Ok(Jobs { jobs: jobs.list(), queues: jobs.queues(), paused: jobs.0.system.pause() })
    }
}

/// Show a job: how it is, how it is configured, what has run
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "GetJob")]
pub struct Get {
    /// Which job
    pub name: String,
}

/// A job in detail.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct JobDetail {
    /// How it is.
    pub status: JobStatus,
    /// What is configured; of `env` only the names.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// What its runs may use, and what holds them to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitHeld>,
    /// How its files are watched, for each table of files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watching: Vec<watch::State>,
    /// Its newest runs, the newest first.
    pub runs: Vec<Run>,
}

impl Op for Get {
    const NAME: &'static str = "job.get";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = JobDetail;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<JobDetail, Fault> {
        let status = jobs.status(&self.name)?;
        let (config, limits, watching) = {
            let engine = jobs.engine();
            let job = engine.job(&self.name)?;
            let watching = engine.jobs[self.name.as_str()].watching.iter().filter_map(watch::Watching::state);
            (job.shown(), job.limits().held(jobs.0.runs.trees.controllers()), watching.collect())
        };
        let wanted = Wanted { job: Some(self.name), limit: DETAIL, ..Wanted::default() };
        let runs = jobs.0.store.runs(wanted).await.map_err(super::super::Error::from)?;
        Ok(JobDetail { status, config, limits, watching, runs })
    }
}

/// Show what is due next
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "NextRuns")]
pub struct Next {
    /// Of which job; of all if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// So many due times of each, at most 100
    #[serde(default = "one")]
    #[arg(short = 'n', long, default_value_t = one())]
    pub count: u32,
}

fn one() -> u32 {
    1
}

/// Refuses to show nothing at all.
fn unless_none(key: &str, count: u32) -> Result<(), Fault> {
    match count {
        0 => Err(Fault::invalid(format!("{key} is 0, so there would be nothing to show"))
            .hint("ask for 1 or more")),
        _ => Ok(()),
    }
}

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DueNext {
    /// Which job.
    pub job: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The same on the clock of the job's zone, with that zone (RFC 9557).
    pub local: String,
    /// Which of its triggers.
    pub trigger: String,
    /// Whether a pause lasts until after that, so that nothing of it begins then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// What is due, the soonest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NextPage {
    /// Due times.
    pub due: Vec<DueNext>,
}

impl Op for Next {
    const NAME: &'static str = "job.next";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = NextPage;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<NextPage, Fault> {
        unless_none("count", self.count)?;
        let engine = jobs.engine();
        if let Some(name) = &self.name {
            engine.job(name)?;
        }
        let now = jobs.now();
        let wanted = |name: &str| self.name.as_deref().is_none_or(|wanted| wanted == name);
        let mut due = Vec::new();
        for known in engine.jobs.values().filter(|known| wanted(&known.job.name)) {
            let schedule = &known.job.schedule;
            let pauses = jobs.pauses_of(&engine, known);
            let mut after = known.dealt.max(now);
            for _ in 0..self.count.min(100) {
                let Some(next) = schedule.next(after) else { break };
                after = next.at;
                due.push(DueNext {
                    job: known.job.name.to_string(),
                    at: next.at,
                    local: next.at.to_zoned(schedule.zone().clone()).to_string(),
                    trigger: schedule
                        .triggers()
                        .get(next.trigger)
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                    paused: pauses.iter().any(|until| until.is_none_or(|until| next.at < until)),
                });
            }
        }
        due.sort_by(|a, b| (a.at, &a.job).cmp(&(b.at, &b.job)));
        Ok(NextPage { due })
    }
}

/// List runs, the newest first
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListRuns")]
pub struct Runs {
    /// Only of this job
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Only those that stand so
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub state: Option<Standing>,
    /// Only of this queue
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub queue: Option<String>,
    /// Only those before this number
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ID")]
    pub before: Option<RunId>,
    /// So many, at most 10000
    #[serde(default = "usual")]
    #[arg(short = 'n', long, default_value_t = usual())]
    pub limit: u32,
}

fn usual() -> u32 {
    30
}

/// Runs, the newest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunPage {
    /// Those that were asked for.
    pub runs: Vec<Run>,
    /// Whether there are older ones.
    pub more: bool,
}

impl Op for Runs {
    const NAME: &'static str = "job.runs";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = RunPage;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<RunPage, Fault> {
        unless_none("limit", self.limit)?;
        let limit = self.limit.min(MOST);
        let of = Wanted { job: self.job, queue: self.queue, state: None, before: None, limit: 1 };
        let wanted = Wanted { state: self.state, before: self.before, limit: limit + 1, ..of.clone() };
        let mut runs = jobs.0.store.runs(wanted).await.map_err(super::super::Error::from)?;
        // What is not configured any more may still have runs; what has neither is a mistake.
        if runs.is_empty()
            && jobs.0.store.runs(of.clone()).await.map_err(super::super::Error::from)?.is_empty()
        {
            let engine = jobs.engine();
            of.job.iter().try_for_each(|job| engine.job(job).map(drop))?;
            of.queue.iter().try_for_each(|queue| engine.queue(queue).map(drop))?;
        }
        let more = usize::try_from(limit).is_ok_and(|limit| limit < runs.len());
        runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(RunPage { runs, more })
    }
}
