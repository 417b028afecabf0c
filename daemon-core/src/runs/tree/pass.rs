//! All processes of the machine, looked at once for all who wait for it.
//!
//! What a run has left is found among the daemon's own children as long as the
//! daemon is their reaper. What an earlier daemon started is not: when that died,
//! it became init's. Then every process has to be looked at, which takes
//! milliseconds; a thread that may block does it, and however many runs end at
//! the same time, they share the next pass. A pass that has begun already is
//! nobody's to join, since it may have missed what was not there yet.
//!
//! Processes come and go meanwhile, and one that forks and ends all the time could
//! be missed by every pass. But numbers are given in order, and the kernel tells
//! the last one (proc_loadavg(5)). So what came while the list was read is looked
//! at afterwards, and what came during that, until nothing has come.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Key, Process, Tree, Trees, mark};
use crate::runs::begin::MAIN_PID;
use crate::runs::processes::ledger::Tag;
use crate::runs::processes::scan::Proc;
use crate::runs::processes::texts::Stat;
use crate::runs::processes::trees::owners;

/// No process, group or session has this number.
const NOBODY: i32 = i32::MIN;
/// How often to look for what has come meanwhile.
const LATECOMERS: usize = 1000;
/// How long a process may take to be there once it has its number.
const BIRTH: Duration = Duration::from_millis(1);
/// How often to ask a process for its environment that is just executing another program and has none.
const ASKED: usize = 50;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    processes: Vec<Stat>,
    tags: HashMap<i32, Key>,
    marks: HashMap<i32, u64>,
}

/// The way to a pass; clones share them.
#[derive(Clone)]
pub(super) struct Passes(Arc<Inner>);

struct Inner {
    /// What tags of this home begin with.
    prefix: String,
    /// The one that has not begun yet.
    next: Mutex<Option<Shared<BoxFuture<'static, Arc<Seen>>>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Passes {
    pub(super) fn new(home_id: &str, boot: &str) -> Passes {
        let prefix = format!("{home_id}.{boot}.");
        Passes(Arc::new(Inner { prefix, next: Mutex::default(), turn: tokio::sync::Mutex::default() }))
    }

    /// What tags of this home begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What there is, as of now or later.
    pub(super) async fn pass(&self) -> Arc<Seen> {
        let next = self.next().get_or_insert_with(|| self.clone().make().boxed().shared()).clone();
        next.await
    }

    async fn make(self) -> Arc<Seen> {
        let inner = Arc::clone(&self.0);
        let _turn = inner.turn.lock().await;
        *self.next() = None;
        let looking = tokio::task::spawn_blocking(move || look(&self.0.prefix));
        match looking.await {
            Ok(Ok(seen)) => Arc::new(seen),
            Ok(Err(error)) => {
                tracing::error!(%error, "the processes cannot be looked at");
                Arc::default()
            }
            Err(error) => {
                tracing::error!(%error, "looking at the processes broke");
                Arc::default()
            }
        }
    }

