//! `hob-launch keep DIR`: has FIFOs open besides those who use them.
//!
//! What is in a pipe is gone with its last descriptor (pipe(7)). A service that
//! ended while no daemon ran would take its last lines with it. This small
//! process has every FIFO open too, and never reads from one, so that the next
//! daemon finds in it what the last one could not read any more.
//!
//! Its standard input is the control FIFO, on which a daemon says which runs to
//! keep (`+NAME`, for `DIR/NAME.out` and `DIR/NAME.err`) and which not any more
//! (`-NAME`). While there is a daemon it is woken by that alone: FIFOs pass from
//! one run to the next, and who writes to them is no business of its own. When
//! there is none it lets go of those whose last writer has gone and that are
//! empty. The next daemon says again what is to be kept, and what was let go of
//! is opened again then. It ends when there is no daemon and nothing to keep.
//!
//! That a FIFO has no writer is told to those who had it open when it had one.
//! So a moment after the daemon's death, in which what was just being started
//! has opened its own, each is opened for writing once, and closed.

use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::prelude::rust_2024::*;

use hob_launch::KEEPS;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fs::{CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// The control FIFO in its directory, and its name while we make sure that nobody is there.
const NAME: &CStr = c".keep";
const LEAVING: &CStr = c".keep-leaving";

/// What the control FIFO is known by; the others have numbers that count from 0.
const CONTROL: u64 = u64::MAX;
/// No FIFO is known by this.
const NONE: u64 = CONTROL;

/// How long what a dead daemon was just starting may take to open its FIFOs.
const MOMENT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Longer lines than a daemon writes are no daemon's.
const LONGEST: usize = libc::PIPE_BUF;

/// Keeps what it is told to, until there is no more to do.
pub(crate) fn keep(control: BorrowedFd<'_>, dir: &CStr) -> Result<(), Errno> {
    // By this the daemon knows it when it is dead.
    rustix::thread::set_name(KEEPS).ok();
    // A key pressed at the daemon's terminal is not meant for it.
    rustix::process::setsid().ok();
    rustix::process::chdir(dir)?;
    rustix::io::ioctl_fionbio(control, true)?;
    let mut kept = Kept::nothing()?;
    // Told once of each change: a FIFO that nobody writes to any more stays so.
    epoll::add(&kept.epoll, control, EventData::new_u64(CONTROL), EventFlags::IN | EventFlags::ET)?;
    let mut events: Vec<epoll::Event> = Vec::with_capacity(64);
    let (mut is_sure, mut is_time) = (false, false);
    loop {
        // Whatever woke us, a daemon may have come meanwhile.
        let has_daemon = kept.obey(control)?;
        if has_daemon {
            kept.unwatch();
        } else {
            for event in &events {
                let (flags, number) = (event.flags, event.data.u64());
                if flags.contains(EventFlags::HUP) {
                    kept.drop_if_empty(number);
                }
            }
            if is_time {
                kept.touch();
            }
            kept.watch();
            if kept.fifos.is_empty() && kept.leaves(control)? {
                return Ok(());
            }
        }
        is_sure = !has_daemon && (is_sure || is_time);
        let timeout = (!has_daemon && !is_sure).then_some(&MOMENT);
        events.clear();
        match epoll::wait(&kept.epoll, spare_capacity(&mut events), timeout) {
            Ok(count) => is_time = count == 0,
            Err(Errno::INTR) => is_time = false,
            Err(error) => return Err(error),
        }
    }
}

struct Kept {
    epoll: OwnedFd,
    /// By number; each is known to `epoll` by it, once there is no daemon.
    fifos: HashMap<u64, OwnedFd>,
    /// Those that it does not know yet.
    unwatched: Vec<u64>,
    /// The FIFOs of a run, of which one may be gone already.
    runs: HashMap<Vec<u8>, [u64; 2]>,
    next: u64,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
}

impl Kept {
    fn nothing() -> Result<Kept, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let (fifos, runs, unwatched) = (HashMap::new(), HashMap::new(), Vec::new());
        Ok(Kept { epoll, fifos, unwatched, runs, next: 0, line: Vec::new() })
    }

    /// Does what the daemon has said by now; whether there is a daemon.
    fn obey(&mut self, control: BorrowedFd<'_>) -> Result<bool, Errno> {
        let mut buffer = [0; 4096];
        loop {
            let count = match rustix::io::read(control, &mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(Errno::AGAIN) => return Ok(true),
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error),
            };
            for byte in &buffer[..count] {
                match byte {
                    b'\n' => {
                        let line = std::mem::take(&mut self.line);
                        self.follow(&line);
                    }
                    _ if self.line.len() < LONGEST => self.line.push(*byte),
                    _ => {}
                }
            }
        }
    }

    /// Goes, unless a daemon has come at the last moment: who opens the control FIFO after this will not find it.
    fn leaves(&mut self, control: BorrowedFd<'_>) -> Result<bool, Errno> {
        rustix::fs::rename(NAME, LEAVING).ok();
        let leaves = !self.obey(control)?;
        if leaves {
            rustix::fs::unlink(LEAVING).ok();
        } else {
            // If another one has begun by now, there are two for a while.
            rustix::fs::renameat_with(CWD, LEAVING, CWD, NAME, RenameFlags::NOREPLACE).ok();
        }
        Ok(leaves)
    }

    fn follow(&mut self, line: &[u8]) {
        match line.split_first() {
            Some((b'+', run)) => {
                let known = self.runs.get(run).copied().unwrap_or([NONE; 2]);
                let mut again = |number, stream: &[u8]| match self.fifos.contains_key(&number) {
                    true => number,
                    false => self.open(run, stream),
                };
                let fifos = [again(known[0], b".out"), again(known[1], b".err")];
                self.runs.insert(run.to_owned(), fifos);
            }
            Some((b'-', run)) => {
                for fifo in self.runs.remove(run).into_iter().flatten() {
                    self.fifos.remove(&fifo);
                }
                self.unwatched.retain(|number| self.fifos.contains_key(number));
            }
            _ => {}
        }
    }

    /// Opens a FIFO, and returns its number. There may be none any more: then nothing is kept.
    fn open(&mut self, run: &[u8], stream: &[u8]) -> u64 {
        let number = self.next;
        self.next += 1;
        let path = [run, stream].concat();
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let Ok(fifo) = rustix::fs::open(Path::new(OsStr::from_bytes(&path)), flags, Mode::empty()) else {
            return number;
        };
        let is_fifo = rustix::fs::fstat(&fifo)
            .is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Fifo);
        if is_fifo {
            self.fifos.insert(number, fifo);
            self.unwatched.push(number);
        }
        number
    }

    /// From now on is woken by those that nobody writes to any more, also if that is so already.
    fn watch(&mut self) {
        for number in core::mem::take(&mut self.unwatched) {
            let Some(fifo) = self.fifos.get(&number) else { continue };
            if epoll::add(&self.epoll, fifo, EventData::new_u64(number), EventFlags::ET).is_err() {
                self.fifos.remove(&number);
            }
        }
    }

    /// Is not woken by them any more: that nobody writes to one is told anew when it is watched again.
    fn unwatch(&mut self) {
        if self.unwatched.len() == self.fifos.len() {
            return;
        }
        for fifo in self.fifos.values() {
            // Some are not watched.
            epoll::delete(&self.epoll, fifo).ok();
        }
        self.unwatched = self.fifos.keys().copied().collect();
    }

    /// Makes those known that nobody writes to, although somebody may have when they were not open here.
    fn touch(&self) {
        for fifo in self.fifos.values() {
            let path = std::format!("/proc/self/fd/{}", fifo.as_raw_fd());
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            // Where it cannot be, it is kept.
            drop(rustix::fs::open(path, flags, Mode::empty()));
        }
    }

    /// Nobody writes to it any more: it is kept for what is in it, or not at all.
    fn drop_if_empty(&mut self, number: u64) {
        let is_empty = |fifo: &OwnedFd| rustix::io::ioctl_fionread(fifo).unwrap_or(0) == 0;
        if self.fifos.get(&number).is_some_and(is_empty) {
            self.fifos.remove(&number);
            let fifos = &self.fifos;
            self.runs.retain(|_, run| run.iter().any(|number| fifos.contains_key(number)));
        }
    }
}
