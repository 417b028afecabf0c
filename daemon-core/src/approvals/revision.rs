//! Which policy was in force when, and what a new one ends.
//!
//! Each revision is in the record before it rules on anything new that waits:
//! what it denies by now of all that waits for a person is ended, so that nobody
//! approves what would not be run.

use std::time::Duration;

use rusqlite::Transaction;
use serde_json::json;

use super::policy::{Effect, Revision};
use super::request::life::Event;
use super::request::state::State;
use super::store::{Happening, entry};
use super::subject::Facts;
use super::{Error, Handle};
use crate::audit::{self, Actor};

/// So many that wait are looked at before others have their turn.
const TOGETHER: usize = 64;
/// What takes longer to judge is judged when it is about to run.
const PATIENCE: Duration = Duration::from_secs(2);

/// Records each revision of the policy, the one in force first, unless it is the one `recorded` last.
pub(super) async fn follow(handle: &Handle, recorded: Option<u64>) -> Result<(), audit::Error> {
    let mut changes = handle.0.policy.changes();
    let first = handle.0.policy.current();
    if recorded != Some(first.revision().number) {
        handle.0.store.loaded(first.revision()).await?;
    }
    let mut stop = handle.0.tasks.stop();
    let handle = handle.clone();
    handle.0.tasks.clone().spawn("revisions of the policy", async move {
        loop {
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = stop.stopped() => return,
            }
            let policy = changes.borrow_and_update().clone();
            if let Err(error) = handle.0.store.loaded(policy.revision()).await {
                // It is, with the first request that it rules on.
                tracing::error!(%error, "a revision of the policy was not recorded yet");
            }
            handle.end_what_is_denied().await;
        }
    });
    Ok(())
}

impl Handle {
    /// Ends what waits and is denied by now.
    async fn end_what_is_denied(&self) {
        let waiting: Vec<String> = self.desk().pending().map(|request| request.id.clone()).collect();
        for some in waiting.chunks(TOGETHER) {
            for id in some {
                if let Err(error) = self.rule_again(id).await {
                    tracing::debug!(request = id, %error, "not ruled on again");
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn rule_again(&self, id: &str) -> Result<(), Error> {
        let found = self.desk().get(id).map(|open| (open.request(), std::sync::Arc::clone(&open.plan)));
        let Some((request, plan)) = found.filter(|(request, _)| request.state == State::Pending) else {
            return Ok(());
        };
        let opinion = self.opinion(Facts::of(&plan), &request.client_id);
        // Others wait for the same.
        let Ok(opinion) = tokio::time::timeout(PATIENCE, opinion).await else { return Ok(()) };
        let decision = opinion?.decision;
        if decision.effect != Effect::Deny {
            return Ok(());
        }
        let happening = Happening { event: Event::Outlawed { by: decision.by }, actor: Actor::daemon() };
        self.happens(&request.id, happening).await;
        Ok(())
    }
}

impl super::store::Store {
    /// The number and the digest of the last policy that was in force.
    pub(super) async fn last_revision(&self) -> Result<Option<(u64, String)>, audit::Error> {
        let found = self.db().read(|connection| {
            use rusqlite::OptionalExtension as _;
            let sql = "SELECT rev, sha256 FROM policies ORDER BY rev DESC LIMIT 1";
            connection
                .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))
                .optional()
        });
        Ok(found.await?)
    }

    /// Writes that a policy is in force, unless it was already.
    async fn loaded(&self, revision: &Revision) -> Result<(), audit::Error> {
        let revision = revision.clone();
        self.record(move |tx, leaves| record(tx, leaves, &revision)).await
    }
}

/// Writes that a policy is in force, unless it was already.
pub(super) fn record(
    tx: &Transaction<'_>,
    leaves: &mut audit::Leaves<'_>,
    revision: &Revision,
) -> rusqlite::Result<()> {
    let number = revision.number.cast_signed();
    if tx.prepare_cached("SELECT 1 FROM policies WHERE rev = ?")?.exists([number])? {
        return Ok(());
    }
    let sql = "INSERT INTO policies (rev, sha256, source, loaded_at) VALUES (?, ?, ?, ?)";
    let at = revision.loaded_at.as_microsecond();
    tx.execute(sql, (number, &revision.sha256, revision.source.join("\n"), at))?;
    let body = json!({"rev": revision.number.to_string(), "sha256": revision.sha256});
    let mut entry = entry("policy.loaded", Actor::daemon(), body);
    entry.policy = Some(revision.number);
    leaves.push(entry).map(drop)
}
