//! What a request is for: its plan, and the form in which that is hashed, stored and recorded.

use std::sync::Arc;

use super::subject::Facts;
use super::{Error, Handle};
use crate::exec::{Digest, Drift, Opened, Plan, Wanted};
use crate::kernel::Client;

/// A plan, written down once for all who need it so.
pub(super) struct Planned {
    pub(super) plan: Arc<Plan>,
    pub(super) canonical: Vec<u8>,
    pub(super) digest: Digest,
    /// What may be run at once, as long as nobody has taken it.
    pub(super) opened: Option<Opened>,
}

impl Handle {
    /// The plan of a command, with the files in it of which a rule wants to know the content.
    pub(super) async fn plan(&self, command: &Wanted, client: &Client) -> Result<Planned, Error> {
        let _turn = self.turn(&client.id).await;
        if self.desk().closed {
            return Err(Error::Stopping);
        }
        let client = &*client.name;
        let mut planned = self.0.exec.plan(command.clone(), client).await?;
        let facts = Facts::of(&planned.0);
        let wanted = self.0.policy.current().files_wanted(&facts.subject());
        if !wanted.is_empty() {
            let mut command = command.clone();
            command.files.extend(wanted.into_iter().filter_map(|argument| facts.file(argument)));
            // What is no file fits no rule that wants one.
            planned = self.0.exec.plan(command, client).await.unwrap_or(planned);
        }
        let (plan, opened) = planned;
        let canonical = plan.canonical();
        let digest = Digest::of(&canonical);
        Ok(Planned { plan: Arc::new(plan), canonical, digest, opened })
    }

    /// Opens what is to run.
    pub(super) async fn open(&self, plan: &Plan, client: &str) -> Result<Opened, Drift> {
        let _turn = self.turn(client).await;
        self.0.exec.open(plan).await
    }
}
