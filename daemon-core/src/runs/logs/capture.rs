//! The capture of one run: from its FIFOs through the staging file into its log.
//!
//! Each step here leaves a state from which [`super::recovery`] goes on without
//! losing or repeating a byte, whenever the daemon is killed:
//!
//! 1. put the sentinel where the bytes will go, commit `intent`, read, commit `tail`;
//! 2. format the complete lines, write them at `log_offset`, commit `head` and
//!    `log_offset` together. Only now are they out of the staging area.
//!
//! A read takes exactly what FIONREAD promised, because nobody else reads; so
//! an intent is enough to know the length, and the sentinel whether it happened.
//!
//! Moving the rest of a line to the front of its region is a step of its own
//! *after* the commit of 2, and only when the two places do not overlap:
//! earlier, it would overwrite bytes that the state still calls staged.
//!
//! The second step, and what becomes of it on a full disk, is in `writing`.
//!
//! No thread, no timer, no epoll here: [`super::thread`] says when.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, tee};

use super::backlog::Backlog;
use super::cri::{PART_MAX, Stream};
use super::files::LogFile;
use super::names::Place;
use super::report::{Common, Event};
use super::slot::{Slot, Staged};
use super::staging::{REGION, Staging};
use super::tap::Tap;
use super::trouble::Trouble;
use super::upkeep::Keeping;
use super::{crash, names, pace};

pub(super) use self::writing::{Left, Rest};

mod writing;

/// A batch is written when it has grown to this.
const BATCH: usize = 128 * 1024;

/// The capture of one run.
#[derive(Debug)]
pub(super) struct Capture {
    pub(super) place: Place,
    pub(super) staging: Staging,
    /// The state as last committed.
    pub(super) slot: Slot,
    pub(super) log: LogFile,
    pub(super) inputs: [Option<OwnedFd>; 2],
    /// Who listens to this run.
    pub tap: Arc<Tap>,
    /// Records written since this capture began.
    pub records: u64,
    /// What waits in memory.
    pub(super) backlog: Backlog,
    /// Why the log cannot be written, while it cannot.
    pub(super) trouble: Option<Trouble>,
    /// It is being found out whether it can be again.
    pub(super) trying: bool,
    /// The latest stamp in the log file.
    pub(super) written: i64,
    /// The first stamp in it, if it has one.
    pub(super) began: Option<i64>,
    pub(super) unrotated: bool,
    /// Nothing more will be read.
    pub(super) ending: bool,
    /// What its FIFOs are kept as, if they are.
    pub(super) kept: Option<Box<str>>,
    /// It ended while somebody had its FIFOs open, or before anybody had.
    pub(super) was_cut: bool,
    /// Which pipes are wider than they have to be.
    pub(super) wide: [bool; 2],
}

/// What a look into a FIFO found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulled {
    /// So many bytes.
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// Nothing ever again: nobody holds it open for writing.
    End,
}

/// What a batch is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Batch {
    /// The complete lines.
    Lines,
    /// A line that has waited long enough for its end.
    Part,
    /// A line that will not get an end.
    Last,
}

impl Capture {
    /// The FIFO of `stream`, as long as somebody can write to it.
    pub(super) fn input(&self, stream: Stream) -> Option<&OwnedFd> {
        self.inputs[stream.index()].as_ref()
    }

    /// The run that is captured.
    pub(super) fn run(&self) -> u64 {
        self.slot.run
    }

    /// The log file and how much of it is settled.
    pub(super) fn position(&self) -> (u64, u64) {
        (self.slot.inode, self.slot.log_offset)
    }

    /// How much of `stream` waits for the end of its line.
    pub(super) fn waiting(&self, stream: Stream) -> usize {
        self.slot.streams[stream.index()].live().len()
    }

    /// When a log is to be tried again that cannot be written.
    pub(super) fn retry_at(&self) -> Option<Duration> {
        self.trouble.as_ref().map(|trouble| trouble.retry_at)
    }

    /// Whether its log has ended, with nothing left to be written.
    pub(super) fn is_settled(&self) -> bool {
        self.slot.closed
    }

    /// How long rotated files are kept.
    pub(super) fn keeping(&self) -> Keeping {
        Keeping { keep: self.slot.keep, max_age: Duration::from_secs(self.slot.max_age) }
    }

