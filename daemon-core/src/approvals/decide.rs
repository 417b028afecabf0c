//! How a person decides: about what he was shown, once, and never about what he asked for himself.

use std::sync::Arc;

use super::desk::Open;
use super::grants::{Grant, Scope, Standing};
use super::kinship::Party;
use super::policy::Matcher;
use super::request::life::{Event, Verdict};
use super::request::state::State;
use super::request::{Decided, Request, new_id};
use super::store::{Advanced, Happening, Moved, create};
use super::subject::Facts;
use super::{Error, Handle};
use crate::clients;
use crate::exec::Plan;
use crate::kernel::Caller;

/// Longer notes are refused, not cut.
const NOTE: usize = 500;

/// What somebody decides.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    pub(super) plan: String,
    pub(super) scope: Scope,
    /// Which of the suggestions his yes is to; without one, to exactly this.
    pub(super) suggestion: Option<usize>,
    pub(super) uses: Option<u32>,
    pub(super) note: Option<String>,
}

impl Handle {
    /// Decides a request.
    pub(super) async fn decide(
        &self,
        id: &str,
        decision: Decision,
        caller: &Caller,
    ) -> Result<(Arc<Request>, Option<Grant>), Error> {
        check_note(decision.note.as_deref())?;
        let approver = Party::of(caller)?;
        let found = {
            let desk = self.desk();
            let is_told = |open: &Open| !asked_for(open, |asker| approver.may_have_been(asker));
            desk.get(id)
                .map(|open| (open.request(), Arc::clone(&open.plan), is_kin(open, &approver), is_told(open)))
        };
        let Some((request, plan, is_requester, is_told)) = found else { return Err(self.past(id).await?) };
        // Anybody may say no to it: whoever asked could as well cancel it.
        if decision.verdict == Verdict::Approve && !is_told {
            return Err(Error::AskerUnknown(id.to_owned()));
        }
        let grant = match decision.verdict {
            Verdict::Approve => self.grant(&request, &plan, &decision, caller).await?,
            Verdict::Deny => None,
        };
        let person = clients::person(caller);
        let decided = Decided {
            verdict: decision.verdict,
            by: person.id.clone(),
            surface: person.surface.to_owned(),
            scope: decision.scope,
            note: decision.note.clone(),
            at: self.now().wall,
            grant: grant.as_ref().map(|grant| grant.id.clone()),
            allows: grant.as_ref().map(|grant| grant.allows.clone()),
        };
        let event = Event::Decided {
            verdict: decision.verdict,
            plan: decision.plan.clone(),
            approver: person.id.clone(),
            is_requester,
            scope: decision.scope.to_string(),
            note: decision.note.clone(),
        };
        let (new, boot, by) = (grant.clone(), self.0.boot.clone(), person.clone());
        let besides = move |tx: &rusqlite::Transaction<'_>,
                            leaves: &mut crate::audit::Leaves<'_>,
                            request: &mut Request| {
            request.decided = Some(decided);
            match &new {
                Some(grant) => create(tx, leaves, grant, &boot, by),
                None => Ok(()),
            }
        };
        let happening = Happening { event, actor: person };
        match self.0.store.advance(id, vec![happening], self.now(), besides).await? {
            Advanced::To(request) => {
                let request = self.follow(request);
                if let Some(grant) = &grant {
                    self.desk().grants.add(grant.clone());
                    self.0.earlier.notify_one();
                    self.end_with_its_connection(grant);
                }
                match request.state {
                    State::Approved => self.execute_approved(id, plan),
                    _ => self.remember_refusal(&request),
                }
                Ok((request, grant))
            }
            Advanced::Refused(why, request) => {
                Err(Error::refused(why, Request::clone(&self.follow(request))))
            }
            Advanced::Gone => {
                self.are_gone(&[id.to_owned()]);
                Err(Error::NoRequest(id.to_owned()))
            }
        }
    }

