//! The life of one run, from its launch to the last line of its log.

use fs_err::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hob_launch::Report;
use rustix::process::Signal;

use super::Keeper;
use crate::runs::child::Exit;
use crate::runs::logs::RunLog;
use crate::services::error::Error;
use crate::services::notify::{Message, Sender};
use crate::services::run::{self, Run, begin};
use crate::services::state::{Cause, Event, State};
use crate::services::{sentence, store};

/// How long the last lines of a run may take to arrive once its processes are gone.
const LAST_LINES: Duration = Duration::from_millis(500);
/// How long what a stopped process has left may take to end by itself.
const LAST_BREATH: Duration = Duration::from_millis(100);
/// The same of one that has ended well and by itself. What is there after that was meant to stay.
const FAREWELL: Duration = Duration::from_millis(500);

impl Keeper {
    pub(super) async fn begin_run(&mut self) -> Result<(), Error> {
        self.run_number += 1;
        self.reason = None;
        self.done = false;
        self.common.probed.forget(&self.name);
        let mut run = begin(&self.common, &self.spec, self.run_number, self.spare.take()).await?;
        run.limit(&self.common, &self.name, &self.spec, self.run_number);
        self.group.store(run.child.pid(), Ordering::Relaxed);
        self.run = Some(Box::new(run));
        self.common.starts.send_modify(|starts| *starts += 1);
        Ok(())
    }

    pub(super) async fn reported(&mut self, report: std::io::Result<Report>) {
        let Some(run) = &mut self.run else { return };
        run.child.decided();
        let pid = run.child.pid();
        match report {
            Ok(Report::Failed(failure)) => {
                let text = run.explain(&failure);
                self.unlaunched(text, run::is_transient(&failure)).await;
            }
            Ok(Report::Started | Report::Pending) => self.launched(pid).await,
            Err(error) => {
                // Whether its program runs cannot be known now.
                run.child.signal_group(Signal::KILL);
                self.unlaunched(format!("the launcher: {error}"), false).await;
            }
        }
    }

    async fn launched(&mut self, pid: i32) {
        self.note(format!("started with pid {pid}"));
        self.step(Event::Launched).await;
        let Some(run) = &mut self.run else { return };
        match self.machine.state() {
            State::Running { ready: false, .. } => run.probe(&self.common, &self.spec),
            _ => {
                run.settle();
                self.look_after();
            }
        }
    }

    async fn unlaunched(&mut self, text: String, transient: bool) {
        if let Some(run) = self.run.take() {
            run.child.ended().await;
            self.close(run.log).await;
        }
        self.give_reason(text);
        self.step(Event::Unlaunched { transient }).await;
        self.outcome();
    }

    pub(super) async fn probed(&mut self, outcome: Result<(), String>) {
        if let Some(run) = &mut self.run {
            run.settle();
        }
        match outcome {
            Ok(()) => {
                self.note("is ready".to_owned());
                self.common.store.ready(&self.name, self.run_number);
                self.step(Event::Ready).await;
                self.look_after();
            }
            Err(why) => {
                self.note(format!("was {why}"));
                self.give_reason(why);
                self.step(Event::NotReady).await;
            }
        }
    }

    /// Takes in what its run says of itself; whether it is one of its processes that says so.
    pub(super) fn heeds(&mut self, message: &Message, sender: Sender) -> bool {
        let (trees, now) = (&self.common.runs.trees, self.common.runs.clock.uptime());
        let Some(run) = &mut self.run else { return false };
        if !run.hear(trees, message, sender, now) {
            return false;
        }
        if let Some(main) = message.main_pid.and_then(|pid| run.follow(trees, pid)) {
            self.group.store(main.pid, Ordering::Relaxed);
            self.common.store.main_is(&self.name, self.run_number, main.pid, main.ticks);
            self.note(format!("its main process is pid {} now", main.pid));
        }
        true
    }

