//! What a unit waits for: whatever happens to its service next.
//!
//! A task is as large as all that it may wait for at once, whether it does or
//! not, and most units do nothing else but wait for the end of their process or
//! a command. So what is waited for seldom is boxed, and made only then.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::OptionFuture;
use hob_launch::Report;

use super::mailbox::Receiver;
use super::others::any_changes;
use super::{Command, Keeper};
use crate::runs::child::{Child, Exit};
use crate::services::common::Common;
use crate::services::health::Finding;
use crate::services::notify::{Message, Sender};
use crate::services::run::Run;
use crate::services::state::State;
use crate::system::Pause;

/// What has happened.
pub(super) enum Heard {
    Command(Option<Command>),
    Report(std::io::Result<Report>),
    Ended(Exit),
    Probed(Result<(), String>),
    Found(Finding),
    Says(Message, Sender),
    /// Its watchdog has not heard it for so long as it may be silent.
    Silence,
    /// It uses more than it may.
    Exceeds(String),
    OthersChanged,
    /// A pause that holds its start has begun, has ended or lasts for another time.
    Paused,
    Deadline,
}

impl Keeper {
    pub(super) async fn hear(&mut self, commands: &mut Receiver<Command>) -> Heard {
        let held = matches!(self.machine.state(), State::Backoff { .. }).then(|| self.held.clone());
        let deadline = self.machine.deadline().map(|at| Box::pin(due(&self.common, at, held)));
        let deadline = OptionFuture::from(deadline);
        let open = !(self.leaving && commands.is_abandoned());
        let Some(run) = self.run.as_deref_mut() else {
            let others = &mut self.others;
            return tokio::select! {
                biased;
                command = commands.recv(), if open => Heard::Command(command),
                () = any_changes(others), if !others.is_empty() => Heard::OthersChanged,
                Some(due) = deadline => due,
                else => Heard::Command(None),
            };
        };
        let Run { child, probe, checks, notify, watchdog, limited, .. } = run;
        let silence = watchdog.as_ref().and_then(|watchdog| watchdog.deadline());
        let silence = silence.map(|at| Box::pin(self.common.runs.clock.sleep_until(at)));
        let excess = limited.as_mut().map(|entry| Box::pin(entry.exceeded()));
        let message = notify.as_ref().map(|socket| Box::pin(socket.recv()));
        tokio::select! {
            biased;
            news = news(child) => news,
            command = commands.recv(), if open => Heard::Command(command),
            Some(due) = deadline => due,
            Some(outcome) = OptionFuture::from(probe.as_mut()) => Heard::Probed(outcome),
            Some(Some(finding)) = OptionFuture::from(checks.as_mut().map(|checks| checks.next())) => {
                Heard::Found(finding)
            }
            Some(()) = OptionFuture::from(silence) => Heard::Silence,
            Some(why) = OptionFuture::from(excess) => Heard::Exceeds(why),
            // The last, so that a service that never stops talking holds up nothing else.
            Some(Ok((message, sender))) = OptionFuture::from(message) => Heard::Says(message, sender),
        }
    }
}

/// Waits for a deadline; a start after a crash waits for the end of a pause, too, and tells of another pause than
/// the one that is shown.
async fn due(common: &Common, at: Duration, held: Option<Option<Pause>>) -> Heard {
    let Some(shown) = held else {
        common.runs.clock.sleep_until(at).await;
        return Heard::Deadline;
    };
    let mut pauses = common.system.pauses();
    let start = async {
        common.runs.clock.sleep_until(at).await;
        common.system.unpaused().await;
    };
    tokio::select! {
        () = start => Heard::Deadline,
        Ok(_) = pauses.wait_for(|pause| *pause != shown) => Heard::Paused,
    }
}

/// Waits for what becomes of the process: whether its program runs, and then its end.
async fn news(child: &Child) -> Heard {
    if child.is_launching() { Heard::Report(child.report().await) } else { Heard::Ended(child.over().await) }
}
