//! The log of one run, as those see it who started the run.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use regex::bytes::Regex;
use tokio::sync::oneshot;

use super::cri::Stream;
use super::names::Place;
use super::tap::Tap;
use super::thread::Command;
use super::{Error, LogTrouble, Logs, Policy};

/// The log of one run, from before its process starts until it has ended.
///
/// Dropping it changes nothing: the log goes on until all writers are gone.
#[derive(Debug)]
pub struct RunLog {
    logs: Logs,
    service: Box<str>,
    run: u64,
    tap: Arc<Tap>,
    /// It was taken up from an earlier daemon, which has not left how it is kept.
    pub(super) is_kept_unasked: bool,
}

impl RunLog {
    pub(super) fn new(logs: Logs, service: &str, run: u64, tap: Arc<Tap>) -> RunLog {
        RunLog { logs, service: service.into(), run, tap, is_kept_unasked: false }
    }

    /// The FIFO for the process's standard output, to be opened for reading and writing.
    pub fn out(&self) -> PathBuf {
        self.place().fifo(self.tap.fifos(), Stream::Out)
    }

    /// The FIFO for its standard error.
    pub fn err(&self) -> PathBuf {
        self.place().fifo(self.tap.fifos(), Stream::Err)
    }

    /// Says how it is kept, if an earlier daemon has not left that because the disk was full.
    pub async fn keep_as(&self, policy: impl FnOnce() -> Policy) {
        if self.is_kept_unasked {
            let service = self.service.clone().into();
            // Where the logs have stopped, none is kept any more.
            self.logs.tell(Command::Keep { service, run: self.run, policy: policy() }).await.ok();
        }
    }

    /// Ends the log with what is in the FIFOs now, although something may still
    /// hold them open; returns when all of it is written. For the moment when
    /// the process and its descendants are known to be gone.
    pub async fn close(&self) -> Result<(), Error> {
        let (reply, done) = oneshot::channel();
        let command = Command::Close { service: self.service.clone().into(), run: self.run, reply };
        self.logs.ask(command, done).await
    }

    /// As [`RunLog::close`], of the last run that this log has: what only another would need goes to the next
    /// run that is the only one of its log, and a log without a line is removed.
    pub async fn conclude(&self) -> Result<(), Error> {
        let (reply, done) = oneshot::channel();
        let command = Command::Conclude { service: self.service.clone().into(), run: self.run, reply };
        self.logs.ask(command, done).await
    }

    /// Resolves when the log has ended: every writer is gone and all is written, or it was closed.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let tap = Arc::clone(&self.tap);
        async move { tap.ended().await }
    }

    /// Whether it has.
    pub fn has_ended(&self) -> bool {
        self.tap.has_ended()
    }

    /// The last line on standard error that was not blank, of this daemon's time, at most 1 KiB of it.
    pub fn last_error_line(&self) -> Option<String> {
        self.tap.error_line()
    }

    /// What becomes of its lines, while they cannot be written.
    pub fn trouble(&self) -> Option<LogTrouble> {
        self.tap.stage().shown()
    }

    /// Resolves with the first line written from now on that `pattern` matches;
    /// with `None` if the log ends without one. Lines longer than 16 KiB are
    /// matched in parts.
    pub fn matched(&self, pattern: Regex) -> impl Future<Output = Option<String>> + Send + use<> {
        let line = self.tap.matched(pattern);
        async move { line.await.ok() }
    }

    fn place(&self) -> Place {
        self.logs.place(&self.service).expect("a log was opened under this name")
    }
}