    pub(super) async fn ended(&mut self, exit: Exit) {
        let main = self.run.as_ref().map(|run| run.child.pid());
        // Its last words may have been which process is the main one from now on.
        while let Some((message, sender)) = self.run.as_ref().and_then(|run| run.last_words()) {
            self.heeds(&message, sender);
        }
        if main != self.run.as_ref().map(|run| run.child.pid()) {
            return;
        }
        let Some(mut run) = self.run.take() else { return };
        run.let_be();
        let uptime = self.common.runs.clock.uptime().saturating_sub(run.began) + run.before;
        let mut success = matches!(exit, Exit::Code(code) if self.spec.success_codes.contains(&code));
        let (asked, patience) = match self.machine.state() {
            State::Stopping { cause: Cause::Asked, killed: false, .. } => (true, LAST_BREATH),
            State::Stopping { cause: Cause::Asked, .. } => (true, Duration::ZERO),
            _ if success => (false, FAREWELL),
            _ => (false, Duration::ZERO),
        };
        let blamed = matches!(
            self.machine.state(),
            State::Stopping { cause: Cause::NotReady | Cause::Trouble { .. }, .. }
        );
        let left = self.common.runs.trees.end(&run.tree, patience).await;
        run.child.reap();
        let mut ending = sentence::ending(exit, uptime);
        if let Some(starved) = run.tree.starved().filter(|_| !success) {
            ending = format!("{ending}, {starved}");
        }
        if success && !asked && !left.is_empty() {
            // It has not done its work but has gone to the background, where nobody can watch it.
            success = false;
            ending = left.of_daemon(&ending, self.spec.is_notified());
        }
        let now = self.common.runs.clock.now();
        self.common.store.ended(&self.name, self.run_number, now, ending.clone());
        self.note(ending.clone());
        let told = left.told();
        if let Some(told) = &told {
            self.note(told.clone());
        }
        let effect = self.decide(Event::Exited { success });
        let is_followed = effect.is_some() || matches!(self.machine.state(), State::Backoff { .. });
        self.spare = if is_followed && left.is_empty() { run.tree.spare() } else { None };
        let (error_line, former) = match effect {
            // Its successor's log is opened after its own is closed; there is no need to wait here.
            Some(_) => (None, Some(run)),
            None => (self.bury(*run).await, None),
        };
        self.group.store(0, Ordering::Relaxed);
        self.done = success && !asked && !blamed;
        if !blamed {
            self.reason = if asked { told } else { Some(sentence::with_last_line(ending, error_line)) };
        }
        self.tell_if_given_up();
        self.outcome();
        self.act(effect).await;
        // To let go of a cgroup and of descriptors takes the kernel a while.
        drop(former);
    }

    pub(super) fn tell_if_given_up(&mut self) {
        let crashes = self.machine.crashes();
        if self.machine.state() == &State::Failed && 1 < crashes {
            let reason = self.reason.take().unwrap_or_default();
            self.reason = Some(format!("gave up after {crashes} crashes in a row: {reason}"));
        }
    }

    /// Waits for a run's last lines, and returns the last one on standard error.
    async fn bury(&mut self, run: Run) -> Option<String> {
        self.group.store(0, Ordering::Relaxed);
        let log = run.log?;
        if log.has_ended() {
            return log.last_error_line();
        }
        // A run that was ended before it opened its output has had no writer whose going could be seen.
        for fifo in [log.out(), log.err()] {
            drop(fs_err::OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(fifo));
        }
        if tokio::time::timeout(LAST_LINES, log.ended()).await.is_err() {
            self.note("left processes behind that keep its output open".to_owned());
        }
        let line = log.last_error_line();
        self.close(Some(log)).await;
        line
    }

    async fn close(&mut self, log: Option<RunLog>) {
        if let Some(log) = log
            && let Err(error) = log.close().await
        {
            tracing::error!(service = %self.name, %error, "the log was not closed well");
        }
    }

    /// Notes what became of it, where that is more than its last run's end.
    pub(super) fn outcome(&mut self) {
        let text = match self.machine.state() {
            State::Failed => match &self.reason {
                Some(reason) => format!("failed: {reason}"),
                None => "failed".to_owned(),
            },
            State::Backoff { until } => {
                let wait = until.saturating_sub(self.common.runs.clock.uptime());
                format!(
                    "starts again in {} (crash {} in a row)",
                    sentence::duration(wait),
                    self.machine.crashes()
                )
            }
            State::Stopped => "stopped".to_owned(),
            _ => return,
        };
        self.note(text);
    }

    pub(super) fn give_reason(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    pub(super) fn note(&mut self, text: String) {
        tracing::debug!(service = %self.name, "{text}");
        let event = store::Event { at: self.common.runs.clock.now(), run: self.run_number, text };
        self.common.store.event(&self.name, event.clone());
        // Nobody may be following.
        self.common.events.send((Arc::clone(&self.name), event)).ok();
    }
}
