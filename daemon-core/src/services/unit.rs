//! One service: a task that feeds the state machine and does what it decides.
//!
//! The task waits for whatever may happen next (a command, the launcher's word,
//! the process's end, a deadline, a probe, the readiness of others), turns it
//! into an event, and carries out the effect. Nothing is scanned and nothing
//! polled. A command's answer is given when its effect is there to be seen:
//! *start* and *restart* answer once the service is ready or why it is not,
//! *stop* once nothing of it is left.

mod begin;
mod hear;
mod life;
mod mailbox;
mod others;
mod publish;
mod resume;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::AtomicI32;

use jiff::Timestamp;
use rustix::process::Signal;
use tokio::sync::{oneshot, watch};

use super::common::{Common, Shown};
use super::error::Error;
use super::run::{self, Run};
use super::spec::Spec;
use super::standing::Standing;
use super::state::{Effect, Event, Machine, Memory, Policy, State, Wanted};
use super::status::{ServiceStatus, Word};
use crate::kernel::activity::Hold;
use crate::runs::tree::Spare;
use crate::system::Pause;
pub(super) use begin::{Past, spawn};
use hear::Heard;
use mailbox::Receiver;
use publish::tell;
use resume::Pending;

pub(super) type Answer = oneshot::Sender<Result<Arc<ServiceStatus>, Error>>;

/// What a unit may be told.
pub(super) enum Command {
    /// Run, and answer when it is ready. Without an answer it is somebody else's wish.
    Start(Option<Answer>),
    /// Answer when it is ready, or why it is not; somebody else has told it to run.
    Await(Answer),
    /// Run, because somebody else needs it; tells when this has been taken in.
    Want(oneshot::Sender<()>),
    /// Do not run, and answer when nothing is left.
    Stop(Option<Answer>),
    /// End and run again, and answer when it is ready.
    Restart(Answer),
    /// Send this signal to the process group.
    Signal(Signal, Answer),
    /// The configuration says something else now.
    Configure(Arc<Spec>),
    /// Files that it is restarted for have changed: which, in words.
    FilesChanged(String),
    /// Something has changed that it shows.
    Show,
    /// Go on from where it stood when the daemon before this one ended.
    Resume,
    /// The daemon ends and its services do not: let go of what runs.
    Leave,
    /// Stop, then cease to be: it is not configured any more or, if somebody waits for it, the daemon ends.
    Remove(Option<Answer>),
    /// There is no time left: as [`Command::Remove`], but at once.
    Kill,
}

/// The way to a unit.
#[derive(Clone)]
pub(super) struct Unit {
    pub(super) commands: mailbox::Sender<Command>,
    pub(super) shown: watch::Receiver<Shown>,
    /// The process group of the run, 0 if there is none; for the end in haste.
    pub(super) group: Arc<AtomicI32>,
}

impl Unit {
    /// How its service is.
    pub(super) fn status(&self) -> Arc<ServiceStatus> {
        Arc::clone(&self.shown.borrow().status)
    }

    /// Waits until it has ceased to be.
    pub(super) async fn gone(&self) {
        let mut shown = self.shown.clone();
        while shown.changed().await.is_ok() {}
    }
}

struct Keeper {
    common: Arc<Common>,
    name: Arc<str>,
    spec: Arc<Spec>,
    /// What the configuration says since the run began.
    changed: Option<Arc<Spec>>,
    machine: Machine,
    run_number: u64,
    run: Option<Box<Run>>,
    /// What its last run has left to the next, while there is to be one.
    spare: Option<Spare>,
    /// Those it waits for, while it waits.
    others: Vec<(String, watch::Receiver<Shown>)>,
    /// Why it is as it is.
    reason: Option<String>,
    /// Whether its last run did what it was for.
    done: bool,
    since: Timestamp,
    word: Word,
    /// The pause that is shown to hold its next start.
    held: Option<Pause>,
    tickets: Vec<Ticket>,
    /// What it has to take up from an earlier daemon.
    pending: Option<Box<Pending>>,
    /// Where it stands, as it was written down.
    stands: Option<(Standing, Memory, Option<Timestamp>)>,
    leaving: bool,
    /// Whether it has let go of what runs.
    left: bool,
    hold: Option<Hold>,
    shows: watch::Sender<Shown>,
    group: Arc<AtomicI32>,
}

