//! A capture and its deadlines.
//!
//! Two things happen to a source without new output: a line that waits for its
//! end is written after a while, so that a prompt shows; and the memory of one
//! that fell silent is given back. Neither is armed without a reason, so a
//! silent service costs no wake-up. The deadlines are plain values that the
//! thread asks for; time is handed in.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::capture::{Capture, Pulled};
use super::cri::Stream;
use super::report::{Common, Event};

/// A line that has no end by then is written as a part.
const FLUSH_AFTER: Duration = Duration::from_millis(200);
/// A service that wrote nothing for so long is quiet.
const REST_AFTER: Duration = Duration::from_secs(2);

/// How far a log has got, for those who follow it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The inode of `current`.
    pub inode: u64,
    /// How much of it is settled.
    pub offset: u64,
    /// Records written so far, by any count that only grows.
    pub records: u64,
}

impl Position {
    /// Where a log stands that nobody writes.
    pub(super) fn at_rest(current: &Path) -> Position {
        let known = fs_err::metadata(current).ok();
        known.map_or_else(Position::default, |file| Position {
            inode: file.ino(),
            offset: file.len(),
            records: 0,
        })
    }
}

/// A run whose log is being written.
#[derive(Debug)]
pub(super) struct Source {
    /// What does the work.
    pub capture: Capture,
    /// When the thread looks at the deadlines next; never later than the first of them.
    pub alarm: Option<Duration>,
    flush_at: [Option<Duration>; 2],
    rest_at: Option<Duration>,
    /// Whether the thread is told of new output.
    pub listens: bool,
    /// Who follows, and how many records there were before this capture.
    followed: Option<(Arc<watch::Sender<Position>>, u64)>,
}

impl Source {
    /// A source that nothing is due for.
    pub(super) fn new(capture: Capture) -> Source {
        Source { capture, alarm: None, flush_at: [None; 2], rest_at: None, listens: false, followed: None }
    }

    /// Takes what is there; `hung_up` if nobody can write more. Returns how full the pipe was.
    pub(super) fn take(
        &mut self,
        stream: Stream,
        hung_up: bool,
        now: Duration,
        common: &mut Common,
    ) -> usize {
        let pulled = self.capture.pull(stream, common);
        let count = self.settle(stream, pulled, hung_up, now, common);
        self.capture.level(stream, count)
    }

    /// Like [`Source::take`] for a FIFO that was there before this daemon.
    pub(super) fn take_up(&mut self, stream: Stream, now: Duration, common: &mut Common) {
        let pulled = self.capture.probe(stream, common);
        self.settle(stream, pulled, false, now, common);
    }

    /// Whether both streams are hung up, so that nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        Stream::BOTH.into_iter().all(|stream| self.capture.input(stream).is_none())
    }

    /// When something is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.flush_at.into_iter().chain([self.rest_at, self.capture.retry_at()]).flatten().min()
    }

    /// Does what is due by `now`.
    pub(super) fn act(&mut self, now: Duration, common: &mut Common) {
        for stream in Stream::BOTH {
            if self.flush_at[stream.index()].is_some_and(|at| at <= now) {
                self.flush_at[stream.index()] = None;
                self.capture.flush(stream, common);
            }
        }
        if self.rest_at.is_some_and(|at| at <= now) {
            self.rest_at = None;
            self.capture.rest();
        }
        if self.capture.retry_at().is_some_and(|at| at <= now) {
            self.retry(now, common);
        }
        self.publish();
    }

    /// Tries a log again that could not be written.
    pub(super) fn retry(&mut self, now: Duration, common: &mut Common) {
        if self.capture.ending {
            self.capture.settle(common);
        } else if self.capture.retry(common) {
            for stream in Stream::BOTH {
                self.capture.write_lines(stream, common);
                if 0 < self.capture.waiting(stream) {
                    self.flush_at[stream.index()].get_or_insert(now + FLUSH_AFTER);
                }
            }
        }
        self.publish();
    }

    /// From now on tells `followers` how far the log has got.
    pub(super) fn tell(&mut self, followers: Arc<watch::Sender<Position>>) {
        let before = followers.borrow().records.saturating_sub(self.capture.records);
        self.followed = Some((followers, before));
        self.publish();
    }

    /// Tells the followers; without any this costs nothing.
    pub(super) fn publish(&mut self) {
        let Some((followers, before)) = &self.followed else { return };
        if followers.receiver_count() == 0 {
            self.followed = None;
            return;
        }
        let (inode, offset) = self.capture.position();
        let position = Position { inode, offset, records: before + self.capture.records };
        followers.send_if_modified(|known| std::mem::replace(known, position) != position);
    }

    fn settle(
        &mut self,
        stream: Stream,
        pulled: std::io::Result<Pulled>,
        hung_up: bool,
        now: Duration,
        common: &mut Common,
    ) -> usize {
        let pulled = pulled.unwrap_or_else(|error| {
            self.capture.report(common, Event::Broken { reason: error.to_string() });
            Pulled::End
        });
        let count = match pulled {
            Pulled::Bytes(count) => count,
            Pulled::Nothing if !hung_up => 0,
            Pulled::Nothing | Pulled::End => {
                self.capture.hang_up(stream);
                0
            }
        };
        let waiting = self.capture.waiting(stream);
        let flush_at = &mut self.flush_at[stream.index()];
        if waiting == 0 {
            *flush_at = None;
        } else if waiting <= count || flush_at.is_none() {
            // All that waits came just now: another line than waited before.
            *flush_at = Some(now + FLUSH_AFTER);
        }
        if 0 < count {
            self.rest_at = Some(now + REST_AFTER);
        }
        self.publish();
        count
    }
}
