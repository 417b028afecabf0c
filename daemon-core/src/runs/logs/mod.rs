//! The logs of services: captured exactly once, kept in bounds, read and followed.
//!
//! A run writes its stdout and stderr into two FIFOs. It holds them open itself,
//! so what it writes while no daemon lives waits there. One thread (`thread`)
//! reads all FIFOs and writes all logs.
//!
//! # Exactly once, whenever the daemon is killed
//!
//! Bytes that were read are gone from the FIFO, so between the read and the log
//! they lie in a file that is mapped shared (`staging`) and outlives a kill.
//! Its header says what is staged and how long the log is by right.
//!
//! The header has two slots and an index of the valid one. A change of state
//! fills the spare slot and flips the index, so that "these bytes are no longer
//! staged" and "the log is that much longer" become true in the same instant. A
//! single record of fields could be met half changed, and would need an order of
//! writes and an argument for each pair of fields.
//!
//! One gap is left: the kernel moves bytes out of the FIFO and only then can we
//! note it. So the length of a read is noted before it (nobody else reads, so
//! FIONREAD is a promise), and a mark is put where its bytes will go: random, and
//! made of byte values that UTF-8 never uses. If the mark is gone, the read has
//! happened. Looking for a tail of zeros instead would have to clear the whole
//! area before every read, and could not tell a service that writes zeros. What
//! remains is a service that writes binary data in reads of a byte or two and is
//! met by a kill in the instant between the read and the note of it.
//!
//! This is about the death of the daemon, not of the machine: nothing is synced
//! to disk here. After a power cut the log is what the file system saved, with
//! its torn end mended.
//!
//! # When the disk is full
//!
//! Lines wait in memory, 8 MiB of them in a daemon; the oldest rotated files of
//! all services are removed; and if that was not enough, lines are dropped and
//! counted, with a line in the log that tells of them later, or the service
//! waits, as its configuration says ([`OnFull`]). See `capture/writing.rs`.
//!
//! # Rotated files
//!
//! They are compressed (`archive`, `packing`), and removed by number, age and
//! the room that all logs take, by a thread of low priority (`upkeep`).
//!
//! # What is not here
//!
//! Making text safe for a terminal is for
//! those who show it; events (started, exited) are for those who keep them.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use hob_launch::Keeper;
use rustix::event::EventfdFlags;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, oneshot};

pub use self::cri::Stream;
pub use self::follow::{Follow, Followed, Next};
pub use self::level::Level;
pub use self::names::Paths;
pub use self::pinned::{From, Pinned};
pub use self::place::Place;
pub use self::read::{Line, Page, Query};
pub use self::report::{Clock, Event, Report};
pub use self::run_log::RunLog;
pub use self::sieve::Sieve;
use self::thread::{Command, Thread};
pub use self::trouble::LogTrouble;
use self::upkeep::Upkeep;

mod aging;
mod archive;
mod backlog;
mod capture;
mod crash;
mod cri;
mod error;
mod files;
mod follow;
mod join;
mod level;
mod level_fields;
pub(super) mod names;
mod pace;
mod packing;
mod pinned;
mod place;
mod read;
mod recovery;
mod report;
mod run_log;
mod runs;
mod scan;
mod search;
mod sieve;
mod slot;
mod source;
mod staging;
mod tap;
mod text;
mod thread;
mod trouble;
mod upkeep;

pub use self::error::Error;

/// Commands and reports that may wait.
const QUEUE: usize = 256;

/// How the log of a service is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The log file is rotated when it has so many bytes.
    pub max_size: u64,
    /// So many rotated files are kept.
    pub keep: u32,
    /// They are kept for so long; a line for at most twice that.
    pub max_age: Option<Duration>,
    /// What becomes of lines that cannot be written.
    pub on_full: OnFull,
    /// The user and group that the FIFOs belong to, if not the daemon's.
    pub owner: Option<(u32, u32)>,
    /// The log has this run only, or further attempts of it: there is none before its first line, and what
    /// it is captured with passes on to a run of another name.
    pub is_single: bool,
}

/// What becomes of lines when the log cannot be written, and neither memory nor old files are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFull {
    /// They are dropped and counted, and the service goes on.
    #[default]
    Drop,
    /// Nothing is lost, and the service waits with its output.
    Block,
}

/// A run that was being captured when the daemon before this one ended.
#[derive(Debug)]
pub struct Recovered {
    /// Its service.
    pub service: String,
    /// Its number.
    pub run: u64,
    /// Its log, which goes on while anybody holds its FIFOs.
    pub log: RunLog,
}

/// A process that has the FIFOs of a run open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The run's number.
    pub run: u64,
    /// The process.
    pub pid: i32,
    /// When it started, in clock ticks since boot: another one may have its number by now.
    pub ticks: u64,
}

impl Holder {
    /// Whether it is still that process.
    fn lives(&self) -> bool {
        crate::home::start_ticks(self.pid) == Some(self.ticks)
    }
}

/// The run of each service that was under way.
pub type Holders = std::collections::HashMap<String, Holder>;

/// The logs of all services. Clones are the same logs; with the last one the thread ends.
#[derive(Debug, Clone)]
pub struct Logs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    paths: Paths,
    /// Taken only to be dropped.
    commands: Option<mpsc::Sender<Command>>,
    bell: Arc<OwnedFd>,
    reports: broadcast::Sender<Report>,
    upkeep: Upkeep,
}