enum Ticket {
    /// Wants it to be ready.
    Up(Answer),
    /// Wants nothing of it to be left.
    Down(Answer),
}

impl Keeper {
    async fn keep(mut self: Box<Self>, mut commands: Receiver<Command>, predecessor: Option<Unit>) {
        if let Some(predecessor) = predecessor {
            predecessor.gone().await;
            self.run_number = self.run_number.max(predecessor.status().run);
        }
        while !(self.left || self.leaving && self.machine.state() == &State::Stopped) {
            let heard = self.hear(&mut commands).await;
            // Apart, because a task is as large as the largest thing it ever waits for, and this one
            // waits for what has not happened yet almost all the time.
            Box::pin(self.take(heard)).await;
            self.publish();
            if !self.left {
                self.answer().await;
            }
        }
        self.common.forget(&self.name, &self.shows);
    }

    async fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Command(command) => self.obey(command).await,
            Heard::Report(report) => self.reported(report).await,
            Heard::Ended(exit) => self.ended(exit).await,
            Heard::Probed(outcome) => self.probed(outcome).await,
            Heard::Found(finding) => self.found(finding).await,
            Heard::Says(message, sender) => self.says(message, sender).await,
            Heard::Silence => self.silent().await,
            Heard::Exceeds(why) => self.exceeds(why).await,
            // It shows until when it waits now.
            Heard::Paused => {}
            Heard::OthersChanged => self.act(Some(Effect::Await)).await,
            Heard::Deadline => {
                if matches!(self.machine.state(), State::Stopping { .. }) {
                    let limit = self.spec.stop_timeout;
                    self.note(format!("did not end within {limit} and is killed"));
                }
                self.step(Event::Deadline).await;
            }
        }
    }

    async fn obey(&mut self, command: Option<Command>) {
        if self.leaving && !matches!(command, Some(Command::Kill | Command::Leave)) {
            // Whoever waits for an answer learns from its absence that there is no such service any more.
            return;
        }
        match command {
            Some(Command::Start(answer)) => {
                self.renew();
                self.tickets.extend(answer.map(Ticket::Up));
                self.step(Event::Start).await;
            }
            Some(Command::Await(answer)) => self.tickets.push(Ticket::Up(answer)),
            Some(Command::Stop(answer)) => {
                self.tickets.extend(answer.map(Ticket::Down));
                self.step(Event::Stop).await;
            }
            Some(Command::Restart(answer)) => {
                self.renew();
                self.tickets.push(Ticket::Up(answer));
                self.step(Event::Restart).await;
            }
            Some(Command::Signal(signal, answer)) => {
                let outcome = match &self.run {
                    Some(run) => {
                        run.child.signal_group(signal);
                        Ok(Arc::clone(&self.shows.borrow().status))
                    }
                    None => Err(Error::NotRunning { service: self.name.to_string() }),
                };
                tell(answer, outcome);
            }
            Some(Command::Want(taken)) => {
                self.renew();
                self.step(Event::Start).await;
                self.publish();
                // Nobody may be waiting for this any more.
                taken.send(()).ok();
            }
            Some(Command::FilesChanged(which)) => self.files_changed(which).await,
            // Whatever it was told, it shows what has become of it.
            Some(Command::Show) => {}
            Some(Command::Resume) => self.resume().await,
            Some(Command::Leave) => self.left = true,
            Some(Command::Configure(spec)) => self.configure(spec).await,
            Some(Command::Kill) => {
                self.leaving = true;
                self.step(Event::Stop).await;
                self.kill();
            }
            // Without a way to reach it, it cannot be wanted either.
            command @ (Some(Command::Remove(_)) | None) => {
                match command {
                    Some(Command::Remove(Some(answer))) => self.tickets.push(Ticket::Down(answer)),
                    // Its log stays, and may go on as that of another service of this name.
                    Some(Command::Remove(None)) if self.run_number != 0 => {
                        self.note("is not configured any more".to_owned());
                    }
                    _ => {}
                }
                self.leaving = true;
                self.step(Event::Stop).await;
            }
        }
    }

    async fn step(&mut self, event: Event) {
        let effect = self.decide(event);
        self.act(effect).await;
    }

    fn decide(&mut self, event: Event) -> Option<Effect> {
        let now = self.common.runs.clock.uptime();
        let policy = Policy { held: self.common.system.is_paused(), ..self.spec.policy() };
        self.machine.step(event, now, &policy, chance())
    }

    /// Carries out an effect, and those that follow from it at once.
    async fn act(&mut self, mut effect: Option<Effect>) {
        while let Some(what) = effect.take() {
            effect = match what {
                Effect::Await => {
                    self.renew();
                    self.look_around();
                    if self.others.is_empty() { self.decide(Event::Unblocked) } else { None }
                }
                Effect::Spawn => {
                    // It takes a while, in which nobody may think that it is not coming.
                    self.publish();
                    match self.begin_run().await {
                        Ok(()) => None,
                        Err(error) => self.unbegun(&error),
                    }
                }
                Effect::Terminate => {
                    if let Some(run) = &mut self.run {
                        run.let_be();
                    }
                    let signal = self.last_signal();
                    self.note(format!("is asked to end with SIG{}", signal.name()));
                    self.signal(signal.get());
                    None
                }
                Effect::Kill => {
                    self.kill();
                    None
                }
            };
        }
        if self.machine.state() != &State::Waiting {
            self.others.clear();
        }
    }

    fn unbegun(&mut self, error: &Error) -> Option<Effect> {
        self.give_reason(error.to_string());
        let effect = self.decide(Event::Unlaunched { transient: run::is_transient_error(error) });
        self.outcome();
        effect
    }

    fn signal(&self, signal: Signal) {
        if let Some(run) = &self.run {
            run.child.signal_group(signal);
            // A stopped process takes no signal but this one and KILL.
            run.child.signal_group(Signal::CONT);
        }
    }

    fn kill(&self) {
        if let Some(run) = &self.run {
            run.child.kill();
        }
    }

    async fn configure(&mut self, spec: Arc<Spec>) {
        if spec.digest == self.spec.digest {
            // Of a run that was adopted only the digest is known; here is what it says.
            self.spec = spec;
            self.changed = None;
            return;
        }
        let known = self.changed.as_ref().is_some_and(|changed| changed.digest == spec.digest);
        self.changed = Some(spec);
        if self.machine.has_process() && known {
            return;
        }
        if self.machine.has_process() {
            self.note("its configuration has changed; a restart applies it".to_owned());
            return;
        }
        self.renew();
        match self.machine.state() {
            // Whoever mends what has failed wants to see it run.
            State::Failed if self.machine.wanted() == Wanted::Up => self.step(Event::Start).await,
            // It may wait for others now, or for nobody.
            State::Waiting => self.act(Some(Effect::Await)).await,
            _ => {}
        }
    }

    /// Takes up the newest configuration, if no process lives by the old one.
    fn renew(&mut self) {
        if !self.machine.has_process()
            && let Some(spec) = self.changed.take()
        {
            self.spec = spec;
        }
    }
}

/// A random fraction from 0 to 1; not a secret, so a poor one will do where the kernel has none.
fn chance() -> f64 {
    let mut random = [0u8; 4];
    match rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::NONBLOCK) {
        Ok(4) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
        _ => 0.5,
    }
}