    fn next(&self) -> MutexGuard<'_, Option<Shared<BoxFuture<'static, Arc<Seen>>>>> {
        self.0.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(prefix: &str) -> std::io::Result<Seen> {
    let mut proc = Proc::open()?;
    let mut seen = Seen::default();
    let mut last = last_number();
    for process in proc.processes()? {
        seen.take(&mut proc, process, prefix);
    }
    let mut unborn = Vec::new();
    for _ in 0..LATECOMERS {
        let newest = last_number();
        let new = since(last, newest);
        if new.is_empty() && unborn.is_empty() {
            break;
        }
        last = newest;
        // A number is given a moment before its process is there.
        let again = std::mem::take(&mut unborn);
        if new.is_empty() {
            std::thread::sleep(BIRTH);
        }
        for pid in again {
            if let Some(process) = latecomer(&mut proc, pid) {
                seen.take(&mut proc, process, prefix);
            }
        }
        for pid in new {
            match latecomer(&mut proc, pid) {
                Some(process) => seen.take(&mut proc, process, prefix),
                None => unborn.push(pid),
            }
        }
    }
    Ok(seen)
}

/// The process of this number; a thread of that number is none, though `/proc` knows it too.
fn latecomer(proc: &mut Proc, pid: i32) -> Option<Stat> {
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    proc.process(pid)
}

/// The number that was given last; threads have numbers too.
fn last_number() -> i32 {
    let text = fs_err::read_to_string("/proc/loadavg").unwrap_or_default();
    text.trim_end().rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The numbers given after `last` up to `newest`; when they have begun anew, all from the beginning.
fn since(last: i32, newest: i32) -> Vec<i32> {
    if last <= newest { (last + 1..=newest).collect() } else { (2..=newest).collect() }
}

fn tag(proc: &mut Proc, process: &Stat, prefix: &str) -> Tag {
    for _ in 0..ASKED {
        match proc.tag(process, prefix) {
            Tag::Unknown => std::thread::yield_now(),
            known => return known,
        }
    }
    Tag::Absent
}

impl Trees {
    /// The processes that bear the tags of these runs, of each the oldest first.
    pub(crate) async fn tagged(&self, open: &BTreeSet<Key>) -> BTreeMap<Key, Vec<Process>> {
        self.0.passes.pass().await.of_runs(open)
    }

    /// The main processes of these runs, where they live. One that only says so is not the oldest of its run.
    pub(crate) async fn mains(&self, open: &BTreeSet<Key>) -> BTreeMap<Key, Process> {
        let seen = self.0.passes.pass().await;
        let mains = seen.of_runs(open).into_iter().filter_map(|(key, all)| {
            let main = all.into_iter().next()?;
            (is_main(main.pid) && seen.has_none_before(main, self.0.marks.of(&key))).then_some((key, main))
        });
        mains.collect()
    }
}

impl Seen {
    fn take(&mut self, proc: &mut Proc, process: Stat, prefix: &str) {
        match tag(proc, &process, prefix) {
            Tag::Of(service, run) => drop(self.tags.insert(process.pid, (service, run))),
            _ => drop(mark::of_process(process.pid).map(|mark| self.marks.insert(process.pid, mark))),
        }
        self.processes.push(process);
    }

    /// The processes of a run, besides this one and what it has started.
    pub(super) fn members(&self, tree: &Tree, mark: u64, noted: &[Process]) -> Vec<Process> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let stranger = |leader: &Process| {
            self.processes
                .iter()
                .any(|it| (it.pid, it.start) != (leader.pid, leader.ticks) && it.pid == leader.pid)
        };
        // Its number may be another's by now. What has none must not be looked for by any number:
        // whatever init has started before there were sessions is of session 0.
        let leader = tree.leader().filter(|leader| 1 < leader.pid && !stranger(leader));
        // The second place is the run's, whether it has a leader or not.
        let mains = [me, leader.map_or(NOBODY, |leader| leader.pid)];
        let tagged = |process: &Stat| {
            let is_it = self.tags.get(&process.pid) == Some(&tree.key)
                || self.marks.get(&process.pid) == Some(&mark)
                || noted.iter().any(|it| (it.pid, it.ticks) == (process.pid, process.start));
            is_it.then_some(1)
        };
        let owners = owners(&self.processes, &mains, tagged);
        let members = self.processes.iter().zip(owners).filter(|(process, owner)| {
            // Nothing of a run is older than who began it.
            let younger = leader.is_none_or(|leader| leader.ticks <= process.start);
            *owner == Some(1)
                && younger
                && process.pid != me
                && Some(process.pid) != tree.leader().map(|it| it.pid)
        });
        members.map(|(process, _)| Process { pid: process.pid, ticks: process.start }).collect()
    }

    /// The processes that bear the tags of these runs, of each the oldest first.
    ///
    /// Anybody can put a tag into an environment, and what a run has left on purpose keeps its own for
    /// ever. So a tag alone is no reason to end a process: only runs count that a row or a log says
    /// were under way.
    pub(super) fn of_runs(&self, open: &BTreeSet<Key>) -> BTreeMap<Key, Vec<Process>> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let mut found = BTreeMap::<Key, Vec<Process>>::new();
        for process in self.processes.iter().filter(|process| process.pid != me) {
            if let Some(key) = self.tags.get(&process.pid).filter(|key| open.contains(*key)) {
                let process = Process { pid: process.pid, ticks: process.start };
                found.entry(key.clone()).or_default().push(process);
            }
        }
        found.values_mut().for_each(|all| all.sort_by_key(|process| (process.ticks, process.pid)));
        found
    }

    /// Whether no process bears this mark that is older.
    fn has_none_before(&self, main: Process, mark: u64) -> bool {
        let is_before = |process: &&Stat| process.start < main.ticks;
        self.processes.iter().filter(is_before).all(|process| self.marks.get(&process.pid) != Some(&mark))
    }
}

/// Whether a process was told that it is the main one of a run. What it starts is told the same, but has another
/// number.
fn is_main(pid: i32) -> bool {
    let told = format!("{MAIN_PID}={pid}");
    let environ = fs_err::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environ.split(|byte| *byte == 0).any(|variable| variable == told.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, session: i32, start: u64) -> Stat {
        Stat { pid, parent, group: session, session, threads: 1, own: 0, children: 0, start }
    }

    fn run(number: u64) -> Key {
        ("web".to_owned(), number)
    }

    #[test]
    fn a_tag_of_no_run_that_was_under_way_is_nobodys() {
        let seen = Seen {
            processes: vec![process(12, 1, 12, 120), process(11, 1, 11, 110), process(10, 1, 10, 100)],
            tags: [(12, run(7)), (11, run(7)), (10, run(6))].into(),
            marks: HashMap::new(),
        };
        let found = seen.of_runs(&[run(7)].into());
        let pids = found.values().flatten().map(|process| process.pid);
        assert_eq!(pids.collect::<Vec<_>>(), [11, 12]);
    }

    #[test]
    fn what_bears_the_mark_of_a_run_and_is_older_is_seen() {
        let seen = Seen {
            processes: vec![process(10, 1, 10, 100), process(11, 10, 11, 110)],
            tags: HashMap::new(),
            marks: [(10, 99)].into(),
        };
        assert!(!seen.has_none_before(Process { pid: 11, ticks: 110 }, 99));
        assert!(seen.has_none_before(Process { pid: 11, ticks: 110 }, 98));
        assert!(seen.has_none_before(Process { pid: 10, ticks: 100 }, 99));
    }

    #[test]
    fn a_main_process_is_told_its_own_number() {
        // It takes the place of the shell, and what the shell has started has been told the shell's number.
        let script = "export HOB_MAIN_PID=$$; sleep 60 & echo $!; exec sleep 60";
        let mut shell = std::process::Command::new("sh");
        let mut main = shell.args(["-c", script]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut child = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(main.stdout.take().unwrap()), &mut child)
            .unwrap();
        let (pid, child): (i32, i32) = (main.id().try_into().unwrap(), child.trim().parse().unwrap());
        while !is_main(pid) {
            std::thread::yield_now();
        }
        assert!(!is_main(child) && !is_main(i32::try_from(std::process::id()).unwrap()));
        rustix::process::kill_process(Pid::from_raw(child).unwrap(), rustix::process::Signal::KILL).unwrap();
        main.kill().unwrap();
        main.wait().unwrap();
    }

    fn check(leader: Option<Process>, noted: &[Process], expected: &[i32]) {
        let me = i32::try_from(std::process::id()).unwrap();
        let seen = Seen {
            // In the run's session; below that; by mark; by tag; the daemon inside of it, with a service.
            processes: vec![
                process(1, 0, 0, 1),
                process(2, 0, 0, 1),
                process(3, 2, 0, 1),
                process(9, 1, 0, 2),
                process(11, 1, 10, 5),
                process(12, 11, 12, 6),
                process(13, 1, 13, 6),
                process(14, 1, 14, 6),
                process(15, 1, 15, 7),
                process(me, 11, me, 8),
                process(me + 1, me, me + 1, 9),
            ],
            tags: [(14, run(7)), (15, run(8)), (me, run(7)), (me + 1, run(9))].into(),
            marks: [(13, 99)].into(),
        };
        let tree = Tree {
            key: run(7),
            leader,
            group: None,
            controllers: Default::default(),
            is_below_us: false,
            was_killed: Default::default(),
        };
        let found: Vec<i32> = seen.members(&tree, 99, noted).iter().map(|process| process.pid).collect();
        assert_eq!(found, expected, "{leader:?}");
    }

    #[test]
    fn a_run_is_its_session_all_below_it_and_what_bears_its_mark_or_tag_and_never_the_daemon() {
        check(Some(Process { pid: 10, ticks: 4 }), &[], &[11, 12, 13, 14]);
        check(None, &[], &[13, 14]);
        check(Some(Process { pid: 0, ticks: 0 }), &[], &[13, 14]);
        check(Some(Process { pid: 1, ticks: 1 }), &[], &[13, 14]);
        check(None, &[Process { pid: 15, ticks: 7 }], &[13, 14, 15]);
        check(None, &[Process { pid: 15, ticks: 6 }], &[13, 14]);
        // Another process has its number now, so its session is another's too.
        check(Some(Process { pid: 11, ticks: 4 }), &[], &[13, 14]);
    }

    #[test]
    fn what_has_come_since_is_told_by_numbers_also_when_they_begin_anew() {
        assert_eq!(since(7, 7), Vec::<i32>::new());
        assert_eq!(since(7, 9), [8, 9]);
        assert_eq!(since(32_767, 4), [2, 3, 4]);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        assert!(0 < last_number());
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn those_who_wait_at_the_same_time_share_a_pass_that_begins_after_they_came() {
        let passes = Passes::new("home", "boot");
        let all = futures_util::future::join_all((0..200).map(|_| passes.pass())).await;
        let different: BTreeSet<_> = all.iter().map(|seen| Arc::as_ptr(seen).addr()).collect();
        assert!(different.len() <= 2, "{}", different.len());
        assert!(all.iter().all(|seen| !seen.processes.is_empty()));
        let later = passes.pass().await;
        assert!(!different.contains(&Arc::as_ptr(&later).addr()), "an old pass is nobody's answer");
    }
}
