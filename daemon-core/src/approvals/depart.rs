//! What becomes of requests whose requester has gone.
//!
//! A request that waits belongs to the process that asked, or to its connection
//! where there is no process to be seen. When that has ended, nobody is to
//! approve it by mistake, so it is cancelled; unless it was asked for as one
//! that outlives its requester. Each connection with something that waits is
//! watched once, by the descriptor of its process.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, PoisonError};

use tokio::io::Interest;

use super::grants::{Grant, Scope, Standing};
use super::kinship::Party;
use super::request::life::Event;
use super::request::state::State;
use super::store::{Advanced, Happening};
use super::{Error, Handle};
use crate::audit::Actor;
use crate::home;
use crate::kernel::caller::Link;
use crate::kernel::{Caller, Client};
use crate::runs::child::watched_for;

/// Why it is cancelled.
const GONE: &str = "its requester has gone";
pub(super) const REVOKED: &str = "its client was revoked";
const CANCELLED: &str = "whoever asked does not want it any more";

/// Whether this is why something has not run: nobody wanted it.
pub(super) fn is_departure(because: &str) -> bool {
    [GONE, REVOKED, CANCELLED].contains(&because)
}

impl Handle {
    /// Sees to it that what this caller asks for does not wait for nobody.
    pub(super) fn watch_requester(&self, caller: &Caller) {
        let link = caller.link.clone();
        if self.watched().insert(link.number(), link.clone()).is_some() {
            return;
        }
        let handle = self.clone();
        let mut stop = self.0.tasks.stop();
        self.0.tasks.detach(async move {
            tokio::select! {
                () = gone(&link) => handle.requester_has_gone(&link).await,
                () = handle.wants_nothing(&link) => {}
                () = stop.stopped() => {}
            }
            handle.watched().remove(&link.number());
        });
    }

    /// Why nobody is to be asked, or to run anything, for this caller any more. Who had ended before he was looked
    /// at has left his connection to somebody else, or has closed it.
    pub(super) fn has_left(&self, caller: &Caller, party: &Party, is_detached: bool) -> Option<&'static str> {
        if !self.0.clients.is_enrolled(&caller.client) {
            return Some(REVOKED);
        }
        let process = caller.link.pidfd().filter(|_| party.is_known);
        let has_ended = process.map_or_else(|| caller.link.is_closed(), home::has_ended);
        (!is_detached && has_ended).then_some(GONE)
    }

    /// Why nobody wants something any more that has not been started.
    pub(super) fn unwanted(&self, id: &str) -> Option<&'static str> {
        let desk = self.desk();
        let open = desk.get(id)?;
        let request = open.request();
        let client = Client { id: request.client_id.clone().into(), name: request.client.clone().into() };
        if open.is_cancelled {
            return Some(CANCELLED);
        }
        if !self.0.clients.is_enrolled(&client) {
            return Some(REVOKED);
        }
        (!open.is_detached && open.holders.is_empty()).then_some(GONE)
    }

    /// Waits until a connection is closed and nothing that came over it is under way.
    async fn wants_nothing(&self, link: &Link) {
        link.closed().await;
        loop {
            let less = self.0.less.notified();
            if !self.desk().is_wanted_by(link.number()) {
                return;
            }
            less.await;
        }
    }

    async fn requester_has_gone(&self, link: &Link) {
        let alone = self.desk().leave_behind(link.number());
        for id in alone {
            if let Err(error) = self.cancel_pending(&id, Actor::daemon(), GONE).await {
                tracing::debug!(request = id, %error, "not cancelled");
            }
        }
    }

    /// Cancels what waits.
    pub(super) async fn cancel_pending(
        &self,
        id: &str,
        actor: Actor,
        why: &'static str,
    ) -> Result<(), Error> {
        let happening = Happening { event: Event::Cancelled(why), actor };
        match self.0.store.advance(id, vec![happening], self.now(), |_, _, _| Ok(())).await? {
            Advanced::To(request) => {
                self.follow(request);
                Ok(())
            }
            Advanced::Refused(why, request) => Err(Error::refused(why, request)),
            Advanced::Gone => {
                self.are_gone(&[id.to_owned()]);
                Err(Error::NoRequest(id.to_owned()))
            }
        }
    }

    /// Cancels what waits, keeps what is about to run from that, or ends what runs.
    pub(super) async fn cancel(&self, id: &str, actor: Actor) -> Result<(), Error> {
        let found = self.desk().get_mut(id).map(|open| {
            let state = open.request().state;
            let waits = matches!(state, State::Pending | State::Orphaned);
            if !waits {
                open.is_cancelled = true;
                open.unwanted.notify_one();
            }
            waits
        });
        match found {
            Some(true) => self.cancel_pending(id, actor, CANCELLED).await,
            Some(false) => Ok(()),
            None => Err(self.past(id).await?),
        }
    }

    /// A grant for a session ends with the connection that it was given to.
    pub(super) fn end_with_its_connection(&self, grant: &Grant) {
        let Some(number) = grant.link.filter(|_| grant.scope == Scope::Session) else { return };
        let link = self.watched().get(&number).cloned();
        let Some(link) = link else {
            self.end_later(&mut self.desk(), vec![grant.id.clone()], Standing::Expired);
            return;
        };
        let (weak, id) = (Arc::downgrade(&self.0), grant.id.clone());
        let mut stop = self.0.tasks.stop();
        self.0.tasks.detach(async move {
            tokio::select! {
                () = link.closed() => {}
                () = stop.stopped() => return,
            }
            if let Some(inner) = weak.upgrade() {
                let handle = Handle(inner);
                handle.end_later(&mut handle.desk(), vec![id], Standing::Expired);
            }
        });
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<u64, Link>> {
        self.0.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the process at the other end has ended, or, without one, until the connection has.
async fn gone(link: &Link) {
    match link.pidfd().map(ended) {
        Some(Ok(ended)) => ended.await,
        Some(Err(error)) => {
            tracing::warn!(%error, "a requester's process cannot be watched, so its connection is");
            link.closed().await;
        }
        None => link.closed().await,
    }
}

fn ended(pidfd: &OwnedFd) -> io::Result<impl Future<Output = ()> + use<>> {
    let watched = watched_for(pidfd.try_clone()?, Interest::READABLE)?;
    Ok(async move {
        if let Err(error) = watched.readable().await {
            tracing::warn!(%error, "a requester's process cannot be watched any more");
        }
    })
}
