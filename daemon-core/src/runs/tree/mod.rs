//! Ending everything of a run, and saying what had to be killed.
//!
//! A service is stopped, or is started again after a crash, only when nothing of
//! the run before is left: what is left has the port, the lock and the log. So
//! at the end of every main process this is asked to end the rest. Nearly always
//! there is none, and that is found out in microseconds.
//!
//! *In a cgroup* (`cgroup`) the kernel knows what is left, kills it at once and
//! tells when it is gone. Nothing escapes.
//!
//! *Without one*, the daemon is the reaper of what loses its parent, so whatever
//! a run leaves behind is below the daemon's own children (`children`). Those
//! are recognised by session, group, mark (`mark`) or tag, and what is below
//! them by that. What an earlier daemon started has another reaper; for that all
//! processes are looked at (`pass`). Then everything found is stopped, looked
//! for again until nothing new is found, and killed together: what stands still
//! does not fork. That is repeated until there is nothing. A process escapes only
//! if it has lost its parent, has a session of its own, *and* has got rid of both
//! mark and tag, for which it needs to be root or to ask for real-time limits.
//!
//! What is left gets SIGKILL. Its main process had the stop signal, as did its
//! whole group, and the time to end what it had started; a moment is granted to
//! what is ending already, and none where a successor waits.
//!
//! Whoever loses its parent and dies becomes our zombie. Those that bear the mark
//! of this home are reaped (`Trees::reap`); others' children are never touched.

mod cgroup;
mod children;
mod controllers;
mod ending;
mod held;
mod left;
mod mark;
mod pass;
mod settings;
mod told;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hob_launch::Plan;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, waitid};

pub(crate) use cgroup::Group;
pub(crate) use controllers::here as controllers_here;
pub(crate) use left::Left;
pub use settings::Settings;

use super::child;
use super::conf::Controllers;
use super::limits::Limits;
use crate::home;
use cgroup::Place;
use children::Own;
use mark::Marks;
use pass::Passes;
use told::{keeps, parent, stat_field};

/// So many cgroups of runs that have ended wait for others.
const SPARES: usize = 16;

/// More generations than any run has.
const LONGEST_CHAIN: usize = 256;

/// A run: its service and number.
pub(crate) type Key = (String, u64);

/// A process, by number and start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) ticks: u64,
}

/// All processes of one run, however many there are.
#[derive(Debug)]
pub(crate) struct Tree {
    key: Key,
    /// Who made the session; not known of one that ended unseen, nor if that is not the main process any more.
    leader: Option<Process>,
    group: Option<Group>,
    /// What of its limits its cgroup holds it to.
    controllers: Controllers,
    /// Whether the kernel was asked to kill all of its cgroup; not known of what an earlier daemon began.
    was_killed: AtomicBool,
    /// Whether this process is the reaper of what loses its parent in it.
    is_below_us: bool,
}

/// The way to end trees; clones share it.
#[derive(Clone)]
pub(crate) struct Trees(Arc<Inner>);

struct Inner {
    home_id: String,
    marks: Marks,
    /// The daemon as a reaper, if it can be one.
    own: Option<Own>,
    passes: Passes,
    wants_cgroups: AtomicBool,
    /// Whether the dead are left to the next daemon, which has to know how they ended.
    leaves_the_dead: AtomicBool,
    place: OnceLock<Option<Place>>,
    /// What runs have left to whoever comes.
    spares: Mutex<Vec<Spare>>,
}

impl Tree {
    /// Where it is, to be written down.
    pub(crate) fn cgroup(&self) -> Option<&Path> {
        self.group.as_ref().map(Group::path)
    }

    /// The main process of a run that has just begun.
    pub(crate) fn led_by(&mut self, pid: i32) {
        // With a cgroup nobody has to be looked for.
        if self.group.is_none() {
            self.leader = home::start_ticks(pid).map(|ticks| Process { pid, ticks });
        }
    }

    /// Who made its session is no more its main process, and may be reaped at any time.
    pub(crate) fn is_led_by_another(&mut self) {
        self.leader = None;
    }

    /// Its cgroup, if it is as a new one would be. All of the run has ended and is known to have.
    pub(crate) fn spare(&mut self) -> Option<Spare> {
        // What was used and who was killed is counted for good, and limits are another run's.
        // The kernel kills whatever is born into a cgroup in which it has once been asked to kill (clone3(2)).
        let is_plain = self.controllers == Controllers::default() && !self.was_killed.load(Ordering::Relaxed);
        self.group.take_if(|group| is_plain && group.is_as_new()).map(|group| Spare(Some(group)))
    }

    /// The controllers that hold it to limits.
    pub(crate) fn controllers(&self) -> Controllers {
        self.controllers
    }