    /// Reads what is in the FIFO of `stream` now, and writes what can be written.
    pub(super) fn pull(&mut self, stream: Stream, common: &mut Common) -> io::Result<Pulled> {
        let Some(input) = self.input(stream) else { return Ok(Pulled::End) };
        if self.is_blocked() {
            return Ok(Pulled::Nothing);
        }
        match rustix::io::ioctl_fionread(input)? as usize {
            0 => Ok(Pulled::Nothing),
            promised => self.read(stream, promised, common),
        }
    }

    /// Like [`Capture::pull`], but finds out whether an empty FIFO has a
    /// writer at all. One that had lost its last writer before it was opened
    /// never reports a hang-up, but tee(2) tells, and takes nothing out of it.
    pub(super) fn probe(&mut self, stream: Stream, common: &mut Common) -> io::Result<Pulled> {
        match (self.pull(stream, common)?, self.input(stream)) {
            (Pulled::Nothing, Some(input)) if !self.is_blocked() => {
                let (_unread, aside) = pipe_with(PipeFlags::CLOEXEC)?;
                match tee(input, aside, 1, SpliceFlags::NONBLOCK) {
                    Ok(0) => Ok(Pulled::End),
                    // Something has just come.
                    Ok(_) => self.pull(stream, common),
                    Err(Errno::AGAIN) => Ok(Pulled::Nothing),
                    Err(error) => Err(error.into()),
                }
            }
            (found, _) => Ok(found),
        }
    }

    /// Writes the waiting beginning of a line, so that prompts show.
    pub(super) fn flush(&mut self, stream: Stream, common: &mut Common) {
        if 0 < self.waiting(stream) {
            self.write_batch(stream, Batch::Part, common);
        }
    }

    /// The FIFOs of its run, below the run directory of all services and without what tells them apart.
    pub(super) fn fifos(&self) -> String {
        let service = self.place.run.file_name().unwrap_or_default().to_string_lossy();
        format!("{service}/{}", self.slot.fifos)
    }

    /// Gives memory back that a silent service does not need.
    pub(super) fn rest(&mut self) {
        self.staging.rest();
        for stream in Stream::BOTH {
            if std::mem::take(&mut self.wide[stream.index()])
                && let Some(input) = self.input(stream)
            {
                // Refused when something has just come; then it stays as it is.
                rustix::pipe::fcntl_setpipe_size(input, pace::NARROW).ok();
            }
        }
    }

    /// How full the pipe of `stream` was in which `bytes` were found, by the measure of [`pace`].
    pub(super) fn level(&self, stream: Stream, bytes: usize) -> usize {
        pace::level(bytes, self.wide[stream.index()])
    }

    /// Makes a pipe wider that was full, within what the kernel grants a user.
    fn widen(&mut self, stream: Stream) {
        let Some(input) = self.input(stream) else { return };
        self.wide[stream.index()] = rustix::pipe::fcntl_setpipe_size(input, pace::WIDE).is_ok();
    }

    /// Finds out which pipes an earlier daemon has made wider.
    pub(super) fn measure(&mut self) {
        self.wide = Stream::BOTH.map(|stream| {
            let size = self.input(stream).map(rustix::pipe::fcntl_getpipe_size);
            matches!(size, Some(Ok(size)) if pace::NARROW < size)
        });
    }

    /// No more of `stream` will come.
    pub(super) fn hang_up(&mut self, stream: Stream) {
        self.inputs[stream.index()] = None;
    }

    /// Ends the log although somebody may still hold a FIFO: takes what is in them now, and no more.
    pub(super) fn close(&mut self, common: &mut Common) {
        self.ending = true;
        for stream in Stream::BOTH {
            // A service that had to wait has left complete lines there.
            self.write_lines(stream, common);
            let Some(input) = self.input(stream) else { continue };
            let mut left = rustix::io::ioctl_fionread(input).unwrap_or(0) as usize;
            while 0 < left {
                match self.read(stream, left, common) {
                    Ok(Pulled::Bytes(count)) => left = left.saturating_sub(count),
                    _ => break,
                }
            }
        }
        self.end(common);
    }

    /// Ends the log: writes lines that have no end. The FIFOs are left to the next run.
    /// If it cannot be written now, that is left to be done ([`Capture::is_settled`]).
    pub(super) fn end(&mut self, common: &mut Common) {
        self.ending = true;
        self.was_cut = !self.inputs.iter().flatten().all(has_hung_up);
        for stream in Stream::BOTH {
            self.write_lines(stream, common);
            let mid_line = self.slot.streams[stream.index()].mid_line;
            if mid_line || 0 < self.waiting(stream) {
                self.write_batch(stream, Batch::Last, common);
            }
            self.hang_up(stream);
        }
        self.settle(common);
        self.tap.end();
    }

