//! One pass a second at most, however many listen, and none while nobody does.
//!
//! There is no task: whoever listens asks for the next sample when it is due,
//! and whoever asks first makes the pass, for all. A sample younger than a
//! second is given to everybody who has not seen it. With the last listener
//! everything goes that was remembered from pass to pass.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::kernel::clock::Clock;
use crate::kernel::{Code, Fault};
use crate::runs::processes::ledger::{Ledger, Root, Tree};
use crate::runs::processes::scan::{Listening, Proc};
use crate::runs::processes::texts::{Socket, Stat, Table};

/// Between two passes.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);

/// What all runs used at one moment.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Later samples have higher numbers.
    number: u64,
    /// When, to be shown.
    pub(crate) at: Timestamp,
    /// When, to be subtracted.
    pub(crate) taken: Duration,
    /// How many processors there are.
    pub(crate) processors: u32,
    /// What each service that has processes uses, and each run of a job that is watched.
    pub(crate) runs: BTreeMap<Arc<str>, Usage>,
    with_ports: bool,
}

/// What the processes of a run use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Which run.
    pub(crate) run: u64,
    /// Its main process.
    pub(crate) main: i32,
    /// CPU time since the run began, as far as it was seen.
    pub(crate) cpu: Duration,
    /// Bytes in RAM that files and shared memory do not back.
    pub(crate) memory: u64,
    /// Bytes in RAM, pages that several processes have once for each.
    pub(crate) resident: u64,
    /// How many processes there are.
    pub(crate) processes: u32,
    /// How many threads they have.
    pub(crate) threads: u32,
    /// Open descriptors of those processes that let us count.
    pub(crate) open_files: u64,
    /// What listens; only if somebody asked.
    pub(crate) sockets: Option<Vec<(Table, Socket)>>,
}

#[cfg(test)]
impl Sample {
    /// One in which one run uses this much.
    pub(crate) fn of_one(name: &str, run: u64, memory: u64, processes: u32) -> Sample {
        let usage = Usage {
            run,
            main: 1,
            cpu: Duration::ZERO,
            memory,
            resident: memory,
            processes,
            threads: processes,
            open_files: 0,
            sockets: None,
        };
        let runs = BTreeMap::from([(name.into(), usage)]);
        let (at, taken) = (Timestamp::UNIX_EPOCH, Duration::ZERO);
        Sample { number: 1, at, taken, processors: 1, runs, with_ports: false }
    }
}

/// The way to samples; clones share them.
#[derive(Clone)]
pub(crate) struct Sampler(Arc<Inner>);

struct Inner {
    clock: Clock,
    /// What the tags of this home's processes begin with in this boot.
    tags: String,
    listeners: AtomicUsize,
    /// Of these, those who want to know about ports.
    curious: AtomicUsize,
    last: Mutex<Option<Arc<Sample>>>,
    /// Held by whoever makes the next pass.
    turn: tokio::sync::Mutex<()>,
    work: Mutex<Option<Work>>,
}

/// What is remembered from pass to pass.
struct Work {
    proc: Proc,
    ledger: Ledger,
    processors: u32,
    passes: u64,
}

/// Somebody who listens; passes are made for as long as there is one.
pub(crate) struct Listener {
    sampler: Sampler,
    ports: bool,
    seen: u64,
}

impl Sampler {
    pub(crate) fn new(clock: Clock, home_id: &str, boot: &str) -> Sampler {
        Sampler(Arc::new(Inner {
            clock,
            tags: format!("{home_id}.{boot}."),
            listeners: AtomicUsize::new(0),
            curious: AtomicUsize::new(0),
            last: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            work: Mutex::default(),
        }))
    }

    /// What the tags of this home's processes begin with in this boot.
    pub(crate) fn tags(&self) -> &str {
        &self.0.tags
    }

    /// Begins to listen; with `ports`, samples say which ports are listened on.
    pub(crate) fn listen(&self, ports: bool) -> Listener {
        self.0.listeners.fetch_add(1, Ordering::SeqCst);
        self.0.curious.fetch_add(usize::from(ports), Ordering::SeqCst);
        Listener { sampler: self.clone(), ports, seen: 0 }
    }

    /// A sample with a higher number than `seen` that is not older than a period, if there is one.
    fn fresh(&self, seen: u64, ports: bool) -> Option<Arc<Sample>> {
        let now = self.0.clock.uptime();
        let last = self.last().clone()?;
        let serves = seen < last.number && now < last.taken + PERIOD && (last.with_ports || !ports);
        serves.then_some(last)
    }

    /// Makes a pass; blocks for milliseconds.
    fn pass(&self, roots: Vec<Root>) -> std::io::Result<Arc<Sample>> {
        let inner = &self.0;
        let mut work = self.work();
        if work.is_none() {
            let mut proc = Proc::open()?;
            let processors = proc.processors();
            *work = Some(Work { proc, ledger: Ledger::default(), processors, passes: 0 });
        }
        let work = work.as_mut().expect("it was made just now");
        let with_ports = 0 < inner.curious.load(Ordering::SeqCst);
        let taken = inner.clock.uptime();
        let runs = work.pass(roots, &inner.tags, with_ports)?;
        work.passes += 1;
        let (number, processors) = (work.passes, work.processors);
        let sample = Arc::new(Sample { number, at: inner.clock.now(), taken, processors, runs, with_ports });
        *self.last() = Some(Arc::clone(&sample));
        Ok(sample)
    }

