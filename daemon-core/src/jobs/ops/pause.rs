//! Pausing jobs and queues.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::engine::{Engine, Known, USUAL_QUEUE};
use super::super::store::Paused;
use super::super::{Error, Handle};
use crate::config::Span;
use crate::kernel::{Access, Call, Effect, Fault, Op};

/// Begin nothing of a job or a queue, for a while or until `resume`; what runs goes on
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "PauseJob")]
pub struct Pause {
    /// Which job
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(required_unless_present = "queue", conflicts_with = "queue")]
    pub name: Option<String>,
    /// Which queue
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub queue: Option<String>,
    /// For so long, such as `15m`
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[arg(long = "for", value_name = "TIME")]
    pub length: Option<Span>,
}

/// What is paused now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PauseReply {
    /// The job or the queue.
    pub name: String,
    /// Whether nothing of it begins.
    pub paused: bool,
    /// Until when; absent if until somebody resumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

impl Op for Pause {
    const NAME: &'static str = "job.pause";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = PauseReply;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<PauseReply, Fault> {
        let until = self.length.map(|length| {
            let length = SignedDuration::try_from(length.get()).unwrap_or(SignedDuration::MAX);
            jobs.now().checked_add(length).unwrap_or(Timestamp::MAX)
        });
        jobs.set_pause(meant(jobs, self.name, self.queue)?, true, until).await
    }
}

/// End the pause of a job or a queue
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ResumeJob")]
pub struct Resume {
    /// Which job
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(required_unless_present = "queue", conflicts_with = "queue")]
    pub name: Option<String>,
    /// Which queue
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub queue: Option<String>,
}

impl Op for Resume {
    const NAME: &'static str = "job.resume";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = PauseReply;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<PauseReply, Fault> {
        jobs.set_pause(meant(jobs, self.name, self.queue)?, false, None).await
    }
}

fn meant(jobs: &Handle, job: Option<String>, queue: Option<String>) -> Result<Paused, Fault> {
    let engine = jobs.engine();
    match (job, queue) {
        (Some(job), None) => {
            engine.job(&job)?;
            Ok(Paused::Job(job))
        }
        (None, Some(queue)) => Ok(Paused::Queue(engine.queue(&queue)?)),
        _ => Err(Fault::invalid("name either a job or a queue")
            .hint(format!("hob job pause NAME, or hob job pause --queue {USUAL_QUEUE}"))),
    }
}

impl Handle {
    /// When the pauses end that keep runs of a job from beginning: its own, that of its queue, that of everything.
    pub(super) fn pauses_of(&self, engine: &Engine, known: &Known) -> Vec<Option<Timestamp>> {
        let job = Paused::Job(known.job.name.to_string());
        let queue = known.job.queue.clone().map(Paused::Queue);
        let own =
            [Some(job), queue].into_iter().flatten().filter_map(|what| engine.paused.get(&what).copied());
        let all = self.0.system.pause().map(|pause| pause.until);
        own.chain(all).collect()
    }

    /// Whether a job is paused.
    pub(in crate::jobs) fn is_paused(&self, job: &str) -> bool {
        self.engine().is_paused(&Paused::Job(job.to_owned()))
    }

    /// A pause whose time is over ends, on disk too.
    pub(in crate::jobs) fn end_pause(&self, what: Paused) {
        let handle = self.clone();
        self.apply_pause(&what, false, None);
        self.0.runs.tasks.detach(async move {
            if let Err(error) = handle.0.store.pause(what, false, None).await {
                tracing::error!(%error, "the end of a pause is not on disk");
            }
        });
    }

    async fn set_pause(&self, what: Paused, is: bool, until: Option<Timestamp>) -> Result<PauseReply, Fault> {
        self.0.store.pause(what.clone(), is, until).await.map_err(Error::from)?;
        self.apply_pause(&what, is, until);
        let (Paused::Job(name) | Paused::Queue(name)) = what;
        Ok(PauseReply { name, paused: is, until })
    }

    fn apply_pause(&self, what: &Paused, is: bool, until: Option<Timestamp>) {
        {
            let mut engine = self.engine();
            match is {
                true => drop(engine.paused.insert(what.clone(), until)),
                false => drop(engine.paused.remove(what)),
            }
            match what {
                Paused::Job(name) => {
                    if let Ok(limit) = engine.job(name).map(|job| job.overlap.limit()) {
                        engine.floor.set_job(name, limit, is);
                    }
                }
                Paused::Queue(name) => {
                    if let Some(slots) = engine.queues.get(name).copied() {
                        engine.floor.set_queue(name, slots, is);
                    }
                }
            }
        }
        if let Paused::Job(name) = what {
            self.show(name);
        }
        self.go_on();
    }
}
