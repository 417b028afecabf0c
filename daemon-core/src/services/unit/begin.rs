//! How a unit begins: from nothing, or from what an earlier daemon left.

use std::sync::Arc;
use std::sync::atomic::AtomicI32;

use tokio::sync::watch;

use super::mailbox::mailbox;
use super::publish::word;
use super::resume::Pending;
use super::{Keeper, Unit};
use crate::services::common::{Common, Footing, Shown};
use crate::services::former::{Ended, Former};
use crate::services::run::Run;
use crate::services::sentence;
use crate::services::spec::Spec;
use crate::services::standing::{Standing, Stood};
use crate::services::state::{Machine, State, Wanted};
use crate::services::status::{ServiceStatus, Word};
use crate::services::store::Last;

/// What a unit comes after.
#[derive(Default)]
pub(in crate::services) struct Past {
    /// The newest run so far.
    pub(in crate::services) last_run: Last,
    /// A run that lives; it is adopted.
    pub(in crate::services) former: Option<Former>,
    /// A run that has ended while no daemon ran.
    pub(in crate::services) ended: Option<Ended>,
    /// Where the service stood.
    pub(in crate::services) stood: Option<Stood>,
    /// The unit that had this name before and may not have ended yet; it is waited for.
    pub(in crate::services) predecessor: Option<Unit>,
}

impl Past {
    /// Whether an earlier daemon has left anything to go on from.
    pub(in crate::services) fn resumes(&self) -> bool {
        self.former.is_some() || self.ended.is_some() || self.stood.is_some()
    }

    /// Whether it is started again, and was not left running.
    pub(in crate::services) fn returns(&self) -> bool {
        let wanted = matches!(&self.stood, Some(Stood { standing: Standing::Up | Standing::Again, .. }));
        wanted && self.former.is_none()
    }
}

/// Begins a unit; one that is `expected` is about to be told to start, and is waited for from now on.
pub(in crate::services) fn spawn(
    common: &Arc<Common>,
    spec: Arc<Spec>,
    mut past: Past,
    expected: bool,
) -> Unit {
    let now = common.runs.clock.now();
    let (commands, heard) = mailbox();
    let status = Arc::new(ServiceStatus::unknown(&spec, now));
    let (shows, shown) = watch::channel(Shown { status, footing: Footing::Down });
    let group = Arc::new(AtomicI32::new(0));
    let predecessor = past.predecessor.take();
    let mut keeper = Box::new(Keeper {
        common: Arc::clone(common),
        name: spec.name.as_str().into(),
        machine: Machine::default(),
        changed: None,
        run_number: past.last_run.run,
        run: None,
        spare: None,
        others: Vec::new(),
        reason: None,
        done: false,
        since: past.last_run.ended.unwrap_or(now),
        word: Word::Stopped,
        held: None,
        tickets: Vec::new(),
        pending: None,
        stands: past.stood.as_ref().map(|stood| (stood.standing, stood.memory, stood.since)),
        leaving: false,
        left: false,
        hold: None,
        shows,
        group: Arc::clone(&group),
        spec,
    });
    keeper.look_back(past);
    keeper.publish();
    if expected {
        keeper.is_coming();
    }
    common.introduce(&keeper.name, shown.clone());
    common.runs.tasks.detach(keeper.keep(heard, predecessor));
    Unit { commands, shown, group }
}

impl Keeper {
    /// Shows that it is about to be started, though it has not been told to yet.
    fn is_coming(&self) {
        let now = ServiceStatus::clone(&self.shows.borrow().status);
        let status = Arc::new(ServiceStatus { wanted: Wanted::Up, ..now });
        self.common.board.put("service", Arc::clone(&self.name), &*status);
        self.shows.send_modify(|shown| *shown = Shown { status, footing: Footing::Coming });
    }

    /// Takes in what an earlier daemon left; what follows from it comes with the command to resume.
    fn look_back(&mut self, past: Past) {
        let standing = past.stood.as_ref().map_or(Standing::Up, |stood| stood.standing);
        let memory = past.stood.as_ref().map(|stood| stood.memory).unwrap_or_default();
        if let Some(former) = past.former {
            return self.adopt(former, standing, memory);
        }
        let returns = past.returns();
        let Some(stood) = past.stood else {
            self.pending = past.ended.map(|ended| Box::new(Pending { ended: Some(ended), back: None }));
            return;
        };
        match standing {
            Standing::Failed => {
                self.machine = Machine::resting(true, memory);
                self.reason = stood.reason;
            }
            Standing::Done | Standing::Down => {
                self.machine = Machine::resting(false, memory);
                self.done = standing == Standing::Done;
            }
            Standing::Up | Standing::Again => {}
        }
        self.word = word(self.machine.state());
        self.since = stood.since.unwrap_or(self.since);
        let back = returns.then_some((standing, memory));
        if returns || past.ended.is_some() {
            self.pending = Some(Box::new(Pending { ended: past.ended, back }));
        }
    }

    fn adopt(&mut self, former: Former, standing: Standing, memory: crate::services::state::Memory) {
        let now = self.common.runs.clock.uptime();
        let age = self.common.runs.clock.now().duration_since(former.since).try_into().unwrap_or_default();
        let policy = self.spec.policy();
        // What said that it is ready while nobody listened does not say so again.
        let ready = former.ready || !policy.probed || self.spec.is_notified();
        self.machine = match standing {
            Standing::Up | Standing::Failed => Machine::adopted(age, ready, now, memory),
            Standing::Again => Machine::reclaiming(true, now, &policy, memory),
            Standing::Down | Standing::Done => Machine::reclaiming(false, now, &policy, memory),
        };
        if let Some(digest) = former.digest.filter(|digest| *digest != self.spec.digest) {
            // How it was configured is not kept; what holds now is the nearest to it.
            let changed = Arc::clone(&self.spec);
            self.spec = Arc::new(Spec { digest, ..(*changed).clone() });
            self.changed = Some(changed);
        }
        (self.run_number, self.since) = (former.run, former.since);
        self.word = word(self.machine.state());
        let pid = former.child.pid();
        self.group.store(pid, std::sync::atomic::Ordering::Relaxed);
        let mut run = Run::former(former, now, age);
        run.limit(&self.common, &self.name, &self.spec, self.run_number);
        self.run = Some(Box::new(run));
        let up = sentence::duration(age);
        self.note(format!("adopted (pid {pid}, run {}, up {up})", self.run_number));
        if self.changed.is_some() {
            self.note("its configuration has changed; a restart applies it".to_owned());
        }
        if matches!(self.machine.state(), State::Stopping { .. }) {
            self.note("was being stopped, and still is".to_owned());
            self.signal(self.spec.stop_signal.get());
        }
        self.pending = Some(Box::new(Pending { ended: None, back: None }));
    }
}
