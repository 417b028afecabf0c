//! What becomes of a run that goes on, but not as it should.
//!
//! It is said what is wrong, and shown as the reason of all that follows from it.
//! Whether the run is ended for that, and what comes after it, is for `state` to
//! decide.

use std::time::Duration;

use futures_util::FutureExt as _;

use super::Keeper;
use crate::services::health::Finding;
use crate::services::notify::{Life, Message, Sender};
use crate::services::spec::Signal;
use crate::services::state::{Cause, Event, State, Trouble, Wanted};
use crate::services::watchdog::Silence;

/// Messages that are looked at before silence is taken for silence.
const OVERHEARD: usize = 1000;

impl Keeper {
    /// Begins to look after a run that is ready.
    pub(super) fn look_after(&mut self) {
        if let (State::Running { ready: true, .. }, Some(run)) = (self.machine.state(), &mut self.run) {
            run.look_after(&self.common, &self.spec, self.run_number);
        }
    }

    /// Takes in what its health checks have found.
    pub(super) async fn found(&mut self, finding: Finding) {
        match finding {
            Finding::Healthy => {
                self.note("is healthy again".to_owned());
                self.reason = None;
                self.step(Event::Healthy(true)).await;
            }
            Finding::Unhealthy { failures, last, well } => {
                if matches!(self.machine.state(), State::Running { healthy: true, .. }) {
                    let why = match failures {
                        1 => format!("a check failed: {last}"),
                        many => format!("{many} checks in a row failed, the last one: {last}"),
                    };
                    self.note(format!("is unhealthy: {why}"));
                    self.give_reason(format!("unhealthy: {why}"));
                    self.step(Event::Healthy(false)).await;
                    // Whoever watches sees it, also if it is ended for that in the same moment.
                    self.publish();
                }
                self.step(Event::Trouble { what: Trouble::Unhealthy, well }).await;
            }
        }
    }

    /// Takes in what it says of itself.
    pub(super) async fn says(&mut self, message: Message, sender: Sender) {
        if !self.heeds(&message, sender) {
            return;
        }
        let now = self.common.runs.clock.uptime();
        if let Some(longer) = message.extend {
            self.step(Event::Extend { until: now.saturating_add(longer) }).await;
        }
        if message.watchdog == Some(Life::Hung) {
            self.hung("watchdog: it asks for it (WATCHDOG=trigger)".to_owned(), now).await;
        }
    }

    /// It may have been silent for too long; unless what it said waits to be heard, because this daemon
    /// itself was held up.
    pub(super) async fn silent(&mut self) {
        for _ in 0..OVERHEARD {
            let waiting = self.run.as_ref().and_then(|run| run.notify.as_ref()?.recv().now_or_never());
            let Some(Ok((message, sender))) = waiting else { break };
            self.says(message, sender).await;
        }
        let now = self.common.runs.clock.uptime();
        let watchdog = self.run.as_mut().and_then(|run| run.watchdog.as_mut());
        match watchdog.and_then(|watchdog| watchdog.silence(now)) {
            Some(Silence::Hung { limit, well }) => {
                self.hung(format!("watchdog: no sign of life for {limit}"), well).await;
            }
            Some(Silence::Unheard) => self.note(
                "has given no sign of life since it was adopted; its watchdog begins with the next one"
                    .to_owned(),
            ),
            None => {}
        }
    }

    async fn hung(&mut self, why: String, well: Duration) {
        if matches!(self.machine.state(), State::Running { .. }) {
            self.note(why.clone());
            self.give_reason(why);
            self.step(Event::Trouble { what: Trouble::Hung, well }).await;
        }
    }

    /// A run uses more than it may.
    pub(super) async fn exceeds(&mut self, why: String) {
        if matches!(self.machine.state(), State::Running { .. }) {
            self.note(format!("uses more than it may: {why}"));
            self.give_reason(why);
            let well = self.common.runs.clock.uptime();
            self.step(Event::Trouble { what: Trouble::Greedy, well }).await;
        }
    }

    /// Files have changed that it is restarted for, if anybody wants it to run.
    pub(super) async fn files_changed(&mut self, which: String) {
        if self.machine.wanted() != Wanted::Up {
            return;
        }
        match self.machine.state() {
            // What is about to run has the files as they are now.
            State::Stopped | State::Waiting | State::Stopping { again: true, cause: Cause::Asked, .. } => {
                return;
            }
            // Somebody has just mended it.
            State::Failed | State::Backoff { .. } => self.note(format!("{which}; starting again")),
            State::Starting | State::Running { .. } | State::Stopping { .. } => {
                self.note(format!("{which}; restarting"));
            }
        }
        self.renew();
        self.step(Event::Restart).await;
    }

    /// What a run is asked to end with: one that hangs by ABRT, which may leave a core dump to look into.
    pub(super) fn last_signal(&self) -> Signal {
        match self.machine.state() {
            State::Stopping { cause: Cause::Trouble { what: Trouble::Hung, .. }, .. } => Signal::ABRT,
            _ => self.spec.stop_signal,
        }
    }
}
