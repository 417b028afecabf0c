//! What others hear of a run while its log is written.
//!
//! The thread writes, everyone else listens: whether the run's log has ended,
//! its last line on stderr (for "failed: ..."), and whether a line has matched
//! (for readiness). A service that nobody asks about pays one relaxed load per
//! batch.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use regex::bytes::Regex;
use tokio::sync::{Notify, oneshot};

use super::cri::{PREFIX_LEN, Stream};
use super::trouble::Stage;

/// So many bytes of the last line on stderr are kept.
const ERROR_LINE_MAX: usize = 1024;

/// The listening side of one run.
#[derive(Debug, Default)]
pub(super) struct Tap {
    /// Which FIFOs its run writes to.
    fifos: u64,
    ended: AtomicBool,
    ending: Notify,
    sought: AtomicBool,
    seekers: Mutex<Vec<Seeker>>,
    error_line: Mutex<Option<Box<str>>>,
    stage: AtomicU8,
}

#[derive(Debug)]
struct Seeker {
    pattern: Regex,
    found: oneshot::Sender<String>,
}

impl Tap {
    /// That of a run which writes to these FIFOs.
    pub(super) fn of(fifos: u64) -> Tap {
        Tap { fifos, ..Tap::default() }
    }

    /// Which FIFOs its run writes to.
    pub(super) fn fifos(&self) -> u64 {
        self.fifos
    }

    /// Takes note of a batch of records of `stream`.
    #[inline]
    pub(super) fn hear(&self, stream: Stream, records: &[u8]) {
        if self.sought.load(Ordering::Relaxed) {
            self.seek(records);
        }
        if stream == Stream::Err {
            self.keep_error_line(records);
        }
    }

    /// The run's log has ended.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        lock(&self.seekers).clear();
        self.ending.notify_waiters();
    }

    /// Whether the run's log has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Returns once the run's log has ended.
    pub(super) async fn ended(&self) {
        let ending = self.ending.notified();
        tokio::pin!(ending);
        ending.as_mut().enable();
        if !self.has_ended() {
            ending.await;
        }
    }

    /// Gives the first line from now on that `pattern` matches; an error if the log ends without one.
    pub(super) fn matched(&self, pattern: Regex) -> oneshot::Receiver<String> {
        let (found, receiver) = oneshot::channel();
        let mut seekers = lock(&self.seekers);
        if !self.ended.load(Ordering::Acquire) {
            seekers.retain(|seeker| !seeker.found.is_closed());
            seekers.push(Seeker { pattern, found });
            self.sought.store(true, Ordering::Relaxed);
        }
        receiver
    }

    /// How bad the trouble of its log is; `New` is none that was told.
    pub(super) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// What was set last.
    pub(super) fn stage(&self) -> Stage {
        let stages = [Stage::New, Stage::Waiting, Stage::Blocked, Stage::Dropping];
        let known = self.stage.load(Ordering::Relaxed);
        stages.into_iter().find(|stage| *stage as u8 == known).unwrap_or_default()
    }

    /// The last line on stderr that is not blank.
    pub(super) fn error_line(&self) -> Option<String> {
        lock(&self.error_line).as_deref().map(str::to_owned)
    }

    #[cold]
    fn seek(&self, records: &[u8]) {
        let mut seekers = lock(&self.seekers);
        for text in texts(records) {
            let waiting = std::mem::take(&mut *seekers);
            for seeker in waiting {
                if seeker.found.is_closed() {
                    continue;
                }
                if seeker.pattern.is_match(text) {
                    // One that has just stopped waiting is no loss.
                    drop(seeker.found.send(String::from_utf8_lossy(text).into_owned()));
                } else {
                    seekers.push(seeker);
                }
            }
            if seekers.is_empty() {
                *seekers = Vec::new();
                self.sought.store(false, Ordering::Relaxed);
                return;
            }
        }
    }

    fn keep_error_line(&self, records: &[u8]) {
        let Some(text) = texts(records).rev().find(|text| !text.trim_ascii().is_empty()) else { return };
        let text = &text[..text.len().min(ERROR_LINE_MAX)];
        *lock(&self.error_line) = Some(String::from_utf8_lossy(text).into());
    }
}

fn texts(records: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    records.split(|&byte| byte == b'\n').filter_map(|record| record.get(PREFIX_LEN..))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::logs::cri::{Prefix, format_lines};

    fn hear(tap: &Tap, stream: Stream, text: &[u8]) {
        let mut records = Vec::new();
        let prefix = Prefix::new(jiff::Timestamp::UNIX_EPOCH, stream);
        format_lines(text, false, &prefix, usize::MAX, &mut records);
        tap.hear(stream, &records);
    }

    #[test]
    fn a_seeker_gets_the_first_match_and_is_gone() {
        let tap = Tap::default();
        let mut port = tap.matched(Regex::new(r"^listening on \d+").unwrap());
        let mut never = tap.matched(Regex::new("stdout").unwrap());
        hear(&tap, Stream::Out, b"starting\n");
        assert!(port.try_recv().is_err());
        hear(&tap, Stream::Out, b"not listening on 1\nlistening on 80\nlistening on 81\n");
        assert_eq!(port.try_recv().unwrap(), "listening on 80");
        assert_eq!(lock(&tap.seekers).len(), 1);
        tap.end();
        assert_eq!(never.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn the_last_error_line_is_short_and_not_blank() {
        let tap = Tap::default();
        assert_eq!(tap.error_line(), None);
        hear(&tap, Stream::Out, b"fine\n");
        assert_eq!(tap.error_line(), None);
        hear(&tap, Stream::Err, b"first\nport 80 is taken\n \n\n");
        assert_eq!(tap.error_line().unwrap(), "port 80 is taken");
        hear(&tap, Stream::Err, &[vec![b'x'; 5000], b"\n".to_vec()].concat());
        assert_eq!(tap.error_line().unwrap().len(), ERROR_LINE_MAX);
    }

    #[tokio::test]
    async fn an_end_is_seen_before_and_after_it_comes() {
        let tap = std::sync::Arc::new(Tap::default());
        let mut early = Box::pin(tap.ended());
        assert!(futures_util::FutureExt::now_or_never(&mut early).is_none());
        tap.end();
        early.await;
        tap.ended().await;
    }
}
