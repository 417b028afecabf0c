//! Those who ask for what somebody has asked for already.
//!
//! They are told what becomes of that one request, it waits for as long as one of
//! them is there, and none of them decides it.

use super::desk::Ticket;
use super::kinship::Party;
use super::planned::Planned;
use super::request::Request;
use super::request::state::State;
use super::{Error, Handle};
use crate::kernel::Caller;

impl Handle {
    /// A ticket of what is written down; nothing if who came first could not do that, and all is as before.
    pub(super) async fn taken_in(
        &self,
        mut ticket: Ticket,
        party: &Party,
        caller: &Caller,
    ) -> Result<Option<Ticket>, Error> {
        let Ok(written) = ticket.progress.wait_for(|request| request.state != State::Received).await else {
            return Ok(None);
        };
        let waits = written.state == State::Pending;
        drop(written);
        // What runs goes on without whoever asked.
        if waits {
            self.watch_requester(caller, party);
        }
        Ok(Some(ticket))
    }

    /// The request that is recorded under the key of what is asked for, if it is for the same plan.
    pub(super) async fn again(
        &self,
        found: Request,
        planned: &Planned,
        party: &Party,
        detached: bool,
        caller: &Caller,
    ) -> Result<Ticket, Error> {
        if found.plan != planned.digest.as_str() {
            return Err(Error::KeyReused { key: found.key.unwrap_or_default(), request: found.id });
        }
        if found.state == State::Orphaned {
            return self.retake(found, planned, party, detached, caller).await;
        }
        // Whoever asks again wants it as much as whoever asked first.
        let ticket = self.desk().join(&found.id, party.clone(), detached);
        match ticket {
            // As it is by now.
            Err(Error::NoRequest(id)) => {
                Ok(Ticket::of_past(self.0.store.request(&id).await?.unwrap_or(found)))
            }
            ticket => ticket,
        }
    }
}
