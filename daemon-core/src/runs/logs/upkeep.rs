//! The thread that sees to rotated files.
//!
//! Compressing, and looking through the directories of all services, are slow;
//! the capture must not wait for them. So they have a thread of their own, at
//! the lowest priority, that does one thing at a time and sleeps until it is
//! told of a rotation, is asked for room, or something is due by age. It never
//! touches `current`. What it does is in [`work`]; here is how it is asked.
//!
//! To make room on a full disk is urgent: whatever it compresses just then, it
//! leaves.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) use self::work::Work;

mod work;

/// When a daemon starts, others are in a hurry.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// The lowest priority (setpriority(2)).
const NICEST: i32 = 19;

/// How long rotated files of a log are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keeping {
    /// So many of them.
    pub keep: u32,
    /// And for so long; zero is for ever.
    pub max_age: Duration,
}

/// How the thread is asked. Clones ask the same one.
#[derive(Debug, Clone)]
pub(super) struct Upkeep(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    wanted: Mutex<Wanted>,
    change: Condvar,
    /// Rung when there is room.
    bell: Arc<OwnedFd>,
    has_freed: AtomicBool,
    /// All logs have been looked at once.
    has_looked: AtomicBool,
}

/// What the thread is asked for. Asking twice is asking once, so this does not grow.
#[derive(Debug, Default)]
struct Wanted {
    /// Logs in which something has changed.
    looks: HashMap<PathBuf, Keeping>,
    /// Logs of which it is now known how long files are kept.
    known: HashMap<PathBuf, Keeping>,
    /// File systems on which room is needed.
    room: Vec<u64>,
    /// All logs are to be looked at.
    all: bool,
    /// A new bound over all of them.
    max_total: Option<u64>,
    end: bool,
}

impl Upkeep {
    /// Starts the thread; it does nothing until it is asked. `bell` is rung when it has made room.
    pub(super) fn start(work: Work, bell: Arc<OwnedFd>) -> std::io::Result<Upkeep> {
        let upkeep = Upkeep(Arc::new(Shared {
            wanted: Mutex::default(),
            change: Condvar::new(),
            bell,
            has_freed: AtomicBool::new(false),
            has_looked: AtomicBool::new(false),
        }));
        let shared = Arc::clone(&upkeep.0);
        std::thread::Builder::new()
            .name("hob-upkeep".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || run(work, &shared))?;
        Ok(upkeep)
    }

    /// The files in the directory `log` have changed, or how long they are kept.
    pub(super) fn look(&self, log: &Path, keeping: Keeping) {
        self.ask(|wanted| wanted.looks.extend([(log.to_owned(), keeping)]));
    }

    /// The files in the directory `log` are kept so long. A thousand services
    /// may say that while they start, so nobody is woken for it then.
    pub(super) fn know(&self, log: &Path, keeping: Keeping) {
        self.0.lock().known.insert(log.to_owned(), keeping);
        if self.0.has_looked.load(Ordering::Acquire) {
            self.0.change.notify_one();
        }
    }

    /// Looks at all logs, soon.
    pub(super) fn look_at_all(&self) {
        self.ask(|wanted| wanted.all = true);
    }

    /// From now on all logs together have at most so many bytes, as far as removing rotated files can do that.
    pub(super) fn set_max_total(&self, bytes: u64) {
        self.ask(|wanted| wanted.max_total = Some(bytes));
    }

    /// Removes the oldest rotated files on a file system.
    pub(super) fn free(&self, device: u64) {
        self.ask(|wanted| {
            if !wanted.room.contains(&device) {
                wanted.room.push(device);
            }
        });
    }

    /// Whether there is more room than when this was asked last.
    pub(super) fn has_freed(&self) -> bool {
        self.0.has_freed.swap(false, Ordering::AcqRel)
    }

    /// Ends the thread, as soon as it can.
    pub(super) fn end(&self) {
        self.ask(|wanted| wanted.end = true);
    }

    fn ask(&self, what: impl FnOnce(&mut Wanted)) {
        what(&mut self.0.lock());
        self.0.change.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is wanted, or for as long as `until_due`.
    fn wait(&self, until_due: Option<Duration>) -> Wanted {
        let wanted = self.lock();
        let mut wanted = match until_due {
            None => self.change.wait_while(wanted, |wanted| self.is_nothing(wanted)),
            Some(time) => {
                let waited = self.change.wait_timeout_while(wanted, time, |wanted| self.is_nothing(wanted));
                waited.map(|(wanted, _)| wanted).map_err(|poisoned| PoisonError::new(poisoned.into_inner().0))
            }
        }
        .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wanted)
    }

    /// Whether whatever is being done has to be left.
    fn is_urgent(&self) -> bool {
        let wanted = self.lock();
        wanted.end || !wanted.room.is_empty()
    }

    fn is_nothing(&self, wanted: &Wanted) -> bool {
        let Wanted { looks, known, room, all, max_total, end } = wanted;
        let knows_nothing = known.is_empty() || !self.has_looked.load(Ordering::Acquire);
        looks.is_empty() && knows_nothing && room.is_empty() && !all && max_total.is_none() && !end
    }

    fn tell_freed(&self) {
        self.has_freed.store(true, Ordering::Release);
        // A full counter is a bell that rings already.
        rustix::io::write(&*self.bell, &1u64.to_ne_bytes()).ok();
    }
}

fn run(mut work: Work, shared: &Shared) {
    // Refused, it is only less polite.
    rustix::process::setpriority_process(None, NICEST).ok();
    loop {
        let mut wanted = shared.wait(work.until_due());
        if wanted.end {
            return;
        }
        for device in wanted.room.drain(..) {
            if work.free(device) {
                // Whoever asked meanwhile has not seen it yet, and asks again if it is not enough.
                shared.lock().room.retain(|asked| *asked != device);
                shared.tell_freed();
            }
        }
        if wanted.all {
            work.look_at_all_in(FIRST_LOOK);
        }
        if let Some(bytes) = wanted.max_total {
            work.set_max_total(bytes);
        }
        for (log, keeping) in wanted.known {
            work.know(&log, keeping);
        }
        for (log, keeping) in wanted.looks {
            work.look(&log, Some(keeping));
        }
        work.keep_up(|| shared.is_urgent());
        shared.has_looked.store(work.has_looked(), Ordering::Release);
    }
}