impl Logs {
    /// Starts the threads. Nothing is touched on disk before [`Logs::recover`] or [`Logs::open`].
    pub fn start(paths: Paths, clock: Clock) -> io::Result<Logs> {
        Logs::start_kept(paths, clock, None)
    }

    /// The same, with somebody who keeps what services write and then end, while no daemon runs.
    pub fn start_kept(paths: Paths, clock: Clock, keeper: Option<Keeper>) -> io::Result<Logs> {
        let (commands, queue) = mpsc::channel(QUEUE);
        let reports = broadcast::Sender::new(QUEUE);
        let bell = Arc::new(rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let work = upkeep::Work::new(paths.logs.clone(), report::Common::new(clock, reports.clone()));
        let upkeep = Upkeep::start(work, Arc::clone(&bell))?;
        let mut common = report::Common::new(clock, reports.clone());
        common.upkeep = Some(upkeep.clone());
        let thread = Thread::new(paths.clone(), common, queue, Arc::clone(&bell), keeper)?;
        std::thread::Builder::new()
            .name("hob-logs".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || thread.run())?;
        Ok(Logs(Arc::new(Inner { paths, commands: Some(commands), bell, reports, upkeep })))
    }

    /// From now on the logs of all services have at most so many bytes
    /// together; beyond that the oldest rotated files go.
    pub fn set_max_total(&self, bytes: u64) {
        self.0.upkeep.set_max_total(bytes);
    }

    /// Troubles from now on, each told once.
    pub fn reports(&self) -> broadcast::Receiver<Report> {
        self.0.reports.subscribe()
    }

    /// Repairs what a killed daemon left, and goes on with the runs that it was
    /// capturing. To be called once, before any [`Logs::open`]. `holders` says
    /// which runs are known to live, and `of` whose logs these are.
    pub async fn recover(&self, of: fn(&str) -> bool, holders: Holders) -> Result<Vec<Recovered>, Error> {
        let (reply, done) = oneshot::channel();
        let taken_up = self.ask(Command::Recover { of, holders, reply }, done).await?;
        let taken_up =
            taken_up.map_err(|source| Error::Recover { path: self.0.paths.run.clone(), source })?;
        let recovered = |found: thread::TakenUp| {
            let mut log = RunLog::new(self.clone(), &found.service, found.run, found.tap);
            log.is_kept_unasked = found.is_kept_unasked;
            Recovered { service: found.service, run: found.run, log }
        };
        Ok(taken_up.into_iter().map(recovered).collect())
    }

    /// Begins the log of a run: its FIFOs are there and being read when this
    /// returns. A run of the service whose log has not ended is closed first.
    pub async fn open(&self, service: &str, run: u64, policy: Policy) -> Result<RunLog, Error> {
        self.opening(service, run, policy).await?.await
    }

    /// The same in two steps: asked for when this returns, and waited for with what it returns.
    pub async fn opening(
        &self,
        service: &str,
        run: u64,
        policy: Policy,
    ) -> Result<impl Future<Output = Result<RunLog, Error>> + Send + use<>, Error> {
        let (reply, done) = oneshot::channel();
        let command = Command::Open { service: service.to_owned(), run, policy, reply };
        self.tell(command).await?;
        let (logs, service) = (self.clone(), service.to_owned());
        Ok(async move {
            let tap = done.await.map_err(|_| Error::Stopped)??;
            Ok(RunLog::new(logs, &service, run, tap))
        })
    }

    /// Reads lines of a log, running or not. It blocks on files, so async
    /// callers put it on a thread for that.
    pub fn read(&self, service: &str, query: &Query) -> Result<Page, Error> {
        read::read(&self.place(service)?.log, query)
    }

    /// Takes a log as it is now, whether or not its service runs, for reading and following.
    pub async fn pin(&self, service: &str) -> Result<Pinned, Error> {
        let log = self.place(service)?.log;
        let (reply, done) = oneshot::channel();
        let settled = self.ask(Command::Follow { service: service.to_owned(), reply }, done).await??;
        Pinned::new(log, settled).await
    }

    /// The number of a run of a service counted back from the latest, which is 0.
    pub fn run_back(&self, service: &str, back: u64) -> Result<Option<u64>, Error> {
        let log = self.place(service)?.log;
        let runs = runs::Runs::load(&log).map_err(|source| Error::Read { path: log.clone(), source })?;
        Ok(runs.back(back))
    }

    /// Ends the thread and leaves every run as it is, for a successor to recover.
    pub async fn stop(self) -> Result<(), Error> {
        let (reply, done) = oneshot::channel();
        self.ask(Command::Stop { reply }, done).await
    }

    fn place(&self, service: &str) -> Result<names::Place, Error> {
        self.0.paths.of(service)
    }

    async fn ask<T>(&self, command: Command, answer: oneshot::Receiver<T>) -> Result<T, Error> {
        self.tell(command).await?;
        answer.await.map_err(|_| Error::Stopped)
    }

    async fn tell(&self, command: Command) -> Result<(), Error> {
        let commands = self.0.commands.as_ref().ok_or(Error::Stopped)?;
        commands.send(command).await.map_err(|_| Error::Stopped)?;
        self.0.ring();
        Ok(())
    }
}

impl Inner {
    fn ring(&self) {
        // A full counter is a bell that rings already.
        rustix::io::write(&*self.bell, &1u64.to_ne_bytes()).ok();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.commands = None;
        self.upkeep.end();
        self.ring();
    }
}

#[cfg(test)]
mod tests;
