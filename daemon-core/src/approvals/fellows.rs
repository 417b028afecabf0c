//! Those who ask for what somebody has asked for already.
//!
//! They are told what becomes of that one request, it waits for as long as one of
//! them is there, and none of them decides it, in this daemon or a later one: all
//! of them are in its row. There is room for so many, and no more are let in.
//! Who has ended makes room if nobody is left who could be told by him.

use super::desk::{HOLDERS, Ticket};
use super::kinship::Party;
use super::planned::Planned;
use super::request::Request;
use super::request::state::State;
use super::{Error, Handle};
use crate::home::lineage::Process;
use crate::kernel::Caller;

/// So many of those who ask are kept beside the last who asked first.
pub(super) const ASKERS: usize = HOLDERS;

/// One more who asks could not be told from others later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Request {
    /// Everybody who has asked for it.
    pub(super) fn askers(&self) -> impl Iterator<Item = &Party> {
        self.party.iter().chain(&self.others)
    }

    /// Whether somebody is one of those who have asked for it.
    pub(super) fn knows(&self, party: &Party) -> bool {
        self.askers().any(|known| known.is(party))
    }

    /// Somebody else asks for it; whether that is new.
    pub(super) fn take_asker(&mut self, party: &Party) -> Result<bool, NoRoom> {
        if self.knows(party) {
            return Ok(false);
        }
        self.others.push(party.clone());
        if ASKERS < self.others.len() {
            self.forget_the_gone();
        }
        if ASKERS < self.others.len() {
            self.others.retain(|known| !known.is(party));
            return Err(NoRoom);
        }
        Ok(true)
    }

    /// It has a new first asker; whether there was room for the one before him.
    pub(super) fn take_first_asker(&mut self, party: &Party) -> bool {
        self.askers_become_former();
        let former = self.party.replace(party.clone());
        former.is_none_or(|former| self.take_asker(&former).is_ok())
    }

    /// Those who have asked for it have done so in an earlier daemon.
    pub(super) fn askers_become_former(&mut self) {
        self.party.iter_mut().chain(&mut self.others).for_each(Party::becomes_former);
    }

    /// Forgets those who have ended and whose ancestors, who could still decide, are those of others, too.
    fn forget_the_gone(&mut self) {
        let lives = |party: &Party| party.line.first().map_or(party.link != 0, Process::may_live);
        let (lives, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.others).into_iter().partition(lives);
        self.others = lives;
        for party in gone {
            let mut ancestors = party.line.iter().filter(|ancestor| ancestor.may_live());
            if !ancestors.all(|ancestor| self.askers().any(|known| known.line.contains(ancestor))) {
                self.others.push(party);
            }
        }
    }
}

impl Handle {
    /// A ticket of what is written down; nothing if who came first could not do that, and all is as before.
    pub(super) async fn taken_in(
        &self,
        mut ticket: Ticket,
        party: &Party,
        caller: &Caller,
    ) -> Result<Option<Ticket>, Error> {
        let written = ticket.progress.wait_for(|request| request.state != State::Received).await;
        let waits = written.map(|written| written.state == State::Pending);
        let Ok(waits) = waits else {
            // What it failed with, all fail with: to ask again each for himself would take as many times as long.
            return ticket.failed.get().map_or(Ok(None), |fault| Err(Error::Failed(fault.clone().into())));
        };
        // What runs goes on without whoever asked.
        if waits {
            self.watch_requester(caller, party);
            self.remember(&ticket, party).await?;
        }
        Ok(Some(ticket))
    }

    /// Sees to it that a later daemon, too, knows him as one of those who ask.
    async fn remember(&self, ticket: &Ticket, party: &Party) -> Result<(), Error> {
        let is_known = ticket.progress.borrow().knows(party);
        if is_known {
            return Ok(());
        }
        match self.0.store.add_asker(&ticket.id, party.clone()).await? {
            Ok(Some(request)) => drop(self.follow(request)),
            // It was known, or it does not wait any more.
            Ok(None) => {}
            Err(NoRoom) => return Err(Error::TooManyAsk(ASKERS)),
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let at = "2026-01-01T00:00:00Z";
        serde_json::from_value(serde_json::json!({
            "id": "r", "state": "pending", "client": "local", "client_id": "local", "display": "true", "plan": "",
            "code": "", "created": at, "expires": at, "audit_index": 0, "rev": 1,
        }))
        .unwrap()
    }

    const NOBODY: i32 = i32::MAX - 1000;

    fn party(pids: &[i32]) -> Party {
        let line = pids.iter().map(|pid| Process { pid: *pid, started: 1 }).collect();
        Party { line, is_known: true, ..Party::nobody() }
    }

    #[test]
    fn who_has_ended_makes_room_unless_his_ancestors_can_be_told_by_him_only() {
        let (own, first) = (i32::try_from(std::process::id()).unwrap(), NOBODY - 1);
        let mut request = request();
        request.party = Some(party(&[first]));
        assert_eq!(request.take_asker(&party(&[first])), Ok(false), "who asked first");
        for number in 0..10 * ASKERS {
            let gone = party(&[NOBODY + i32::try_from(number).unwrap(), own]);
            assert_eq!(request.take_asker(&gone), Ok(true));
        }
        assert!(party(&[own]).is_kin_of(request.others.first().unwrap()), "their parent is still known");
        assert!(request.others.len() <= ASKERS);
    }

    #[test]
    fn who_cannot_be_kept_is_not_let_in() {
        let own = i32::try_from(std::process::id()).unwrap();
        let mut request = request();
        let mut first = party(&[own]);
        first.line[0].started = 5000;
        request.party = Some(first);
        for started in 0..ASKERS {
            let mut lives = party(&[own]);
            lives.line[0].started = started as u64;
            assert_eq!(request.take_asker(&lives), Ok(true));
        }
        let mut late = party(&[own, 1]);
        late.line[0].started = 1000;
        assert_eq!(request.take_asker(&late), Err(NoRoom));
        assert_eq!(request.others.len(), ASKERS);
        assert!(!request.take_first_asker(&late), "the first would be forgotten by that");
    }
}
