//! How what is allowed is run: once, exactly as planned, and never before the record says so.
//!
//! Whoever wants to run a request claims it, which only one can and once. That
//! the claim is durable comes before the process. What was approved by a person
//! is looked at again first: by policy, which may say no by now, and down to the
//! bytes. If the end cannot be recorded, it is tried again for as long as the
//! daemon lives and that may help; one that does not manage leaves a request of
//! which the next daemon says that nobody knows. Whoever waits for it is told
//! so before (`unrecorded`), and never kept waiting for a record.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::live::Live;
use super::opinion::Opinion;
use super::policy::{Effect, Policy};
use super::request::answer::Kept;
use super::request::life::{Event, Outcome, Refused};
use super::request::state::State;
use super::request::{Request, new_id};
use super::store::{Advanced, Happening};
use super::subject::Facts;
use super::{Error, Handle};
use crate::audit::{self, Actor};
use crate::exec::{self, Digest, Drift, Ended, Opened, Plan, Running, Stream, Summary};

/// What ends so soon is recorded as started and ended at once.
const SOON: Duration = Duration::from_millis(20);
/// Between two attempts to record an end.
const PAUSE: Duration = Duration::from_secs(1);

/// The one claim of a plan.
pub(super) fn claim(digest: &Digest) -> Happening {
    by_daemon(Event::Claimed { claim: new_id(), plan: digest.as_str().to_owned() })
}

/// That what is there is not what was planned.
pub(super) fn drifted(drift: &Drift) -> Happening {
    by_daemon(Event::Drifted {
        was: drift.was.clone(),
        now: format!("{} ({} {})", drift.now, drift.what, drift.path),
    })
}

fn by_daemon(event: Event) -> Happening {
    Happening { event, actor: Actor::daemon() }
}

impl Handle {
    /// Runs what a person has approved.
    pub(super) fn execute_approved(&self, id: &str, plan: Arc<Plan>) {
        let (handle, id) = (self.clone(), id.to_owned());
        self.0.tasks.detach(async move {
            match handle.claim_approved(&id, &plan).await {
                Some(opened) => handle.run(&id, plan, opened).await,
                None => tracing::debug!(request = id, "approved, and not run"),
            }
        });
    }

    /// Runs what is claimed already.
    pub(super) fn execute(&self, id: &str, plan: Arc<Plan>, opened: Opened) {
        let (handle, id) = (self.clone(), id.to_owned());
        self.0.tasks.detach(async move { handle.run(&id, plan, opened).await });
    }

