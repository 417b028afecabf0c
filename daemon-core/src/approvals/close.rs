//! What ends all at once: everything of a client that is revoked, and grants that are taken back.

use super::depart::REVOKED;
use super::grants::{Grant, Standing};
use super::request::life::Event;
use super::request::state::State;
use super::store::Happening;
use super::{Error, Handle};
use crate::audit::Actor;
use crate::kernel::Client;

/// Which grants are meant.
#[derive(Debug, Clone)]
pub(super) enum Meant {
    /// This one.
    One(String),
    /// All that a client of this name has.
    Of(String),
    /// All there are.
    All,
}

impl Handle {
    /// A client is none any more: nothing of it waits, and nothing is allowed to it.
    pub(super) async fn close_client(&self, client: &Client) {
        let (waiting, granted) = {
            let mut desk = self.desk();
            desk.past.forget(&client.id);
            let own = |id: &str| id == client.id;
            let waits = |state| matches!(state, State::Pending | State::Orphaned);
            let waiting = desk.all().filter(|request| own(&request.client_id) && waits(request.state));
            let waiting: Vec<String> = waiting.map(|request| request.id.clone()).collect();
            let granted = desk.grants.iter().filter(|grant| own(&grant.client));
            (waiting, granted.map(|grant| grant.id.clone()).collect())
        };
        let happening = Happening { event: Event::Cancelled(REVOKED), actor: Actor::daemon() };
        match self.0.store.advance_all(waiting, happening, self.now(), |_| {}).await {
            Ok(cancelled) => self.moved(cancelled),
            Err(error) => tracing::error!(%error, "what a revoked client had asked for was not cancelled"),
        }
        if let Err(error) = self.end_grants(granted, Standing::Revoked, Actor::daemon()).await {
            tracing::error!(%error, "the end of a revoked client's grants was not recorded");
        }
    }

    /// Takes grants back; those that held until now.
    pub(super) async fn revoke(&self, meant: Meant, actor: Actor) -> Result<Vec<Grant>, Error> {
        let grants: Vec<Grant> = {
            let desk = self.desk();
            let is_meant = |grant: &&Grant| match &meant {
                Meant::One(id) => grant.id == *id,
                Meant::Of(name) => grant.name == *name,
                Meant::All => true,
            };
            desk.grants.iter().filter(is_meant).cloned().collect()
        };
        if let Meant::One(id) = meant
            && grants.is_empty()
        {
            return Err(Error::NoGrant(id));
        }
        let ids = grants.iter().map(|grant| grant.id.clone()).collect();
        self.end_grants(ids, Standing::Revoked, actor).await?;
        Ok(grants.into_iter().map(|grant| Grant { state: Standing::Revoked, ..grant }).collect())
    }
}
