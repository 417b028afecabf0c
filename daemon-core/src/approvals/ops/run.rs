//! Asking for a command.

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::desk::Ticket;
use super::super::request::answer::Answer;
use super::super::submit::Asked;
use super::AS_LONG_AS_IT_TAKES;
use super::follow::{FollowItem, followed};
use crate::config::Span;
use crate::exec::Wanted;
use crate::kernel::{Access, Call, Effect, Fault, Feed, Op};

/// Ask for a command to be run once: by policy or by a person's yes, exactly as it is shown to them
///
/// The command is a program and its arguments, each by itself; nothing is given to a shell. The call waits for the
/// decision and for the end of the command, and answers with its exit status and output. A no is `denied`, an answer
/// that nobody gave is `timeout`, and what is still waiting when `wait` is over is `pending`, with the request's id in
/// `data.request`. What waits is cancelled when the process that asked ends, and by `request.cancel`; to cancel
/// the call ends only the waiting.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RunCommand")]
pub struct Run {
    /// What to run: `argv`, and where it runs, with which variables, input, files and limits
    #[command(flatten)]
    #[serde(deserialize_with = "Wanted::of_object")]
    pub command: Wanted,
    /// What it is for, in at most 500 characters; whoever decides is told that nobody has verified it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A name for this one wish: asking again with it is the same request, also after a restart of the daemon
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Do not wait for anything, and let it go on without me
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub detach: bool,
    /// Wait no longer than this, such as `5m` or `0s`; what was asked for goes on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TIME")]
    pub wait: Option<Span>,
}

impl Op for Run {
    const NAME: &'static str = "exec.run";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    const DEADLINE: Duration = AS_LONG_AS_IT_TAKES;
    const MAX_BODY: usize = 256 << 10;
    type On = Handle;
    type Reply = Answer;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Answer, Fault> {
        let wait = match self.detach {
            true => Some(Duration::ZERO),
            false => self.wait.map(Span::get),
        };
        let asked =
            Asked { command: self.command, reason: self.reason, key: self.key, detached: self.detach };
        let ticket = approvals.submit(asked, &call.caller).await?;
        approvals.wait_for(ticket, wait).await
    }
}

/// Ask for a command as `exec.run` does, and follow it: states, output, and in the end the answer
///
/// One call where `exec.run` and `request.follow` are two. The first item says which request it is; what cannot even
/// be asked for is a fault instead of it. A request that waits is cancelled when the process that asked ends, and not
/// when this feed does.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "FollowCommand")]
pub struct RunAndFollow {
    /// What to run, as for `exec.run`
    #[command(flatten)]
    #[serde(deserialize_with = "Wanted::of_object")]
    pub command: Wanted,
    /// What it is for, as for `exec.run`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A name for this one wish, as for `exec.run`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Let it go on without me
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub detach: bool,
}

impl Feed for RunAndFollow {
    const NAME: &'static str = "exec.follow";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = <Run as Op>::MAX_BODY;
    type On = Handle;
    type Item = FollowItem;

    fn open(
        self,
        approvals: &Handle,
        call: &Call,
    ) -> Result<impl futures_util::Stream<Item = Result<FollowItem, Fault>> + Send + 'static, Fault> {
        let RunAndFollow { command, reason, key, detach: detached } = self;
        let asked = Asked { command, reason, key, detached };
        Ok(followed(approvals.submit(asked, &call.caller)))
    }
}

impl Handle {
    /// Waits until a request is over, or for so long; the answer, or why there was nothing to run.
    pub(super) async fn wait_for(&self, mut ticket: Ticket, wait: Option<Duration>) -> Result<Answer, Fault> {
        let over = ticket.progress.wait_for(|request| request.state.is_over());
        // However that ends, what it is then is the answer.
        match wait {
            Some(Duration::ZERO) => drop(over),
            Some(wait) => drop(tokio::time::timeout(wait, over).await),
            None => drop(over.await),
        }
        let request = ticket.progress.borrow().clone();
        let kept = self.desk().kept(&request.id);
        let answer = Answer::of(&request, kept.as_deref());
        match answer.fault(&request) {
            Some(fault) => Err(fault),
            None => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_no_object_is_told_what_one_is() {
        for command in [r#"["git","status"]"#, r#""git status""#, r#"[["ls","-l"]]"#, "null", "3"] {
            let json = format!(r#"{{"command":{command}}}"#);
            for error in [
                serde_json::from_str::<Run>(&json).unwrap_err(),
                serde_json::from_str::<RunAndFollow>(&json).unwrap_err(),
            ] {
                let told = error.to_string();
                let object = r#"an object as the command: {"argv": ["git", "status"], "cwd": "/..."}"#;
                assert!(told.contains(object) && !told.contains("Wanted"), "{told}");
            }
        }
        let run: Run = serde_json::from_str(r#"{"command":{"argv":["ls","-l"]}}"#).unwrap();
        assert_eq!(run.command.argv.len(), 2);
    }
}
