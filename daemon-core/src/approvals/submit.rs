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
use std::time::Duration;

use tokio::sync::oneshot;

use super::desk::{Desk, Open, Ticket};
use super::execute::claim;
use super::grants::Standing;
use super::kinship::Party;
use super::planned::Planned;
use super::policy::{Decision, Effect, Policy};
use super::queue::Admission;
use super::received::received;
use super::request::life::{Event, Ruling};
use super::request::state::State;
use super::request::{Request, Ruled};
use super::store::{Happening, NotNow, use_one};
use super::subject::Facts;
use super::{Error, Handle, revision};
use crate::audit::{Actor, ActorKind};
use crate::config::Span;
use crate::exec::{Opened, Plan, Wanted};
use crate::kernel::{Caller, Fault};

/// What somebody asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) command: Wanted,
    pub(super) reason: Option<String>,
    pub(super) key: Option<String>,
    pub(super) detached: bool,
}

/// What becomes of a request at once.
struct Judged {
    ruled: Ruled,
    grant: Option<String>,
    policy: Arc<Policy>,
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
        let party = Party::of(&caller).map_err(|error| Fault::from(Error::from(error)));
        self.0.tasks.detach(async move {
            let taken_in = match party {
                Ok(party) => handle.take_in(asked, &party, &caller).await,
                Err(fault) => Err(fault),
            };
            // Who asked may have gone.
            answer.send(taken_in).ok();
        });
        async move { answered.await.unwrap_or_else(|_| Err(Error::Stopping.into())) }
    }

    async fn take_in(&self, asked: Asked, party: &Party, caller: &Caller) -> Result<Ticket, Fault> {
        let planned = match self.check(&asked, caller) {
            Ok(()) => self.plan(&asked.command, &caller.client).await,
            Err(error) => Err(error),
        };
        let mut planned = match planned {
            Ok(planned) => planned,
            Err(error) => return Err(self.reject(error, caller).await),
        };
        self.desk().allowance.plan(&caller.client.id, planned.canonical.len());
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
        let facts = Arc::new(Facts::of(&planned.plan));
        let policy = self.0.policy.current();
        let decision = policy.decide(&facts.subject());
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
                let opened = self.open(&planned.plan, &caller.client.id).await;
                if self.desk().closed {
                    self.desk().forget(&ticket.id);
                    return Err(Error::Stopping);
                }
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
        let (grant, policy, about) = (ruling.grant, ruling.policy, id.clone());
        let policies = self.0.policy.clone();
        let besides = move |tx: &rusqlite::Transaction<'_>, leaves: &mut crate::audit::Leaves<'_>| {
            // To open a program takes a while, and so does waiting for the database.
            if !Arc::ptr_eq(&policies.current(), &policy) {
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
            Ok(Ok(request)) => request,
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

    /// Finds a request its place in memory, under one lock, so that the same twice at once is one.
    fn place(
        &self,
        mut request: Request,
        plan: &Arc<Plan>,
        facts: &Arc<Facts>,
        decision: &Decision,
        policy: &Arc<Policy>,
        caller: &Caller,
    ) -> Result<Placed, Error> {
        let now = self.now();
        let mut desk = self.desk();
        if desk.closed {
            return Err(Error::Stopping);
        }
        // A plan takes a while to make.
        let party = request.party.clone().unwrap_or_else(|| unreachable!("it has just been made with one"));
        if let Some(why) = self.has_left(caller, &party, request.detached) {
            return Err(Error::Unwanted(why));
        }
        if let Some(key) = &request.key
            && let Some(open) = desk.by_key(&request.client_id, key)
        {
            let known = open.request();
            if known.state == State::Orphaned {
                return Ok(Placed::Orphan(Box::new(Request::clone(&known))));
            }
            if known.plan != request.plan {
                return Err(Error::KeyReused { key: key.clone(), request: known.id.clone() });
            }
            return desk.join(&known.id, party, request.detached).map(Placed::Joined);
        }
        let judgement = desk.grants.judge(
            &request.client_id,
            &facts.subject(),
            facts.input.as_deref(),
            decision.effect,
            now,
        );
        self.end_later(&mut desk, judgement.stale, Standing::Stale);
        self.end_later(&mut desk, judgement.expired, Standing::Expired);
        let ruled = |ruling, by: &str, reason| Ruled {
            ruling,
            by: by.to_owned(),
            reason,
            policy: policy.revision().number,
        };
        let reason = decision.reason.clone();
        let ruled = match (decision.effect, &judgement.allows) {
            (Effect::Allow, _) => ruled(Ruling::Allow, &decision.by, reason),
            (Effect::Deny, _) => ruled(Ruling::Deny, &decision.by, reason),
            (Effect::Ask, Some(grant)) => ruled(Ruling::Allow, &format!("grant:{grant}"), None),
            (Effect::Ask | Effect::AskAlways, _) => match self.admit(&mut desk, &request)? {
                Admission::Joins(id) => {
                    return desk.join(&id, party, request.detached).map(Placed::Joined);
                }
                Admission::Refused(refusal) => {
                    request.because = Some(again_after(refusal.left(now.uptime)));
                    ruled(Ruling::Deny, &format!("cooldown:{}", refusal.request), refusal.note)
                }
                _ => ruled(Ruling::Ask, &decision.by, reason),
            },
        };
        let grant = judgement.allows.filter(|_| ruled.by.starts_with("grant:"));
        if let Some(grant) = &grant {
            desk.grants.used(grant);
        }
        let ticket = desk.begin(Open::new(request, Arc::clone(plan), party, self.0.activity.hold()));
        Ok(Placed::New(ticket, Judged { ruled, grant, policy: Arc::clone(policy) }))
    }

    fn admit(&self, desk: &mut Desk, request: &Request) -> Result<Admission, Error> {
        let limits = self.limits();
        let now = self.now().uptime;
        if let Some(until) = self.0.clients.muted_until(&request.client) {
            return Err(Error::Muted(until));
        }
        let admission = desk.queue.admit(&limits, &request.client_id, &request.plan, &request.id, now);
        match admission {
            Admission::TooMany => Err(Error::TooMany(limits.pending)),
            Admission::TooOften(_) => Err(Error::TooOften(limits.a_minute)),
            admission => Ok(admission),
        }
    }

    fn ruled(&self, ruled: &Ruled) -> Happening {
        let event = Event::Ruled { ruling: ruled.ruling, by: ruled.by.clone() };
        Happening { event, actor: by_policy() }
    }
}

/// For how long what a person has just refused is not asked again, in words.
fn again_after(left: Duration) -> String {
    let left = Span::secs(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX));
    format!("nobody is asked about it for another {left}")
}

fn by_policy() -> Actor {
    Actor { id: "policy".to_owned(), kind: ActorKind::Daemon, surface: "policy" }
}

/// Where a request has come to be.
enum Placed {
    /// It is one that was there already.
    Joined(Ticket),
    /// It is one that an earlier daemon left, and is to be taken up again.
    Orphan(Box<Request>),
    /// It is a new one.
    New(Ticket, Judged),
}