    /// Which of its processes the kernel has killed for want of memory, in words.
    pub(crate) fn starved(&self) -> Option<String> {
        let group = self.group.as_ref().filter(|_| self.controllers.memory)?;
        match controllers::killed_for_memory(group.path()) {
            0 => None,
            1 => Some("at its limit of memory, where the kernel killed a process".to_owned()),
            many => Some(format!("at its limit of memory, where the kernel killed {many} processes")),
        }
    }

    fn leader(&self) -> Option<Process> {
        self.leader
    }
}

/// The cgroup of a run that has ended and left nothing, for the next run of that name: to make one takes the
/// kernel longer than to start what is to be in it. It is gone if nobody takes it.
#[derive(Debug)]
pub(crate) struct Spare(Option<Group>);

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(group) = &self.0 {
            group.vanish();
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // Fails as long as anything is in it, and so leaves a run that goes on alone.
        if let Some(group) = &self.group {
            group.vanish();
        }
    }
}

impl Trees {
    /// Makes this process the reaper of what loses its parent below it (prctl(2)). To be made on the
    /// thread that starts services.
    pub(crate) fn new(home_id: &str, boot: &str) -> Trees {
        let reaper = rustix::process::set_child_subreaper(Some(getpid()));
        let own = reaper.ok().and_then(|()| Own::of_this_thread());
        if own.is_none() {
            tracing::info!(
                "this kernel does not list children; the end of a run is found out by all processes"
            );
        }
        Trees(Arc::new(Inner {
            home_id: home_id.to_owned(),
            marks: Marks::new(home_id, boot),
            own,
            passes: Passes::new(home_id, boot),
            wants_cgroups: AtomicBool::new(true),
            leaves_the_dead: AtomicBool::new(false),
            place: OnceLock::new(),
            spares: Mutex::default(),
        }))
    }

    pub(crate) fn configure(&self, settings: &Settings) {
        self.0.wants_cgroups.store(settings.cgroups, Ordering::Relaxed);
    }

    /// What can hold runs to their limits.
    pub(crate) fn controllers(&self) -> Controllers {
        self.place().map_or_else(Controllers::default, |place| place.controllers)
    }

    /// Keeps the cgroup of a run that has ended and left nothing, for one of any name.
    pub(crate) fn spare(&self, tree: &mut Tree) {
        let mut spares = self.spares();
        if spares.len() < SPARES {
            spares.extend(tree.spare());
        }
    }

    /// The cgroup of a run that has ended, if there is one.
    pub(crate) fn spared(&self) -> Option<Spare> {
        self.spares().pop()
    }

    fn spares(&self) -> MutexGuard<'_, Vec<Spare>> {
        self.0.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a new run is to bear, added to its plan; its cgroup has its limits, as far as it can keep them.
    pub(crate) fn plant(&self, key: Key, spare: Option<Spare>, limits: &Limits, plan: &mut Plan) -> Tree {
        let wanted = limits.kept_by(self.controllers());
        let spare = spare.filter(|_| wanted == Controllers::default());
        let group = self.group(&key, spare);
        let mut controllers = Controllers::default();
        if let Some(group) = group.as_ref().filter(|_| wanted != controllers) {
            match controllers::limit(group.path(), limits, wanted) {
                Ok(()) => controllers = wanted,
                Err(error) => tracing::warn!(%error, run = ?key, "the kernel does not keep its limits"),
            }
        }
        if limits.cpu.is_some() && !controllers.cpu {
            tracing::warn!(run = ?key, "nothing keeps limits.cpu");
        }
        let tree = Tree {
            group,
            key,
            leader: None,
            controllers,
            was_killed: AtomicBool::default(),
            is_below_us: self.0.own.is_some(),
        };
        self.join(&tree, plan);
        tree
    }

    /// The same for a process that is to belong to a run that there is.
    pub(crate) fn join(&self, tree: &Tree, plan: &mut Plan) {
        plan.cgroup = tree.group.as_ref().map(Group::procs);
        plan.limits.extend(self.0.marks.limit(&tree.key));
    }

    /// That of a run which an earlier daemon began, with its main process if that lives.
    pub(crate) fn former(&self, key: Key, main: Option<Process>, cgroup: Option<&Path>) -> Tree {
        let of_main = || main.and_then(|main| cgroup::of_process(main.pid));
        let group = cgroup.map(Path::to_owned).or_else(of_main);
        let group = group.and_then(|path| Group::former(&path, &self.0.home_id));
        let ours = main.is_some_and(|main| parent(main.pid) == Some(getpid().as_raw_nonzero().get()));
        let controllers = group.as_ref().map(|group| controllers::holding(group.path()));
        let controllers = controllers.unwrap_or_default();
        Tree {
            key,
            leader: main,
            group,
            controllers,
            was_killed: AtomicBool::new(true),
            is_below_us: ours && self.0.own.is_some(),
        }
    }

    fn unknown_children(&self) -> impl Iterator<Item = i32> + use<> {
        let children = self.0.own.as_ref().map(Own::children).unwrap_or_default();
        children.into_iter().filter(|pid| !child::is_known(*pid))
    }

