//! What becomes of a run that goes on, but not as it should.
//!
//! It is said what is wrong, and shown as the reason of all that follows from it.
//! Whether the run is ended for that, and what comes after it, is for `state` to
//! decide.

use super::Keeper;
use crate::services::health::Finding;
use crate::services::state::{Event, State, Trouble};

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
}
