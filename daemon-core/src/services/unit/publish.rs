//! How a unit shows itself: to the board, to those who wait for it, to those who asked.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Keeper, Ticket};
use crate::services::common::{Footing, Happening};
use crate::services::error::Error;
use crate::services::spec::Spec;
use crate::services::standing::{Standing, Stood};
use crate::services::state::{State, Wanted};
use crate::services::status::{ServiceStatus, Word};

impl ServiceStatus {
    /// Of a service that nothing has happened to yet.
    pub(super) fn unknown(spec: &Spec, now: Timestamp) -> ServiceStatus {
        ServiceStatus {
            name: spec.name.clone(),
            state: Word::Stopped,
            ready: false,
            ready_unasked: false,
            healthy: None,
            wanted: Wanted::Down,
            pid: None,
            run: 0,
            restarts: 0,
            since: now,
            waiting_for: Vec::new(),
            reason: None,
            says: None,
            retry_at: None,
            command: spec.command.clone(),
            log_trouble: None,
            watch_trouble: None,
            changed: false,
        }
    }
}

/// What has happened to a service between two looks at it, as others may act on it.
fn happened(before: &ServiceStatus, now: &ServiceStatus) -> impl Iterator<Item = &'static str> + use<> {
    let becomes = |word: Word| now.state == word && before.state != word;
    let is_unhealthy = |status: &ServiceStatus| status.healthy == Some(false);
    let is_another = before.run != now.run;
    [
        (becomes(Word::Backoff), "service.crashed"),
        (becomes(Word::Failed), "service.failed"),
        (becomes(Word::Stopped), "service.stopped"),
        (now.state == Word::Running && (before.state != Word::Running || is_another), "service.started"),
        (now.ready && (!before.ready || is_another), "service.ready"),
        (is_unhealthy(now) && !is_unhealthy(before), "service.unhealthy"),
    ]
    .into_iter()
    .filter_map(|(has, what)| has.then_some(what))
}

impl Keeper {
    /// Shows what has become of it, if anything has.
    pub(super) fn publish(&mut self) {
        let word = word(self.machine.state());
        if word != self.word {
            self.word = word;
            self.since = self.common.runs.clock.now();
        }
        let in_backoff = matches!(self.machine.state(), State::Backoff { .. });
        self.held = self.common.system.pause().filter(|_| in_backoff);
        let (status, footing) = (self.as_status(), self.as_footing());
        let renewed = *self.shows.borrow().status != status;
        for what in happened(&self.shows.borrow().status, &status) {
            // Nobody may be listening.
            self.common.happened.send(Happening { what, service: Arc::clone(&self.name) }).ok();
        }
        if renewed || status.run == 0 {
            self.common.board.put("service", Arc::clone(&self.name), &status);
        }
        self.shows.send_if_modified(|shown| {
            let changed = renewed || shown.footing != footing;
            if renewed {
                shown.status = Arc::new(status);
            }
            shown.footing = footing;
            changed
        });
        self.write_down();
        if matches!(self.machine.state(), State::Stopped | State::Failed) {
            self.spare = None;
        }
        let wanted = self.machine.wanted() == Wanted::Up || self.machine.has_process();
        self.hold = match self.hold.take() {
            _ if !wanted => None,
            None => Some(self.common.system.activity().hold()),
            held => held,
        };
    }

    /// Records where it stands, for the next daemon.
    fn write_down(&mut self) {
        let standing = Standing::of(&self.machine, self.done);
        let rests = matches!(self.machine.state(), State::Stopped | State::Failed);
        let (memory, since) = (self.machine.memory(), rests.then_some(self.since));
        let stands = Some((standing, memory, since));
        // One that nobody has wanted yet begins as its configuration says, whenever that is.
        let untouched = self.stands.is_none() && standing == Standing::Down;
        if self.stands == stands || untouched || self.leaving || self.left || self.pending.is_some() {
            return;
        }
        let before = std::mem::replace(&mut self.stands, stands);
        let has_moved = before.map(|(before, ..)| before) != Some(standing);
        let reason = self.reason.clone().filter(|_| standing == Standing::Failed);
        let stood = Stood { standing, reason, memory, since };
        self.common.store.stands(&self.name, &self.common.runs.boot, stood, has_moved);
    }

    /// Answers those whose wish is fulfilled, or cannot be any more.
    pub(super) async fn answer(&mut self) {
        let up = self.upness();
        let is_stopped = self.machine.state() == &State::Stopped;
        let is_answered = |ticket: &Ticket| match ticket {
            Ticket::Up(_) => matches!(up, Some(Ok(()))),
            Ticket::Down(_) => is_stopped,
        };
        // Whoever is told that it is up or down may count on the next daemon to know that it should be.
        if !self.leaving
            && self.tickets.iter().any(is_answered)
            && let Err(error) = self.common.store.settled().await
        {
            tracing::error!(service = %self.name, %error, "that it was started or stopped is not recorded");
        }
        let down = match (self.machine.state(), self.machine.wanted()) {
            (State::Stopped, _) => Some(Ok(())),
            (_, Wanted::Up) => Some(Err(self.overtaken("was started again"))),
            _ => None,
        };
        for ticket in std::mem::take(&mut self.tickets) {
            match ticket {
                Ticket::Up(answer) => self.settle(answer, &up, Ticket::Up),
                Ticket::Down(answer) => self.settle(answer, &down, Ticket::Down),
            }
        }
    }

