//! What the policy says of a command, found out where that holds up nobody.
//!
//! To judge is to look where paths lead, and a path may lead to where nothing ever
//! answers. So it is done by a thread that may wait, in the turn of the client that
//! it is for; whoever acts on it later looks only whether that policy is in force.

use std::sync::Arc;

use super::policy::{Decision, Policy};
use super::subject::Facts;
use super::{Error, Handle};
use crate::exec::Bytes;

/// What one policy says.
pub(super) struct Opinion {
    pub(super) policy: Arc<Policy>,
    pub(super) facts: Arc<Facts>,
    pub(super) decision: Decision,
    /// Files whose contents some rule wants to know.
    pub(super) files: Vec<Bytes>,
}

impl Opinion {
    /// Looks, and may have to wait for that.
    pub(super) fn of(policy: Arc<Policy>, facts: Facts) -> Opinion {
        let subject = facts.subject();
        let files = policy.files_wanted(&subject).into_iter().filter_map(|at| facts.file(at)).collect();
        let decision = policy.decide(&subject);
        // What grants ask of its paths is asked where nobody may wait.
        facts.looked.close();
        Opinion { policy, facts: Arc::new(facts), decision, files }
    }
}

impl Handle {
    /// What the policy that is in force says of a command of a client.
    pub(super) async fn opinion(&self, facts: Facts, client: &str) -> Result<Opinion, Error> {
        let _turn = self.0.turns.turn(client).await;
        let policy = self.0.policy.current();
        let judged = tokio::task::spawn_blocking(move || Opinion::of(policy, facts)).await;
        judged.map_err(|_| Error::Stopping)
    }
}
