//! Ends that cannot be recorded: those who wait are told all the same, and nothing is allowed by it.
//!
//! The rows are the truth, and a request is over when its row says so. But a row
//! can be unreachable for good: its page is damaged, an index leads elsewhere,
//! the record is not to be trusted any more. A command that has ended and whose
//! requester waits for ever helps nobody, so the requester is told what is known
//! to be so: it has not run and will not, or it ran and the record does not say
//! how that went. In memory the request is over then. Its row is left to the
//! next daemon, which finds it as after a crash.

use std::time::Duration;

use tokio::time::Instant;

use super::desk::Open;
use super::store::{Advanced, Moved};
use super::{Error, Handle};
use crate::audit;
use crate::kernel::Fault;

/// For so long it is tried to record something before those who wait for it are told; one attempt may itself
/// take five seconds, when somebody else holds the database.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

impl Handle {
    /// Why nothing is asked for or allowed, if what an earlier daemon left could not be taken up.
    pub(crate) fn trouble(&self) -> Option<Fault> {
        self.desk().not_taken_up.clone().map(|why| Error::NotTakenUp(why).into())
    }

    /// Takes over what came of a step after which nothing of a request runs, whatever that is.
    pub(super) fn settle(&self, id: &str, advanced: Advanced) {
        let why = match advanced {
            Advanced::To(request) | Advanced::Refused(_, request) => {
                if self.follow(request).state.is_over() {
                    return;
                }
                "its row in gate.db says something else"
            }
            Advanced::Gone => "its row in gate.db is gone",
        };
        self.end_unrecorded(id, why);
    }

    /// Takes over what has become of many.
    pub(super) fn moved(&self, Moved { to, gone }: Moved) {
        to.into_iter().for_each(|request| drop(self.follow(request)));
        self.are_gone(&gone);
    }

    /// There is no row of these any more.
    pub(super) fn are_gone(&self, ids: &[String]) {
        ids.iter().for_each(|id| self.end_unrecorded(id, "its row in gate.db is gone"));
    }

    /// After a failed attempt to record the end of something: whether it was the last one. Those who wait are
    /// told before it may be too late for them.
    pub(super) fn gives_up(&self, id: &str, error: &audit::Error, since: Instant) -> bool {
        tracing::error!(request = id, %error, "the end of a request could not be recorded yet");
        let is_last = error.is_lasting() || self.desk().closed;
        if is_last || PATIENCE <= since.elapsed() {
            self.end_unrecorded(id, &error.to_string());
        }
        is_last
    }

    fn end_unrecorded(&self, id: &str, why: &str) {
        let request = self.desk().get(id).map(Open::request);
        if let Some(request) = request.filter(|request| !request.state.is_over()) {
            tracing::error!(request = id, why, "a request has ended, and no row says so");
            self.follow(request.unrecorded(why));
        }
    }
}
