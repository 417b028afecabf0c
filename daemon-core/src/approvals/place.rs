//! Where a request finds its place in memory: a new one, or one that is there already.

use std::sync::Arc;
use std::time::Duration;

use super::desk::{Desk, Open, Ticket};
use super::grants::{Asking, Standing};
use super::policy::{Decision, Effect, Policy};
use super::queue::Admission;
use super::request::life::Ruling;
use super::request::state::State;
use super::request::{Request, Ruled};
use super::subject::Facts;
use super::{Error, Handle, running};
use crate::config::Span;
use crate::exec::Plan;
use crate::kernel::Caller;

/// What becomes of a request at once.
pub(super) struct Judged {
    pub(super) ruled: Ruled,
    pub(super) grant: Option<String>,
    pub(super) policy: Arc<Policy>,
}

/// Where a request has come to be.
pub(super) enum Placed {
    /// It is one that was there already.
    Joined(Ticket),
    /// It is one that an earlier daemon left, and is to be taken up again.
    Orphan(Box<Request>),
    /// It is a new one.
    New(Ticket, Judged),
}

impl Handle {
    /// Finds a request its place in memory, under one lock, so that the same twice at once is one.
    pub(super) fn place(
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
        let who = Asking { client: &request.client_id, input: facts.input.as_deref(), terms: &facts.terms };
        let judgement = desk.grants.judge(who, &facts.subject(), decision.effect, now);
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
            (Effect::Ask, Some(grant)) => {
                let allows = desk.grants.get(grant).map(|grant| grant.allows.clone());
                ruled(Ruling::Allow, &format!("grant:{grant}"), allows)
            }
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
        if ruled.ruling == Ruling::Allow {
            running::check(&desk, &request.client_id, plan, policy.settings())?;
        }
        // It is used when that is written, and not before: what comes to nothing until then has used nothing.
        let grant = judgement.allows.filter(|_| ruled.by.starts_with("grant:"));
        let mut open = Open::new(request, Arc::clone(plan), party, self.0.activity.hold());
        open.is_allowed = ruled.ruling == Ruling::Allow;
        let ticket = desk.begin(open);
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
}

/// For how long what a person has just refused is not asked again, in words.
fn again_after(left: Duration) -> String {
    let left = Span::secs(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX));
    format!("nobody is asked about it for another {left}")
}
