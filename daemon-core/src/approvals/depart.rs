//! What becomes of requests whose requester has gone.
//!
//! A request that waits belongs to the process that asked, or to its connection
//! where there is no process to be seen. When that has ended, nobody is to
//! approve it by mistake, so it is cancelled; unless it was asked for as one
//! that outlives its requester. Each process with something that waits is watched
//! once, by a descriptor of it, however many connections it makes for that.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::sync::watch;

use super::grants::{Grant, Scope, Standing};
use super::kinship::{Party, Who};
use super::request::Request;
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
pub(super) const GONE: &str = "its requester has gone";
pub(super) const REVOKED: &str = "its client was revoked";
const CANCELLED: &str = "whoever asked does not want it any more";

/// Between two looks at a process whose end is not told.
const PAUSE: Duration = Duration::from_secs(1);

/// Those whose end is waited for, and the ends of the connections by which they have asked.
pub(super) type Watched = BTreeMap<Who, BTreeMap<u64, watch::Receiver<bool>>>;

/// Whether this is why something has not run: nobody wanted it.
pub(super) fn is_departure(because: &str) -> bool {
    [GONE, REVOKED, CANCELLED].contains(&because)
}

impl Handle {
    /// Sees to it that what this caller asks for does not wait for nobody.
    pub(super) fn watch_requester(&self, caller: &Caller, party: &Party) {
        let (who, link) = (party.who(), &caller.link);
        let mut watched = self.watched();
        let is_watched = watched.contains_key(&who);
        let links = watched.entry(who).or_default();
        links.retain(|_, end| is_open(end));
        links.insert(link.number(), link.end());
        drop(watched);
        if is_watched {
            return;
        }
        let handle = self.clone();
        let gone = gone(link);
        let mut stop = self.0.tasks.stop();
        self.0.tasks.detach(async move {
            tokio::select! {
                () = gone => handle.requester_has_gone(who).await,
                () = handle.wants_nothing(who) => {}
                () = stop.stopped() => drop(handle.watched().remove(&who)),
            }
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

    /// Waits until nothing is under way that somebody wants, who is not watched then any more.
    async fn wants_nothing(&self, who: Who) {
        loop {
            let less = self.0.less.notified();
            if self.is_watched_for_nothing(who) {
                return;
            }
            less.await;
        }
    }

    /// Both under one lock: who wants something more meanwhile is watched anew, or still.
    fn is_watched_for_nothing(&self, who: Who) -> bool {
        let mut watched = self.watched();
        let wants_nothing = !self.desk().is_wanted_by(who);
        if wants_nothing {
            watched.remove(&who);
        }
        wants_nothing
    }

    async fn requester_has_gone(&self, who: Who) {
        // In this order, so that whoever is just being added is either left behind, too, or watched anew.
        self.watched().remove(&who);
        let alone = self.desk().leave_behind(who);
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

    /// Whether the connection by which somebody has asked for what waits is open still.
    pub(super) fn is_connected(&self, request: &Request) -> bool {
        let link = request.party.as_ref().and_then(|party| self.end_of(party.link));
        link.is_some_and(|end| is_open(&end))
    }

    /// The end of a connection by which something was asked for that waits.
    fn end_of(&self, link: u64) -> Option<watch::Receiver<bool>> {
        self.watched().values().find_map(|links| links.get(&link).cloned())
    }

    /// A grant for a session ends with the connection that it was given to.
    pub(super) fn end_with_its_connection(&self, grant: &Grant) {
        let Some(number) = grant.link.filter(|_| grant.scope == Scope::Session) else { return };
        let Some(mut end) = self.end_of(number) else {
            self.end_later(&mut self.desk(), vec![grant.id.clone()], Standing::Expired);
            return;
        };
        let (weak, id) = (Arc::downgrade(&self.0), grant.id.clone());
        let mut stop = self.0.tasks.stop();
        self.0.tasks.detach(async move {
            tokio::select! {
                // Nobody is left to close it: that is an end, too.
                _ = end.wait_for(|is_closed| *is_closed) => {}
                () = stop.stopped() => return,
            }
            if let Some(inner) = weak.upgrade() {
                let handle = Handle(inner);
                handle.end_later(&mut handle.desk(), vec![id], Standing::Expired);
            }
        });
    }

    pub(super) fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a connection can still be closed.
fn is_open(end: &watch::Receiver<bool>) -> bool {
    !*end.borrow() && end.has_changed().is_ok()
}

/// Waits until the process at the other end has ended, or, without one, until the connection has. It keeps
/// one descriptor of its own, and nothing of the connection.
fn gone(link: &Link) -> impl Future<Output = ()> + Send + use<> {
    let watched = link.pidfd().map(watched);
    let mut end = link.end();
    // Where it is not told, it is looked at.
    let looked_at = matches!(watched, Some(Err(_))).then(|| link.clone());
    async move {
        match watched {
            Some(Ok(process)) => {
                if let Err(error) = process.readable().await {
                    tracing::warn!(%error, "a requester's process cannot be watched any more");
                }
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "a requester's process cannot be watched, so it is looked at");
                while looked_at.as_ref().and_then(Link::pidfd).is_some_and(|it| !home::has_ended(it)) {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            None => drop(end.wait_for(|is_closed| *is_closed).await),
        }
    }
}

fn watched(pidfd: &OwnedFd) -> io::Result<tokio::io::unix::AsyncFd<OwnedFd>> {
    watched_for(pidfd.try_clone()?, Interest::READABLE)
}