    fn settle(&mut self, answer: Answer, outcome: &Option<Result<(), Told>>, ticket: fn(Answer) -> Ticket) {
        match outcome {
            None => self.tickets.push(ticket(answer)),
            Some(Ok(())) => tell(answer, Ok(Arc::clone(&self.shows.borrow().status))),
            Some(Err(told)) => tell(answer, Err(told.error())),
        }
    }

    /// Whether it is up now, or why it will not be.
    fn upness(&self) -> Option<Result<(), Told>> {
        let not_up = |why: String| Some(Err(Told::NotUp { service: self.name.to_string(), why }));
        match self.machine.state() {
            State::Running { ready: true, .. } => Some(Ok(())),
            State::Stopped if self.done => Some(Ok(())),
            State::Stopped => Some(Err(self.overtaken("was stopped"))),
            State::Failed => {
                let reason = self.reason.clone().unwrap_or_default();
                not_up(format!("failed: {reason}"))
            }
            State::Waiting => {
                let (other, why) =
                    self.others.iter().find_map(|(name, shown)| match &shown.borrow().footing {
                        Footing::Failed(why) => Some((name.clone(), Arc::clone(why))),
                        _ => None,
                    })?;
                not_up(format!("waits for {other}, which failed: {why}"))
            }
            _ => None,
        }
    }

    fn overtaken(&self, what: &'static str) -> Told {
        Told::Overtaken { service: self.name.to_string(), what }
    }

    fn as_status(&self) -> ServiceStatus {
        let state = self.machine.state();
        let spec = match (&self.changed, self.machine.has_process()) {
            (Some(changed), false) => changed,
            _ => &self.spec,
        };
        let retry_at = match (state, &self.held) {
            (State::Backoff { until }, None) => Some(self.at(*until)),
            (State::Backoff { until }, Some(pause)) => pause.until.map(|over| over.max(self.at(*until))),
            _ => None,
        };
        let shows_reason =
            !matches!(state, State::Running { healthy: true, .. } | State::Starting | State::Waiting);
        let healthy = match state {
            State::Running { ready: true, healthy, .. } => self.spec.health.as_ref().map(|_| *healthy),
            _ => None,
        };
        ServiceStatus {
            name: self.name.to_string(),
            state: self.word,
            ready: matches!(state, State::Running { ready: true, .. }),
            ready_unasked: self.spec.ready.is_none() && matches!(state, State::Running { ready: true, .. }),
            healthy,
            wanted: self.machine.wanted(),
            pid: self.run.as_ref().map(|run| run.child.pid()),
            run: self.run_number,
            restarts: self.machine.restarts(),
            since: self.since,
            waiting_for: self.others.iter().map(|(name, _)| name.clone()).collect(),
            reason: self.reason.clone().filter(|_| shows_reason),
            says: self.run.as_ref().and_then(|run| run.line.clone()),
            retry_at,
            command: spec.command.clone(),
            log_trouble: self.run.as_ref().and_then(|run| run.log.as_ref()?.trouble()),
            watch_trouble: spec.watch.as_ref().and_then(|_| self.common.watches.trouble(&self.name)),
            changed: self.changed.is_some(),
        }
    }

    fn as_footing(&self) -> Footing {
        match self.machine.state() {
            State::Running { ready: true, healthy: true, .. } => Footing::Ready,
            State::Stopped if self.done => Footing::Done,
            State::Stopped => Footing::Down,
            State::Failed => Footing::Failed(self.reason.as_deref().unwrap_or("nobody knows why").into()),
            _ => Footing::Coming,
        }
    }

    /// A moment of the monotonic clock as wall time.
    fn at(&self, moment: Duration) -> Timestamp {
        let wait = moment.saturating_sub(self.common.runs.clock.uptime());
        let now = self.common.runs.clock.now();
        now.checked_add(SignedDuration::try_from(wait).unwrap_or_default()).unwrap_or(now)
    }
}

/// An answer that may have to be given to several.
enum Told {
    NotUp { service: String, why: String },
    Overtaken { service: String, what: &'static str },
}

impl Told {
    fn error(&self) -> Error {
        match self {
            Told::NotUp { service, why } => Error::NotUp { service: service.clone(), why: why.clone() },
            Told::Overtaken { service, what } => Error::Overtaken { service: service.clone(), what },
        }
    }
}

/// Answers, unless nobody listens any more.
pub(super) fn tell(answer: Answer, outcome: Result<Arc<ServiceStatus>, Error>) {
    if answer.send(outcome).is_err() {
        tracing::trace!("nobody waits for this answer any more");
    }
}

pub(super) fn word(state: &State) -> Word {
    match state {
        State::Stopped => Word::Stopped,
        State::Waiting => Word::Waiting,
        State::Starting => Word::Starting,
        State::Running { .. } => Word::Running,
        State::Stopping { .. } => Word::Stopping,
        State::Backoff { .. } => Word::Backoff,
        State::Failed => Word::Failed,
    }
}