    async fn claim_approved(&self, id: &str, plan: &Plan) -> Option<Opened> {
        if self.desk().closed {
            return None;
        }
        let client = self.desk().get(id)?.request().client_id.clone();
        let mut policy = self.lawful(id, plan, &client).await?;
        let opened = match self.open_approved(id, plan, &client).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(drift)) => {
                self.happens(id, drifted(&drift)).await;
                return None;
            }
            Err(Error::Unwanted(why)) => {
                self.happens(id, by_daemon(Event::Unable(why))).await;
                return None;
            }
            Err(_) => return None,
        };
        loop {
            // To open it may have taken a while.
            if self.desk().closed {
                return None;
            }
            if let Some(why) = self.unwanted(id) {
                self.happens(id, by_daemon(Event::Unable(why))).await;
                return None;
            }
            // And so may writing that down.
            let (policies, lawful, digest) = (self.0.policy.clone(), Arc::clone(&policy), plan.digest());
            let claimed =
                move || if policies.is_in_force(&lawful) { vec![claim(&digest)] } else { Vec::new() };
            let claimed = self.0.store.advance_as(id, claimed, self.now(), |_, _, _| Ok(())).await;
            if matches!(&claimed, Ok(Advanced::To(request)) if request.state == State::Approved) {
                policy = self.lawful(id, plan, &client).await?;
                continue;
            }
            return self.claimed(id, claimed, opened).await;
        }
    }

    /// The policy by which it may run; what is denied by now has ended.
    async fn lawful(&self, id: &str, plan: &Plan, client: &str) -> Option<Arc<Policy>> {
        let Opinion { policy, decision, .. } = self.opinion(Facts::of(plan), client).await.ok()?;
        if decision.effect != Effect::Deny {
            return Some(policy);
        }
        self.happens(id, by_daemon(Event::Outlawed { by: decision.by })).await;
        None
    }

    /// What is to run if that was written down.
    async fn claimed(
        &self,
        id: &str,
        claimed: Result<Advanced, audit::Error>,
        opened: Opened,
    ) -> Option<Opened> {
        match claimed {
            Ok(Advanced::To(request)) => {
                let is_claimed = request.state == State::Claimed;
                self.follow(request);
                is_claimed.then_some(opened)
            }
            Ok(other) => {
                self.settle(id, other);
                None
            }
            Err(error) => {
                tracing::error!(request = id, %error, "not run, because that could not be recorded");
                let unable = Event::Unable("it could not be recorded that it runs");
                self.happens(id, by_daemon(unable)).await;
                None
            }
        }
    }

    async fn run(&self, id: &str, plan: Arc<Plan>, opened: Opened) {
        let (live, unwanted) = match self.desk().get(id) {
            Some(open) => (Arc::clone(&open.live), Arc::clone(&open.unwanted)),
            None => Default::default(),
        };
        if let Some(why) = self.unwanted(id) {
            return self.not_started(id, &exec::Error::NotStarted(why.to_owned())).await;
        }
        let running = match self.0.exec.start(id, &plan, opened).await {
            Ok(running) => running,
            Err(error) => {
                tracing::warn!(request = id, %error, "an allowed command could not be started");
                live.write(Stream::Stderr, format!("{error}\n").into_bytes());
                return self.not_started(id, &error).await;
            }
        };
        let started = by_daemon(Event::Started { pid: running.pid() });
        let mut attended = std::pin::pin!(attend(running, &live, &unwanted));
        let ended = tokio::select! {
            ended = &mut attended => Err(ended),
            () = tokio::time::sleep(SOON) => Ok(()),
        };
        let (happenings, ended) = match ended {
            Err(ended) => (vec![started, end_of(&ended)], ended),
            Ok(()) => {
                // A record that takes nothing does not keep the end back.
                let (is_told, ended) = tokio::select! {
                    is_told = self.tell_started(id, started.clone()) => (is_told, attended.await),
                    ended = &mut attended => (false, ended),
                };
                let end = end_of(&ended);
                (if is_told { vec![end] } else { vec![started, end] }, ended)
            }
        };
        self.desk().keep(id, Arc::new(kept(&ended)));
        self.record_end(id, happenings, &ended).await;
    }

    async fn not_started(&self, id: &str, error: &exec::Error) {
        let said = format!("{error}\n").into_bytes();
        self.desk().keep(id, Arc::new(Kept { err: said, ..Kept::default() }));
        let (out, err) = (String::new(), String::new());
        let event = Event::Ended { outcome: Outcome::NotStarted, out, err, bytes: 0 };
        self.happens(id, by_daemon(event)).await;
    }

    async fn record_end(&self, id: &str, mut happenings: Vec<Happening>, ended: &Ended) {
        let since = Instant::now();
        loop {
            let (because, left) = (ended.killed_because.clone(), ended.left_running.clone());
            let besides = move |request: &mut Request| {
                if let Some(executed) = &mut request.executed {
                    (executed.killed_because, executed.left_running) = (because, left);
                }
            };
            let all = happenings.clone();
            let recorded = self.0.store.advance(id, all, self.now(), |_, _, request| {
                besides(request);
                Ok(())
            });
            match recorded.await {
                // Its start was recorded, and nobody heard of that.
                Ok(Advanced::Refused(Refused::Past(State::Running), _)) if 1 < happenings.len() => {
                    happenings.remove(0);
                    continue;
                }
                Ok(advanced) => return self.settle(id, advanced),
                Err(error) if self.gives_up(id, &error, since) => return,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Records that a command is there, for as long as that may help; whether it is recorded.
    async fn tell_started(&self, id: &str, started: Happening) -> bool {
        loop {
            match self.0.store.advance(id, vec![started.clone()], self.now(), |_, _, _| Ok(())).await {
                Ok(Advanced::To(request)) => {
                    self.follow(request);
                    return true;
                }
                Ok(Advanced::Refused(..) | Advanced::Gone) => return false,
                Err(error) => {
                    tracing::error!(request = id, %error, "the start of a command could not be recorded yet");
                    if error.is_lasting() {
                        return false;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Lets something happen to a request of which nothing runs, and tries again until it is recorded.
    pub(super) async fn happens(&self, id: &str, happening: Happening) {
        let since = Instant::now();
        loop {
            match self.0.store.advance(id, vec![happening.clone()], self.now(), |_, _, _| Ok(())).await {
                Ok(advanced) => return self.settle(id, advanced),
                Err(error) if self.gives_up(id, &error, since) => return,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// Passes on what it writes until it has ended, and ends it if it is not wanted any more.
async fn attend(mut running: Running, live: &Live, unwanted: &Notify) -> Arc<Ended> {
    let mut output = running.output();
    let pass_on = async {
        while let Some(output) = &mut output
            && let Some(piece) = output.next().await
        {
            live.write(piece.stream, piece.bytes.get().to_vec());
        }
    };
    let end_unwanted = async {
        loop {
            unwanted.notified().await;
            running.cancel();
        }
    };
    // All that it wrote is passed on before it is said to be over.
    let over = async { tokio::join!(pass_on, running.wait()).1 };
    tokio::select! {
        ended = over => ended,
        () = end_unwanted => unreachable!("it goes on for as long as the command"),
    }
}

fn end_of(ended: &Ended) -> Happening {
    let outcome = match (ended.code, ended.signal) {
        (_, Some(signal)) => Outcome::Signalled(signal),
        (Some(code), None) => Outcome::Exited(code),
        (None, None) => Outcome::NotStarted,
    };
    by_daemon(Event::Ended {
        outcome,
        out: ended.out.sha256.clone(),
        err: ended.err.sha256.clone(),
        bytes: ended.out.bytes + ended.err.bytes,
    })
}

fn kept(ended: &Ended) -> Kept {
    Kept {
        out: shown(&ended.out),
        err: shown(&ended.err),
        is_cut: ended.out.is_truncated() || ended.err.is_truncated(),
    }
}

/// What was kept of a stream, and how much is missing where.
fn shown(stream: &Summary) -> Vec<u8> {
    let mut shown = stream.head.get().to_vec();
    if stream.is_truncated() {
        shown.extend_from_slice(format!("\n[{} bytes were not kept]\n", stream.skipped).as_bytes());
        shown.extend_from_slice(stream.tail.get());
    }
    shown
}