    /// Says no to everything that waits, or to everything of one client.
    pub(super) async fn deny_all(
        &self,
        client: Option<&str>,
        note: Option<String>,
        caller: &Caller,
    ) -> Result<Vec<Request>, Error> {
        check_note(note.as_deref())?;
        let approver = Party::of(caller)?;
        let ids: Vec<String> = {
            let desk = self.desk();
            let pending =
                desk.pending().filter(|request| client.is_none_or(|client| request.client == client));
            let foreign =
                pending.filter(|request| desk.get(&request.id).is_some_and(|open| !is_kin(open, &approver)));
            foreign.map(|request| request.id.clone()).collect()
        };
        let person = clients::person(caller);
        let event = Event::Decided {
            verdict: Verdict::Deny,
            plan: String::new(),
            approver: person.id.clone(),
            is_requester: false,
            scope: Scope::Once.to_string(),
            note: note.clone(),
        };
        let decided = Decided {
            verdict: Verdict::Deny,
            by: person.id.clone(),
            surface: person.surface.to_owned(),
            scope: Scope::Once,
            note,
            at: self.now().wall,
            grant: None,
            allows: None,
        };
        let told = move |request: &mut Request| request.decided = Some(decided.clone());
        let happening = Happening { event, actor: person };
        let Moved { to: denied, gone } = self.0.store.advance_all(ids, happening, self.now(), told).await?;
        for request in &denied {
            self.remember_refusal(&self.follow(request.clone()));
        }
        self.are_gone(&gone);
        Ok(denied)
    }

    /// A request that is not under way: what became of it, as the reason why nothing does any more.
    pub(super) async fn past(&self, id: &str) -> Result<Error, Error> {
        let found = self.0.store.request(id).await?;
        Ok(found
            .map_or_else(|| Error::NoRequest(id.to_owned()), |request| Error::NotPending(Box::new(request))))
    }

    /// The grant that a yes of this scope makes, if it makes one.
    async fn grant(
        &self,
        request: &Request,
        plan: &Plan,
        decision: &Decision,
        caller: &Caller,
    ) -> Result<Option<Grant>, Error> {
        if decision.scope == Scope::Once {
            return match decision.suggestion {
                Some(_) => Err(Error::NotOffered("a yes to this one request needs no suggestion")),
                None => Ok(None),
            };
        }
        let judged = self.opinion(Facts::of(plan), &caller.client.id).await?;
        let (facts, opinion) = (judged.facts, judged.decision);
        let subject = facts.subject();
        let exactly = Matcher::exactly(&subject).ok_or(Error::NotOffered(
            "no grant can be about the arguments or the directory of this command: approve it once",
        ))?;
        let opinion = opinion.offered(&subject, self.0.exec.is_covered(plan));
        let now = self.now();
        let (offers_always, is_connected) = (opinion.offers_always, self.is_connected(request));
        if let Some(why) = decision.scope.refused(opinion.effect, offers_always, is_connected, now.wall) {
            return Err(Error::NotOffered(why));
        }
        let matcher = match decision.suggestion {
            None => exactly,
            Some(number) => {
                let suggestions = self.suggestions(request, &facts).await?;
                let chosen = suggestions.into_iter().nth(number);
                chosen.ok_or(Error::NotOffered("there is no suggestion of this number"))?.matcher
            }
        };
        let (ends, ends_up, link) = match decision.scope {
            Scope::For(span) => {
                let then = now.after(span);
                (Some(then.wall), Some(then.uptime), None)
            }
            Scope::Until(until) => (Some(until), None, None),
            Scope::Session => (None, None, request.party.as_ref().map(|party| party.link)),
            Scope::Once | Scope::Always => (None, None, None),
        };
        let grant = Grant {
            id: new_id(),
            client: request.client_id.clone(),
            name: request.client.clone(),
            exec: subject.exec.to_owned(),
            sha256: subject.sha256.to_owned(),
            input: facts.input.clone(),
            matcher,
            allows: String::new(),
            terms: facts.terms.clone(),
            scope: decision.scope,
            ends,
            uses_left: decision.uses,
            created: now.wall,
            created_by: clients::person(caller).id,
            request: request.id.clone(),
            state: Standing::Active,
            ends_up,
            link,
        };
        Ok(Some(grant.told()))
    }

    fn remember_refusal(&self, request: &Request) {
        if request.state != State::DeniedUser {
            return;
        }
        let limits = self.limits();
        let note = request.decided.as_ref().and_then(|decided| decided.note.clone());
        let now = self.now().uptime;
        self.desk().queue.refused(&limits, &request.client_id, &request.plan, &request.id, note, now);
    }
}

/// Whether somebody is, or is kin of, one of those who want it, or have ever asked for it.
fn is_kin(open: &Open, approver: &Party) -> bool {
    asked_for(open, |asker| approver.is_kin_of(asker))
}

/// Whether one of those who want it, or have ever asked for it, is such a one.
fn asked_for(open: &Open, is_such: impl Fn(&Party) -> bool) -> bool {
    let request = open.request();
    open.holders.iter().chain(request.askers()).any(is_such)
}

fn check_note(note: Option<&str>) -> Result<(), Error> {
    let length = note.map_or(0, |note| note.chars().count());
    match NOTE < length {
        true => Err(Error::TooLong { what: "the note", length, most: NOTE }),
        false => Ok(()),
    }
}
