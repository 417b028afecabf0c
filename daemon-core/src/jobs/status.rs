//! How jobs and queues are, as others see it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Known};
use super::floor::Stage;
use super::run::{Run, RunId, Standing};
use super::store::Paused;
use super::{Error, Handle};
use crate::system::{JobCounts, JobDue};

/// How a job is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobStatus {
    /// What it is called.
    pub name: String,
    /// What it runs on, in words, such as "0 2 * * *" or "every 15m"; empty if only when asked.
    pub triggers: Vec<String>,
    /// The same for people, such as "every day at 02:00"; empty if only when asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// When its schedule is due next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub next: Option<Timestamp>,
    /// Whether nothing of it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Until when that is so, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub paused_until: Option<Timestamp>,
    /// Its runs under way.
    pub running: Vec<RunId>,
    /// Its runs that wait.
    pub waiting: Vec<RunId>,
    /// Those under way that take longer than they should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<RunId>,
    /// The last of its runs that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Run>,
    /// What is wrong with how its files are watched, or with recording its runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// How a queue is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueStatus {
    /// What it is called.
    pub name: String,
    /// So many of it run at a time.
    pub slots: usize,
    /// So many run.
    pub running: usize,
    /// So many wait.
    pub waiting: usize,
    /// Whether nothing of it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Until when that is so, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub paused_until: Option<Timestamp>,
}

impl Handle {
    /// How all jobs are, by name.
    pub fn list(&self) -> Vec<JobStatus> {
        let engine = self.engine();
        engine.jobs.values().map(|known| engine.status(known)).collect()
    }

    /// How one job is.
    ///
    /// # Errors
    /// If it is not configured.
    pub fn status(&self, name: &str) -> Result<JobStatus, Error> {
        let engine = self.engine();
        engine.job(name)?;
        Ok(engine.status(&engine.jobs[name]))
    }

    /// How all queues are, by name.
    pub fn queues(&self) -> Vec<QueueStatus> {
        let engine = self.engine();
        engine.queues.iter().map(|(name, slots)| engine.queue_status(name, *slots)).collect()
    }

    /// All of them in a few numbers; nothing where there is nothing to count.
    pub(super) fn in_brief(&self) -> Option<JobCounts> {
        let engine = self.engine();
        let (waiting, running) = engine.floor.counts();
        if engine.jobs.is_empty() && waiting + running == 0 {
            return None;
        }
        let has_failed = |known: &&Known| {
            let last = known.last.as_ref().map(|run| run.state);
            matches!(last, Some(Standing::Failed | Standing::TimedOut | Standing::Lost))
        };
        Some(JobCounts {
            jobs: engine.jobs.len(),
            running,
            waiting,
            failed: engine.jobs.values().filter(has_failed).count(),
            late: engine.running.values().filter(|run| run.late).count(),
            next: engine.agenda.iter().next().map(|(at, job)| JobDue { job: job.to_string(), at }),
        })
    }

    /// Those who watch are told how a job is, or how all are, by this.
    pub(super) fn tell(&self, name: Option<&str>) -> Vec<(String, JobStatus)> {
        let told = match name {
            Some(name) => self.status(name).into_iter().collect(),
            None => self.list(),
        };
        told.into_iter().map(|status| (status.name.clone(), status)).collect()
    }

    /// How a job is has changed for those who watch.
    pub(super) fn show(&self, name: &str) {
        self.0.board.touch("job", name);
    }
}

impl Engine {
    fn status(&self, known: &Known) -> JobStatus {
        let job = &known.job;
        let (mut running, mut waiting) = (Vec::new(), Vec::new());
        for (id, stage) in self.floor.of_job(&job.name) {
            if matches!(stage, Stage::Running | Stage::Ended) { running.push(id) } else { waiting.push(id) }
        }
        let paused = self.paused.get(&Paused::Job(job.name.to_string()));
        JobStatus {
            name: job.name.to_string(),
            triggers: job.triggers(),
            when: job.when(),
            next: self.agenda.get(&job.name),
            paused: paused.is_some(),
            paused_until: paused.copied().flatten(),
            late: running.iter().copied().filter(|id| self.is_late(*id)).collect(),
            running,
            waiting,
            last: known.last.as_deref().cloned(),
            trouble: known.watching.iter().find_map(|it| it.trouble()).or_else(|| self.trouble.clone()),
        }
    }

    fn queue_status(&self, name: &str, slots: usize) -> QueueStatus {
        let (waiting, running) = self.floor.counts_of(name);
        let paused = self.paused.get(&Paused::Queue(name.to_owned()));
        QueueStatus {
            name: name.to_owned(),
            slots,
            running,
            waiting,
            paused: paused.is_some(),
            paused_until: paused.copied().flatten(),
        }
    }
}
