//! What an earlier daemon has left, and what becomes of it.
//!
//! What waited for a person is an orphan: it is shown, approving it runs
//! nothing, and its client may take it up again by asking for the same with the
//! same key. What was approved and not claimed has not run, and will not. What
//! was claimed may have run in part: nobody knows, and it is never run again.

use std::sync::Arc;

use super::desk::{Open, Ticket};
use super::fellows::ASKERS;
use super::grants::{Scope, Standing};
use super::kinship::Party;
use super::planned::Planned;
use super::request::Request;
use super::request::life::{Event, Moment, Term};
use super::request::state::State;
use super::store::{Advanced, Happening};
use super::{Error, Handle};
use crate::audit::{self, Actor};
use crate::clients;
use crate::exec::Plan;
use crate::kernel::{Caller, Client};

/// So many are dealt with in one commit.
const TOGETHER: usize = 500;

/// Finds what is there, and says so in the record before anybody asks for more.
pub(super) async fn take_up(handle: &Handle) -> Result<(), audit::Error> {
    take_up_grants(handle).await?;
    let left = handle.0.store.all_open().await?;
    let now = handle.now();
    let unfinished: Vec<String> =
        left.iter().filter(|it| it.state != State::Orphaned).map(|request| request.id.clone()).collect();
    let mut found: Vec<Request> = left.into_iter().filter(|it| it.state == State::Orphaned).collect();
    let happening = Happening { event: Event::Found, actor: Actor::daemon() };
    for some in unfinished.chunks(TOGETHER) {
        let waits_on = move |request: &mut Request| {
            request.term = Some(what_is_left(request, now));
            request.askers_become_former();
        };
        found.extend(handle.0.store.advance_all(some.to_vec(), happening.clone(), now, waits_on).await?.to);
    }
    for request in found.into_iter().filter(|request| request.state == State::Orphaned) {
        let Some(plan) = handle.0.store.plan(&request.plan).await? else {
            tracing::error!(request = request.id, "the plan of a request cannot be read");
            continue;
        };
        keep_orphan(handle, request, plan, now);
    }
    Ok(())
}

fn keep_orphan(handle: &Handle, mut request: Request, plan: Plan, now: Moment) {
    request.term = Some(what_is_left(&request, now));
    request.askers_become_former();
    let shown = request.clone();
    request.rev = request.rev.saturating_sub(1);
    let mut open = Open::new(request, Arc::new(plan), Party::nobody(), handle.0.activity.hold());
    open.holders.clear();
    handle.desk().begin(open);
    handle.follow(shown);
}

/// The clock that nobody can set began anew with this daemon: what is left by the other one is left.
fn what_is_left(request: &Request, now: Moment) -> Term {
    let left = request.expires.duration_since(now.wall);
    let left = std::time::Duration::try_from(left).unwrap_or_default();
    let ends = Moment { wall: request.expires, uptime: now.uptime + left };
    Term { ends, at_last: ends }
}

/// Which grants of an earlier daemon still hold.
async fn take_up_grants(handle: &Handle) -> Result<(), audit::Error> {
    let now = handle.now();
    let mut ended = Vec::new();
    for (mut grant, boot) in handle.0.store.grants().await? {
        let client = Client { id: grant.client.clone().into(), name: grant.name.clone().into() };
        let holds = handle.0.clients.is_enrolled(&client)
            && match grant.scope {
                Scope::Always | Scope::Until(_) => true,
                Scope::For(span) => {
                    let left = grant.ends.map(|ends| ends.duration_since(now.wall));
                    let left = left.and_then(|left| std::time::Duration::try_from(left).ok());
                    grant.ends_up = left.map(|left| now.uptime + left.min(span));
                    boot == handle.0.boot && grant.ends_up.is_some()
                }
                Scope::Session | Scope::Once => false,
            };
        match holds && !grant.is_over(now) {
            true => handle.desk().grants.add(grant),
            false => ended.push(grant.id),
        }
    }
    handle.end_grants(ended, Standing::Expired, Actor::daemon()).await.map(drop)
}

impl Handle {
    /// Its client asks for an orphan again: it waits once more.
    pub(super) async fn retake(
        &self,
        found: Request,
        planned: &Planned,
        party: &Party,
        detached: bool,
        caller: &Caller,
    ) -> Result<Ticket, Error> {
        if !found.clone().take_first_asker(party) {
            return Err(Error::TooManyAsk(ASKERS));
        }
        let now = self.now();
        let event = Event::Retaken {
            client: caller.client.id.to_string(),
            plan: planned.digest.as_str().to_owned(),
            term: Term::of(self.term(), now),
        };
        let id = found.id.clone();
        let happening = Happening { event, actor: clients::requester(caller) };
        let holder = party.clone();
        let besides =
            move |_: &rusqlite::Transaction<'_>, _: &mut audit::Leaves<'_>, request: &mut Request| {
                // There was room for him above.
                request.take_first_asker(&holder);
                Ok(())
            };
        match self.0.store.advance(&id, vec![happening], now, besides).await? {
            Advanced::To(request) => {
                let mut desk = self.desk();
                desk.queue.readmit(&request.client_id, &request.plan, &id);
                let ticket = desk.join(&id, party.clone(), detached);
                drop(desk);
                self.follow(request);
                self.watch_requester(caller, party);
                ticket
            }
            // It has expired, or somebody else of the same client was quicker.
            Advanced::Refused(_, request) => {
                let ticket = self.desk().join(&id, party.clone(), detached);
                let request = self.follow(request);
                match ticket {
                    Err(Error::NoRequest(_)) => Ok(Ticket::of_past(Request::clone(&request))),
                    ticket => ticket,
                }
            }
            Advanced::Gone => Err(Error::NoRequest(id)),
        }
    }
}