    /// Whether a process says of itself that it is of this run.
    fn is_of(&self, tree: &Tree, pid: i32) -> bool {
        let led = tree.leader.filter(|leader| 1 < leader.pid).is_some_and(|leader| {
            // Its group and its session (proc_pid_stat(5), fields 5 and 6).
            [2, 3].iter().any(|place| stat_field(pid, *place) == Some(leader.pid))
        });
        led || mark::of_process(pid) == Some(self.0.marks.of(&tree.key)) || self.is_tagged(tree, pid)
    }

    fn is_tagged(&self, tree: &Tree, pid: i32) -> bool {
        let Ok(environ) = fs_err::read(format!("/proc/{pid}/environ")) else { return false };
        super::processes::texts::tag(&environ, self.0.passes.prefix()).is_some_and(|key| key == tree.key)
    }

    /// Whether a process is of this run, by itself or by an ancestor.
    pub(crate) fn has(&self, tree: &Tree, pid: i32) -> bool {
        let mut at = pid;
        for _ in 0..LONGEST_CHAIN {
            if at <= 1 || at == getpid().as_raw_nonzero().get() {
                return false;
            }
            let leads = tree.leader.is_some_and(|leader| leader.pid == at);
            if leads || tree.group.as_ref().is_some_and(|group| group.has(at)) || self.is_of(tree, at) {
                return true;
            }
            let Some(parent) = parent(at) else { return false };
            at = parent;
        }
        false
    }

    /// Reaps what has lost its parent and died, if that was of a run of this home.
    pub(crate) fn reap(&self) {
        if self.0.leaves_the_dead.load(Ordering::Relaxed) {
            return;
        }
        for pid in self.unknown_children() {
            let state = home::stat_after_name(pid);
            if state.is_some_and(|stat| stat.starts_with('Z')) && (self.is_ours(pid) || keeps(pid)) {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
                let reaped = Pid::from_raw(pid).map(|pid| waitid(WaitId::Pid(pid), options));
                tracing::trace!(pid, ?reaped, "an orphan has ended");
            }
        }
    }

    /// From now on nobody is reaped: who is let go of looks like an orphan.
    pub(crate) fn leave_the_dead(&self) {
        self.0.leaves_the_dead.store(true, Ordering::Relaxed);
    }

    /// Whether a process, which may be dead, was of a run of this home.
    fn is_ours(&self, pid: i32) -> bool {
        let below = format!("/hob-{}/", self.0.home_id);
        mark::of_process(pid).is_some_and(|mark| self.0.marks.has(mark))
            || fs_err::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|text| text.contains(&below))
    }

    /// Whether a process that lives bears the mark of a run of this home, of whichever daemon.
    pub(crate) fn have_marked(&self, pid: i32) -> bool {
        mark::of_living(pid).is_some_and(|mark| self.0.marks.has(mark))
    }

    /// The cgroup that a process is in, if it is one of this home's.
    pub(crate) fn cgroup_of(&self, pid: i32) -> Option<PathBuf> {
        let ours = format!("hob-{}", self.0.home_id);
        cgroup::of_process(pid).filter(|path| path.parent().is_some_and(|above| above.ends_with(&ours)))
    }

    /// Kills whatever is in cgroups of this home, and waits for nothing.
    pub(crate) fn kill_all(&self) {
        if let Some(Some(place)) = self.0.place.get() {
            place.kill();
        }
        for pid in self.unknown_children().filter(|pid| self.is_ours(*pid)) {
            let killed = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
            tracing::debug!(pid, ?killed, "killing an orphan");
        }
    }

    /// Nothing runs any more: the home's cgroup is not needed.
    pub(crate) fn leave(&self) {
        self.spares().clear();
        if let Some(Some(place)) = self.0.place.get() {
            place.remove();
        }
    }

    /// A cgroup for a run, where one can be had.
    fn group(&self, key: &Key, spare: Option<Spare>) -> Option<Group> {
        let place = self.place()?;
        if let Some(group) = spare.and_then(|mut spare| spare.0.take()) {
            return Some(group);
        }
        let made = place.group(key);
        made.inspect_err(|error| tracing::warn!(%error, run = ?key, "it runs without a cgroup")).ok()
    }

    /// Where the cgroups of runs are, if they are wanted and can be had.
    fn place(&self) -> Option<&Place> {
        if !self.0.wants_cgroups.load(Ordering::Relaxed) {
            return None;
        }
        let place = self.0.place.get_or_init(|| match Place::make(&self.0.home_id) {
            Ok(place) => {
                tracing::info!(?place, "each service runs in a cgroup of its own");
                Some(place)
            }
            Err(why) => {
                tracing::info!(why, "services run without cgroups");
                None
            }
        });
        place.as_ref()
    }
}
