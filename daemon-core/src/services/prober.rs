//! What a probe needs of one run: its output, its messages, its environment.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};
use hob_launch::{Output, Plan, Report, launch};
use regex::Regex;
use rustix::process::Signal;
use tokio::sync::watch;

use super::probed::Witness;
use super::ready::Service;
use super::spec::resolve;
use crate::kernel::clock::Clock;
use crate::kernel::tasks::Tasks;
use crate::runs::child::{Child, Exit};

/// A line of output that is waited for since before the process was started, so that none is missed.
pub(super) type Matched = Shared<BoxFuture<'static, Option<String>>>;

pub(super) struct Prober {
    pub(super) commands: Commands,
    pub(super) matched: Option<Matched>,
    pub(super) said: watch::Receiver<Said>,
    pub(super) clock: Clock,
    pub(super) witness: Witness,
}

/// What a service has said of its start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    pub(super) ready: bool,
    /// It wants to be waited for until then, at least.
    pub(super) until: Duration,
}

/// What it takes to run a command as the service is run.
pub(super) struct Commands {
    /// How the service was started.
    pub(super) plan: Plan,
    pub(super) launcher: PathBuf,
    pub(super) tasks: Tasks,
}

impl Service for Prober {
    async fn run(&self, command: &[String]) -> Result<(), String> {
        self.commands.run(command).await
    }

    async fn line(&self, _: &Regex) -> Result<(), String> {
        match &self.matched {
            Some(matched) => matched.clone().await.map(drop).ok_or_else(|| "its output has ended".to_owned()),
            None => Err("its output is not looked at".to_owned()),
        }
    }

    async fn notified(&self) -> Result<(), String> {
        let mut said = self.said.clone();
        let heard = said.wait_for(|said| said.ready).await;
        heard.map(drop).map_err(|_| "it can say nothing any more".to_owned())
    }

    fn tried(&self, outcome: &Result<(), String>) {
        self.witness.saw(outcome);
    }

    async fn patience(&self, usual: Duration) -> Duration {
        let mut said = self.said.clone();
        let began = self.clock.uptime();
        loop {
            let until = said.borrow_and_update().until.max(began + usual);
            tokio::select! {
                () = self.clock.sleep_until(until) => return until.saturating_sub(began),
                Ok(()) = said.changed() => {}
            }
        }
    }
}

impl Commands {
    /// Runs a command to its end; if the future is dropped before that, its process group is killed.
    pub(super) async fn run(&self, command: &[String]) -> Result<(), String> {
        let path = self.plan.env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
        let program = resolve(&command[0], path, &self.plan.dir).map_err(|error| error.to_string())?;
        let plan = Plan {
            program,
            argv: command.iter().map(Into::into).collect(),
            stdin: None,
            stdout: Output::Null,
            stderr: Output::Null,
            ..self.plan.clone()
        };
        let launched =
            launch(&self.launcher, &plan).and_then(Child::of).map_err(|error| error.to_string())?;
        Attempt { child: Some(launched), tasks: &self.tasks }.outcome(&plan).await
    }
}

/// A command under way; when it is dropped, it is killed.
struct Attempt<'a> {
    child: Option<Child>,
    tasks: &'a Tasks,
}

impl Attempt<'_> {
    async fn outcome(mut self, plan: &Plan) -> Result<(), String> {
        let child = self.child.as_ref().expect("it is taken when it has ended");
        let report = child.report().await.map_err(|error| error.to_string())?;
        let exit = child.ended().await;
        self.child = None;
        match (report, exit) {
            (Report::Failed(failure), _) => Err(hob_launch::explain(plan, &failure)),
            (_, Exit::Code(0)) => Ok(()),
            (_, exit) => Err(format!("{} {exit}", plan.argv[0].to_string_lossy())),
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let Some(child) = self.child.take() else { return };
        child.signal_group(Signal::KILL);
        self.tasks.detach(async move {
            child.ended().await;
        });
    }
}