    /// Notes that the log has ended, if all of it is written.
    pub(super) fn settle(&mut self, common: &mut Common) {
        if self.retry(common) && !self.slot.closed {
            self.commit(Slot { closed: true, ..self.slot });
        }
    }

    /// Writes all complete lines that are staged.
    pub(super) fn write_lines(&mut self, stream: Stream, common: &mut Common) {
        while 0 < self.waiting(stream) && self.write_batch(stream, Batch::Lines, common) {}
    }

    pub(super) fn commit(&mut self, slot: Slot) {
        self.slot = slot;
        self.staging.commit(&slot);
        crash::point();
    }

    pub(super) fn report(&self, common: &Common, event: Event) {
        common.report(names::service_at(&self.place.run), event);
    }

    /// Makes room for all that can be staged: when the disk is full it is too late.
    pub(super) fn reserve(&mut self, common: &Common) -> io::Result<()> {
        for stream in Stream::BOTH {
            if let Some(refusal) = self.staging.reserve(stream, 0, REGION, &self.slot)? {
                self.report(common, Event::Unprotected { reason: refusal.to_string() });
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self, stream: Stream, promised: usize, common: &mut Common) -> io::Result<Pulled> {
        self.make_room(stream);
        let staged = self.slot.streams[stream.index()];
        let tail = staged.tail as usize;
        let length = promised.min(REGION - tail);
        if let Some(refusal) = self.staging.reserve(stream, tail, tail + length, &self.slot)? {
            self.report(common, Event::Unprotected { reason: refusal.to_string() });
        }
        self.staging.place_sentinel(stream, tail, length);
        crash::point();
        self.commit_staged(stream, Staged { intent: length as u32, ..staged });

        let into = self.staging.bytes_mut(stream, tail..tail + length);
        let Some(input) = &self.inputs[stream.index()] else { return Ok(Pulled::End) };
        let outcome = rustix::io::retry_on_intr(|| rustix::io::read(input, &mut *into));
        crash::point();
        let count = *outcome.as_ref().unwrap_or(&0);
        self.commit_staged(stream, Staged { tail: staged.tail + count as u32, ..staged });

        match outcome {
            Ok(0) => return Ok(Pulled::End),
            Ok(_) => {}
            Err(Errno::AGAIN) => return Ok(Pulled::Nothing),
            Err(error) => return Err(error.into()),
        }
        if pace::FULL <= promised && !self.wide[stream.index()] {
            self.widen(stream);
        }
        let fresh = self.staging.bytes(stream, tail..tail + count);
        if PART_MAX < self.waiting(stream) || memchr::memchr(b'\n', fresh).is_some() {
            self.write_lines(stream, common);
        }
        Ok(Pulled::Bytes(count))
    }

    /// Moves the rest of a line to the front of its region, if it may.
    fn make_room(&mut self, stream: Stream) {
        let staged = self.slot.streams[stream.index()];
        let live = staged.live();
        // At most a part of a line is left here, so that what may not move
        // lies so far in front that a full pipe still fits behind it.
        if live.start == 0 || live.start < live.len() {
            return;
        }
        self.staging.move_to_front(stream, live.clone());
        crash::point();
        self.commit_staged(stream, Staged { head: 0, tail: live.len() as u32, ..staged });
    }

    fn commit_staged(&mut self, stream: Stream, staged: Staged) {
        let mut slot = self.slot;
        slot.streams[stream.index()] = staged;
        self.commit(slot);
    }

    fn stamp(&self, common: &Common) -> Timestamp {
        timestamp(nanoseconds((common.clock)()).max(self.slot.last_stamp))
    }
}

/// Whether all who have written to a FIFO since it was opened are gone, and there was somebody (poll(2), POLLHUP).
fn has_hung_up(fifo: &OwnedFd) -> bool {
    let mut asked = [PollFd::new(fifo, PollFlags::IN)];
    let now = Some(&Timespec { tv_sec: 0, tv_nsec: 0 });
    rustix::event::poll(&mut asked, now).is_ok() && asked[0].revents().contains(PollFlags::HUP)
}

/// The time as it is kept in a slot.
pub(super) fn nanoseconds(stamp: Timestamp) -> i64 {
    i64::try_from(stamp.as_nanosecond()).unwrap_or(i64::MAX)
}

/// The time that a slot keeps.
pub(super) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).expect("64 bits of nanoseconds are years 1677 to 2262")
}