    /// Lets go of everything, unless somebody listens.
    fn rest(&self) {
        // Whoever makes a pass at this moment does this after it.
        if let Ok(mut work) = self.0.work.try_lock()
            && self.0.listeners.load(Ordering::SeqCst) == 0
        {
            *work = None;
            *self.last() = None;
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Arc<Sample>>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> MutexGuard<'_, Option<Work>> {
        self.0.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// The next sample: at once if there is one that this listener has not seen, else when a second
    /// has gone by since the last. `roots` says which runs there are.
    ///
    /// # Errors
    /// `unavailable` if `/proc` cannot be read.
    pub(crate) async fn next(&mut self, roots: impl FnOnce() -> Vec<Root>) -> Result<Arc<Sample>, Fault> {
        let sampler = self.sampler.clone();
        let sample = match sampler.fresh(self.seen, self.ports) {
            Some(sample) => sample,
            None => {
                let _turn = sampler.0.turn.lock().await;
                match sampler.fresh(self.seen, self.ports) {
                    Some(sample) => sample,
                    None => self.make(roots).await?,
                }
            }
        };
        self.seen = sample.number;
        Ok(sample)
    }

    async fn make(&self, roots: impl FnOnce() -> Vec<Root>) -> Result<Arc<Sample>, Fault> {
        let sampler = self.sampler.clone();
        let last = sampler.last().as_ref().map(|last| last.taken);
        if let Some(last) = last {
            sampler.0.clock.sleep_until(last + PERIOD).await;
        }
        let roots = roots();
        let passing = tokio::task::spawn_blocking(move || {
            let sample = sampler.pass(roots);
            sampler.rest();
            sample
        });
        let unread =
            |error| Fault::new(Code::Unavailable, format!("the processes cannot be counted: {error}"));
        passing.await.map_err(|error| Fault::internal(format!("counting broke: {error}")))?.map_err(unread)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.sampler.0.curious.fetch_sub(usize::from(self.ports), Ordering::SeqCst);
        if self.sampler.0.listeners.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.sampler.rest();
        }
    }
}

impl Work {
    fn pass(
        &mut self,
        roots: Vec<Root>,
        tags: &str,
        with_ports: bool,
    ) -> std::io::Result<BTreeMap<Arc<str>, Usage>> {
        if roots.is_empty() {
            self.ledger = Ledger::default();
            return Ok(BTreeMap::new());
        }
        let processes = self.proc.processes()?;
        let proc = &mut self.proc;
        let trees = self.ledger.take(&processes, roots.clone(), |process| proc.tag(process, tags));
        let listening = if with_ports { Some(self.proc.listening()) } else { None };
        let used = roots.into_iter().zip(trees).filter(|(_, tree)| !tree.members.is_empty());
        Ok(used
            .map(|(root, tree)| {
                let usage = usage(&mut self.proc, &root, &tree, &processes, listening.as_ref());
                (root.service, usage)
            })
            .collect())
    }
}

fn usage(
    proc: &mut Proc,
    root: &Root,
    tree: &Tree,
    processes: &[Stat],
    listening: Option<&Listening>,
) -> Usage {
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let mut usage = Usage {
        run: root.run,
        main: root.main,
        cpu: duration(tree.ticks),
        memory: 0,
        resident: 0,
        processes: u32::try_from(tree.members.len()).unwrap_or(u32::MAX),
        threads: 0,
        open_files: 0,
        sockets: None,
    };
    let mut inodes = HashSet::new();
    for process in tree.members.iter().map(|place| &processes[*place]) {
        usage.threads = usage.threads.saturating_add(process.threads);
        // One that has ended meanwhile has nothing any more.
        if let Some(pages) = proc.memory(process.pid) {
            usage.memory += pages.resident.saturating_sub(pages.shared).saturating_mul(page);
            usage.resident += pages.resident.saturating_mul(page);
        }
        usage.open_files += proc.open_files(process.pid).unwrap_or_default();
        if listening.is_some() {
            inodes.extend(proc.sockets(process.pid));
        }
    }
    usage.sockets = listening.map(|listening| {
        let mut sockets: Vec<_> = inodes.iter().filter_map(|inode| listening.get(inode).copied()).collect();
        sockets.sort_unstable_by_key(|(table, socket)| (socket.port, *table as u8, socket.address));
        sockets.dedup_by_key(|(table, socket)| (socket.port, *table as u8, socket.address));
        sockets
    });
    usage
}

/// The length of so many ticks (sysconf(3), `_SC_CLK_TCK`).
fn duration(ticks: u64) -> Duration {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_millis(ticks.saturating_mul(1000) / per_second)
}
