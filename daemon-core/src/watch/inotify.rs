//! The one inotify instance of the daemon, and who hears of what.
//!
//! A user may have 128 instances, so all watches share one, made when the first
//! is needed. It tells of directories by numbers, and each number is passed to
//! those who asked for that directory; names and meanings are theirs. Whoever is
//! too slow to take what is told is told that something was lost, and so are all
//! when the kernel's queue overflows.
//!
//! Asked directly, and not through a library: the one that would do also asks for
//! every opening of a file, so that whoever reads the sources wakes the daemon
//! (docs/decisions/019-files-are-watched-with-inotify-itself.md).

#![allow(unsafe_code, reason = "tokio asks for a promise that a descriptor is what it is")]

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use crate::kernel::tasks::Tasks;

/// Bytes that are read at once.
const BUFFER: usize = 16 * 1024;
/// Events that wait for one watch; more are lost, which is told.
const WAITING: usize = 4096;
/// Between two readings, so that a file that is written without pause wakes the daemon 500 times a second and not 100,000.
const BREATH: Duration = Duration::from_millis(2);

/// Something happened in, or to, a directory.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// The number of the directory.
    pub(super) dir: i32,
    pub(super) what: ReadFlags,
    /// The name in the directory; `None`: it is about the directory itself.
    pub(super) name: Option<OsString>,
}

/// What one watch is told.
pub(super) struct Inbox {
    events: mpsc::Receiver<Event>,
    lost: Arc<AtomicBool>,
}

/// Where one watch is told.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    number: u64,
    events: mpsc::Sender<Event>,
    lost: Arc<AtomicBool>,
}

/// An inbox and where to write for it.
pub(super) fn inbox() -> (Outbox, Inbox) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (sender, events) = mpsc::channel(WAITING);
    let lost = Arc::new(AtomicBool::new(false));
    (Outbox { number, events: sender, lost: Arc::clone(&lost) }, Inbox { events, lost })
}

impl Inbox {
    /// Waits for the next events; returns whether others were lost.
    pub(super) async fn next(&mut self, events: &mut Vec<Event>) -> bool {
        self.events.recv_many(events, WAITING).await;
        self.lost.swap(false, Ordering::AcqRel)
    }
}

impl Outbox {
    fn tell(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            // A queue that is full wakes the one who reads it, so this is seen.
            self.lost.store(true, Ordering::Release);
        }
    }

    fn tell_lost(&self) {
        self.lost.store(true, Ordering::Release);
        // It matters only that there is one.
        self.events.try_send(Event { dir: -1, what: ReadFlags::QUEUE_OVERFLOW, name: None }).ok();
    }
}

/// The instance.
#[derive(Debug)]
pub(super) struct Instance {
    fd: AsyncFd<OwnedFd>,
    /// Who hears of which directory. Held while the kernel is asked, so that both agree.
    told: Mutex<HashMap<i32, Vec<Outbox>>>,
}

impl Instance {
    /// Makes one, with the task that reads it.
    pub(super) fn new(tasks: &Tasks) -> io::Result<Arc<Instance>> {
        let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // SAFETY: an `OwnedFd` is one open descriptor, and stays the same until it is dropped.
        let fd =
            unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(io::Error::from)?;
        let instance = Arc::new(Instance { fd, told: Mutex::default() });
        let (reading, mut stop) = (Arc::clone(&instance), tasks.stop());
        tasks.spawn("file watches", async move {
            tokio::select! {
                () = reading.read() => {}
                () = stop.stopped() => {}
            }
        });
        Ok(instance)
    }

    /// Tells of what happens in this directory from now on; `whole`, or only that it goes away itself.
    pub(super) fn add(&self, dir: &Path, whole: bool, to: &Outbox) -> io::Result<i32> {
        let own =
            WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR | WatchFlags::MASK_ADD;
        let within = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::EXCL_UNLINK;
        let mut told = self.told();
        let number = inotify::add_watch(&self.fd, dir, if whole { own | within } else { own })?;
        let outboxes = told.entry(number).or_default();
        if !outboxes.iter().any(|it| it.number == to.number) {
            outboxes.push(to.clone());
        }
        Ok(number)
    }

    /// Tells this one no more of that directory.
    pub(super) fn remove(&self, dir: i32, of: &Outbox) {
        let mut told = self.told();
        let Some(outboxes) = told.get_mut(&dir) else { return };
        outboxes.retain(|it| it.number != of.number);
        if outboxes.is_empty() {
            told.remove(&dir);
            // It fails if the directory is gone, and with it the watch.
            inotify::remove_watch(&self.fd, dir).ok();
        }
    }

    /// How many directories are watched.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.told().len()
    }

    #[cfg(test)]
    pub(super) fn overflow(&self) {
        self.pass_on(-1, ReadFlags::QUEUE_OVERFLOW, None);
    }

    /// Reads and passes on nothing of what is there.
    #[cfg(test)]
    pub(super) fn deafen(&self) {
        let told = std::mem::take(&mut *self.told());
        self.drain(&mut vec![MaybeUninit::uninit(); BUFFER]).unwrap();
        *self.told() = told;
    }

    async fn read(&self) {
        let mut buffer = vec![MaybeUninit::uninit(); BUFFER];
        loop {
            match self.fd.readable().await {
                Ok(mut ready) => match self.drain(&mut buffer) {
                    Ok(is_empty) => {
                        if is_empty {
                            ready.clear_ready();
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, "changes of files could not be read");
                        self.pass_on(-1, ReadFlags::QUEUE_OVERFLOW, None);
                        ready.clear_ready();
                    }
                },
                Err(error) => return tracing::error!(%error, "changes of files are not told any more"),
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Passes on what is there; returns whether that was all.
    fn drain(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<bool> {
        let mut reader = inotify::Reader::new(&self.fd, buffer);
        for _ in 0..WAITING {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| OsString::from_vec(name.to_bytes().to_vec()));
                    self.pass_on(event.wd(), event.events(), name);
                }
                Err(Errno::AGAIN) => return Ok(true),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    fn pass_on(&self, dir: i32, what: ReadFlags, name: Option<OsString>) {
        let mut told = self.told();
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            tracing::warn!("changes of files were lost; the files are looked at");
            return told.values().flatten().for_each(Outbox::tell_lost);
        }
        let Some(outboxes) = told.get(&dir) else { return };
        for outbox in outboxes {
            outbox.tell(Event { dir, what, name: name.clone() });
        }
        if what.contains(ReadFlags::IGNORED) {
            told.remove(&dir);
        }
    }

    fn told(&self) -> MutexGuard<'_, HashMap<i32, Vec<Outbox>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
