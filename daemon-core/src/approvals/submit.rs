//! How a request comes in.
//!
//! The plan is made first, and from then on only the plan counts. Policy and
//! grants rule on it; what is allowed is opened at once, so that what was judged
//! is what runs, and received, ruled on and claimed in one commit. What a person
//! has to be asked waits. The same plan asked for again while it waits is the
//! same request, and so is the same key.
//!
//! Whoever asked may stop waiting at any time; what he asked for goes on.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::desk::Ticket;
use super::execute::claim;
use super::kinship::Party;
use super::opinion::Opinion;
use super::place::{Judged, Placed};
use super::planned::Planned;
use super::policy::Effect;
use super::received::received;
use super::request::life::{Event, Ruling};
use super::request::{Request, Ruled};
use super::store::{Happening, NotNow, use_one};
use super::subject::Facts;
use super::{Error, Handle, revision};
use crate::audit::{Actor, ActorKind};
use crate::exec::{Opened, Wanted};
use crate::kernel::{Caller, Fault};

/// What somebody asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) command: Wanted,
    pub(super) reason: Option<String>,
    pub(super) key: Option<String>,
    pub(super) detached: bool,
}

impl Handle {
    /// Takes in what somebody asks for. It goes on even if nobody waits for it, from this moment on.
    pub(super) fn submit(
        &self,
        asked: Asked,
        caller: &Caller,
    ) -> impl Future<Output = Result<Ticket, Fault>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let (handle, caller) = (self.clone(), caller.clone());
        // At once: what waits to be checked would wait in memory, and who asks may be gone by then.
        let taken = self.check(&asked, &caller).and_then(|place| Ok((place, Party::of(&caller)?)));
        self.0.tasks.detach(async move {
            let taken_in = match taken {
                Ok((_place, party)) => handle.take_in(asked, &party, &caller).await,
                Err(error) => Err(handle.reject(error, &caller).await),
            };
            // Who asked may have gone.
            answer.send(taken_in).ok();
        });
        async move { answered.await.unwrap_or_else(|_| Err(Error::Stopping.into())) }
    }

    async fn take_in(&self, asked: Asked, party: &Party, caller: &Caller) -> Result<Ticket, Fault> {
        let mut planned = match self.plan(&asked, caller, party).await {
            Ok(planned) => planned,
            Err(error) => return Err(self.reject(error, caller).await),
        };
        let more = planned.canonical.len().saturating_sub(asked.command.size());
        self.desk().allowance.plan(&caller.client.id, more);
        loop {
            match self.ask(&asked, &mut planned, party, caller).await {
                Ok(Ok(ticket)) => {
                    if let Some(ticket) = self.taken_in(ticket, party, caller).await? {
                        return Ok(self.with_reason(ticket, asked.reason).await);
                    }
                }
                Ok(Err(NotNow::Grant(_) | NotNow::Policy)) => {}
                Ok(Err(NotNow::Known(found))) => {
                    let ticket = self.again(*found, &planned, party, asked.detached, caller).await?;
                    if let Some(ticket) = self.taken_in(ticket, party, caller).await? {
                        return Ok(self.with_reason(ticket, asked.reason).await);
                    }
                }
                Err(
                    error @ (Error::TooMany(_)
                    | Error::TooManyAsk(_)
                    | Error::TooManyRun(_)
                    | Error::TooManyRunOfAll(_)
                    | Error::TooMuchKept(_)
                    | Error::TooOften(_)
                    | Error::Muted(_)
                    | Error::Unwanted(_)),
                ) => {
                    return Err(self.reject(error, caller).await);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Rules on a plan and does what follows; inside, what it counted on and was not so any more.
    async fn ask(
        &self,
        asked: &Asked,
        planned: &mut Planned,
        party: &Party,
        caller: &Caller,
    ) -> Result<Result<Ticket, NotNow>, Error> {
        let opinion = planned.opinion.take().filter(|opinion| self.0.policy.is_in_force(&opinion.policy));
        let Opinion { facts, policy, decision, .. } = match opinion {
            Some(opinion) => opinion,
            None => self.opinion(Facts::of(&planned.plan), &caller.client.id).await?,
        };
        // Before it counts as one more. What a rule decides counts as nothing, and its key is found when it is written.
        if let Some(key) = &asked.key
            && matches!(decision.effect, Effect::Ask | Effect::AskAlways)
            && let Some(found) = self.0.store.by_key(&caller.client.id, key).await?
        {
            return Ok(Err(NotNow::Known(Box::new(found))));
        }
        let request = self.new_request(asked, planned, party, &caller.client);
        let (ticket, ruling) = match self.place(request, &planned.plan, &facts, &decision, &policy, caller)? {
            Placed::Joined(ticket) => return Ok(Ok(ticket)),
            Placed::Orphan(found) => return Ok(Err(NotNow::Known(found))),
            Placed::New(ticket, ruling) => (ticket, ruling),
        };
        let opened = match (ruling.ruled.ruling, planned.opened.take()) {
            (Ruling::Allow, Some(opened)) => Some(Ok(opened)),
            (Ruling::Allow, None) => {
                let opened = self.open_for(&ticket.id, &planned.plan, caller, party).await?;
                if let Some(why) = self.has_left(caller, party, asked.detached) {
                    self.desk().forget(&ticket.id);
                    return Err(Error::Unwanted(why));
                }
                Some(opened)
            }
            (Ruling::Ask | Ruling::Deny, _) => None,
        };
        let mut happenings = vec![self.ruled(&ruling.ruled)];
        let opened = match opened {
            Some(Ok(opened)) => {
                happenings.push(claim(&planned.digest));
                Some(opened)
            }
            Some(Err(drift)) => {
                happenings.push(super::execute::drifted(&drift));
                None
            }
            None => None,
        };
        let received = self.receive(ticket, planned, ruling, happenings, opened, caller).await?;
        if received.is_ok() {
            facts.looked.forget();
            self.desk().past.add(&caller.client.id, &facts);
        }
        Ok(received)
    }

    /// Writes it all down, and only then lets anything happen.
    async fn receive(
        &self,
        ticket: Ticket,
        planned: &Planned,
        ruling: Judged,
        happenings: Vec<Happening>,
        opened: Option<Opened>,
        caller: &Caller,
    ) -> Result<Result<Ticket, NotNow>, Error> {
        let id = ticket.id.clone();
        let mut request = Request::clone(&ticket.progress.borrow());
        request.ruled = Some(ruling.ruled);
        let received = received(&request, planned, caller);
        let (grant, policy, about) = (ruling.grant.clone(), ruling.policy, id.clone());
        let policies = self.0.policy.clone();
        let besides = move |tx: &rusqlite::Transaction<'_>, leaves: &mut crate::audit::Leaves<'_>| {
            // To open a program takes a while, and so does waiting for the database.
            if !policies.is_in_force(&policy) {
                return Ok(Err(NotNow::Policy));
            }
            // What rules is in the record before it does, also if it could not be written when it was loaded.
            revision::record(tx, leaves, policy.revision())?;
            grant.map_or(Ok(Ok(())), |grant| use_one(tx, leaves, &grant, &about))
        };
        let canonical = planned.canonical.clone();
        let written =
            self.0.store.receive(request, canonical, received, happenings, self.now(), besides).await;
        let request = match written {
            Ok(Ok(request)) => {
                if let Some(grant) = &ruling.grant {
                    self.desk().grants.used(grant);
                }
                request
            }
            Ok(Err(not_now)) => {
                let mut desk = self.desk();
                if let NotNow::Grant(grant) = &not_now {
                    desk.grants.remove(grant);
                }
                desk.forget(&id);
                return Ok(Err(not_now));
            }
            Err(error) => {
                let fault = Fault::from(error);
                self.desk().fail(&id, fault.clone());
                return Err(Error::Failed(fault.into()));
            }
        };
        self.follow(request);
        if let Some(opened) = opened {
            self.execute(&id, Arc::clone(&planned.plan), opened);
        }
        // Everybody who wanted it may have gone while it was written down.
        if let Some(why) = self.unwanted(&id) {
            self.cancel_pending(&id, Actor::daemon(), why).await.ok();
        }
        Ok(Ok(ticket))
    }

    fn ruled(&self, ruled: &Ruled) -> Happening {
        let event = Event::Ruled { ruling: ruled.ruling, by: ruled.by.clone() };
        Happening { event, actor: by_policy() }
    }
}

fn by_policy() -> Actor {
    Actor { id: "policy".to_owned(), kind: ActorKind::Daemon, surface: "policy" }
}
