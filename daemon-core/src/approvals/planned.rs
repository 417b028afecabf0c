//! What a request is for: its plan, and the form in which that is hashed, stored and recorded.
//!
//! Files are read for a plan, and again before it runs, only for as long as
//! somebody wants that: it is asked before, after the wait for a turn, and
//! between two blocks of a file.

use std::sync::{Arc, Mutex, PoisonError};

use super::depart::GONE;
use super::kinship::Party;
use super::opinion::Opinion;
use super::subject::Facts;
use super::submit::Asked;
use super::{Error, Handle};
use crate::exec::{Digest, Drift, Opened, Plan};
use crate::kernel::Caller;

/// A plan, written down once for all who need it so.
pub(super) struct Planned {
    pub(super) plan: Arc<Plan>,
    pub(super) canonical: Vec<u8>,
    pub(super) digest: Digest,
    /// What may be run at once, as long as nobody has taken it.
    pub(super) opened: Option<Opened>,
    /// What the policy said when it was made, as long as nobody has taken it.
    pub(super) opinion: Option<Opinion>,
}

/// Whether something is wanted still; clones are the same question. Once the answer was no, it stays so.
#[derive(Clone)]
pub(super) struct Interest(Arc<Asker>);

struct Asker {
    why_not: Box<dyn Fn() -> Option<Error> + Send + Sync>,
    told: Mutex<Option<Error>>,
}

impl Interest {
    /// `why_not` says why nobody wants it any more, once that is so.
    pub(super) fn unless(why_not: impl Fn() -> Option<Error> + Send + Sync + 'static) -> Interest {
        Interest(Arc::new(Asker { why_not: Box::new(why_not), told: Mutex::default() }))
    }

    fn asks(&self) -> impl Fn() -> bool + Send + 'static {
        let interest = self.clone();
        move || {
            let mut told = interest.0.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_none() {
                *told = (interest.0.why_not)();
            }
            told.is_none()
        }
    }

    /// An error if it was wanted no more when it was asked last.
    fn was_there(&self) -> Result<(), Error> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn is_there(&self) -> Result<(), Error> {
        self.asks()();
        self.was_there()
    }
}

impl Handle {
    /// Whether whoever asks wants it still, or somebody else does.
    pub(super) fn interest(
        &self,
        caller: &Caller,
        party: &Party,
        others_want_it: impl Fn(&Handle) -> bool + Send + Sync + 'static,
    ) -> Interest {
        let (handle, caller, party) = (self.clone(), caller.clone(), party.clone());
        Interest::unless(move || {
            let is_closed = handle.desk().closed;
            if is_closed {
                return Some(Error::Stopping);
            }
            let others = others_want_it(&handle);
            let left = handle.has_left(&caller, &party, others);
            // Nobody would hear what becomes of it.
            let left = left.or_else(|| (!others && caller.link.is_closed()).then_some(GONE));
            left.map(Error::Unwanted)
        })
    }

    /// The plan of a command, with the files in it of which a rule wants to know the content.
    pub(super) async fn plan(&self, asked: &Asked, caller: &Caller, party: &Party) -> Result<Planned, Error> {
        let is_detached = asked.detached;
        let interest = self.interest(caller, party, move |_| is_detached);
        interest.is_there()?;
        let _turn = self.0.turns.turn(&caller.client.id).await;
        interest.is_there()?;
        let (command, client) = (&asked.command, &*caller.client.name);
        let judge = || {
            let policy = self.0.policy.current();
            move |plan: &Plan| Opinion::of(policy, Facts::of(plan))
        };
        let planned = self.0.exec.plan(command.clone(), client, interest.asks(), judge()).await;
        interest.was_there()?;
        let mut planned = planned?;
        if !planned.2.files.is_empty() {
            let mut command = command.clone();
            command.files.append(&mut planned.2.files);
            // What is no file fits no rule that wants one.
            planned = self.0.exec.plan(command, client, interest.asks(), judge()).await.unwrap_or(planned);
            interest.was_there()?;
        }
        let (plan, opened, opinion) = planned;
        let canonical = plan.canonical();
        let digest = Digest::of(&canonical);
        Ok(Planned { plan: Arc::new(plan), canonical, digest, opened, opinion: Some(opinion) })
    }

    /// Opens what is to run; an error if nobody wants it any more, which is no drift.
    pub(super) async fn open(
        &self,
        plan: &Plan,
        client: &str,
        interest: Interest,
    ) -> Result<Result<Opened, Drift>, Error> {
        let _turn = self.0.turns.turn(client).await;
        interest.is_there()?;
        let opened = self.0.exec.open(plan, interest.asks()).await;
        interest.was_there()?;
        Ok(opened)
    }

    /// The same for what one caller asks for, unless somebody else has joined him meanwhile.
    pub(super) async fn open_for(
        &self,
        id: &str,
        plan: &Plan,
        caller: &Caller,
        party: &Party,
    ) -> Result<Result<Opened, Drift>, Error> {
        let about = id.to_owned();
        let others = move |handle: &Handle| {
            handle.desk().get(&about).is_some_and(|open| open.is_detached || 1 < open.holders.len())
        };
        let opened = self.open(plan, &caller.client.id, self.interest(caller, party, others)).await;
        if opened.is_err() {
            self.desk().forget(id);
        }
        opened
    }

    /// The same for what a person has approved.
    pub(super) async fn open_approved(
        &self,
        id: &str,
        plan: &Plan,
        client: &str,
    ) -> Result<Result<Opened, Drift>, Error> {
        let (handle, about) = (self.clone(), id.to_owned());
        let interest = Interest::unless(move || {
            let is_closed = handle.desk().closed;
            if is_closed { Some(Error::Stopping) } else { handle.unwanted(&about).map(Error::Unwanted) }
        });
        self.open(plan, client, interest).await
    }
}
