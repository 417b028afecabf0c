//! Running something, waiting for it, and not wanting it any more.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::engine::New;
use super::super::run::{Inputs, Run, RunId, Standing};
use super::super::{Error, Handle};
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::runs::check_variable;

/// Runs may take as long as they take.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(366 * 24 * 3600);

/// Run a job now
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RunJob")]
pub struct RunNow {
    /// Which job
    pub name: String,
    /// Words after its command; only for those who may configure jobs
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(last = true)]
    pub args: Vec<String>,
}

impl Op for RunNow {
    const NAME: &'static str = "job.run";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = Run;

    async fn run(self, jobs: &Handle, call: &Call) -> Result<Run, Fault> {
        if !self.args.is_empty() {
            check_admin(call, "other words than those that are configured")?;
        }
        let inputs = Inputs { args: self.args, ..Inputs::default() };
        Ok(jobs.ask(New::because(self.name, "asked", inputs, jobs.now())).await?)
    }
}

/// Run again what has run, with the same inputs
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RunAgain")]
pub struct Again {
    /// The number of the run
    pub id: RunId,
}

impl Op for Again {
    const NAME: &'static str = "job.again";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = Run;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<Run, Fault> {
        let run = jobs.0.store.run(self.id).await.map_err(Error::from)?.ok_or(Error::NoRun(self.id))?;
        let asked = jobs.ask(New {
            job: run.job,
            why: "again",
            due: jobs.now(),
            inputs: run.inputs,
            priority: Some(run.priority),
            queue: run.queue,
            after: Vec::new(),
            open: Vec::new(),
        });
        Ok(asked.await?)
    }
}

/// Put a command into a queue; it runs in its turn, whether or not anybody waits
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Enqueue {
    /// What to execute, each word by itself
    #[arg(required = true, last = true)]
    pub command: Vec<String>,
    /// Into which queue
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub queue: Option<String>,
    /// A higher one goes first, -1000 to 1000
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, allow_negative_numbers = true)]
    pub priority: Option<i32>,
    /// Only after these runs have succeeded
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub after: Vec<RunId>,
    /// Where to run it; absolute
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub working_dir: Option<String>,
    /// Variables for its environment
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[arg(skip)]
    pub env: BTreeMap<String, String>,
}

impl Op for Enqueue {
    const NAME: &'static str = "job.enqueue";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = Run;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<Run, Fault> {
        if self.command.first().is_none_or(String::is_empty) {
            return Err(Fault::invalid("there is no command to run").hint("name one: hob queue -- make test"));
        }
        if let Some(word) = self.command.iter().find(|word| word.contains('\0')) {
            let shown = crate::text::brief(word);
            return Err(Fault::invalid(format!(
                "\"{shown}\" contains a NUL character, which no program can be given"
            )));
        }
        for (name, value) in &self.env {
            check_variable(name).map_err(Fault::invalid)?;
            if value.contains('\0') {
                return Err(Fault::invalid(format!("the value of {name} contains a NUL character")));
            }
        }
        if self.priority.is_some_and(|priority| !(-1000..=1000).contains(&priority)) {
            return Err(Fault::invalid("priority must be -1000 to 1000"));
        }
        let working_dir = match self.working_dir.map(PathBuf::from) {
            Some(path) if !path.is_absolute() => {
                let shown = path.display().to_string();
                return Err(Fault::invalid(format!(
                    "working_dir must be absolute, not \"{}\"",
                    crate::text::brief(&shown)
                )));
            }
            path => path,
        };
        let inputs = Inputs { command: self.command, working_dir, env: self.env, ..Inputs::default() };
        let due = jobs.now();
        loop {
            let open = jobs.check_after(&self.after).await?;
            let asked = jobs.ask(New {
                job: None,
                why: "asked",
                due,
                inputs: inputs.clone(),
                priority: self.priority,
                queue: self.queue.clone(),
                after: self.after.clone(),
                open,
            });
            match asked.await {
                // It is looked up again how that one ended.
                Err(Error::Moved(id)) => drop(jobs.wait_for(id).await?),
                asked => return Ok(asked?),
            }
        }
    }
}

/// End a run, or take it out of those that wait
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "CancelRun")]
pub struct Cancel {
    /// The number of the run
    pub id: RunId,
}

impl Op for Cancel {
    const NAME: &'static str = "job.cancel";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = super::LONG;
    type On = Handle;
    type Reply = Run;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<Run, Fault> {
        // Whoever asks for the end is told of it, so the wait begins before.
        let over = jobs.wait_for(self.id);
        tokio::pin!(over);
        if let Err(Error::NoRun(_)) = jobs.end(self.id, "was cancelled") {
            let run = over.await?;
            return Err(Error::Over { id: run.id, what: run.state.in_words().to_owned() }.into());
        }
        Ok(over.await?)
    }
}

/// Wait until a run is over
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "WaitRun")]
pub struct Wait {
    /// The number of the run
    pub id: RunId,
}

impl Op for Wait {
    const NAME: &'static str = "job.wait";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    const DEADLINE: Duration = AS_LONG_AS_IT_TAKES;
    type On = Handle;
    type Reply = Run;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<Run, Fault> {
        Ok(jobs.wait_for(self.id).await?)
    }
}

impl Handle {
    /// Makes a run that somebody has asked for; returns when it is recorded.
    async fn ask(&self, new: New) -> Result<Run, Error> {
        let (run, recorded) = self.want(new)?;
        match recorded.await {
            // Whoever is told that it failed must not see it run later.
            Err(error) if self.take_back(run.id) => Err(error),
            _ => Ok(run),
        }
    }

    /// That these runs are there, and may still do what they are for; the value are those that are not over.
    async fn check_after(&self, after: &[RunId]) -> Result<Vec<RunId>, Fault> {
        let mut open = Vec::new();
        for id in after {
            let run = self.0.store.run(*id).await.map_err(Error::from)?.ok_or(Error::NoRun(*id))?;
            match run.state {
                Standing::Succeeded => {}
                Standing::Queued | Standing::Running => open.push(*id),
                over => {
                    let error = Error::Over { id: *id, what: over.in_words().to_owned() };
                    return Err(Fault::from(error).hint("nothing can come after it any more"));
                }
            }
        }
        Ok(open)
    }
}

fn check_admin(call: &Call, what: &str) -> Result<(), Fault> {
    match Access::Admin <= call.caller.access {
        true => Ok(()),
        false => Err(Fault::new(crate::kernel::Code::Denied, format!("{what} need the access \"admin\""))),
    }
}
