//! SQLite, and no idea what is kept in it.
//!
//! A [`Db`] is one file: a thread of its own that writes, a few connections
//! that read, and the capabilities' tables, each brought to its own version.
//! The two files of the daemon differ in one thing only, their [`Durability`].
//!
//! Why a thread and not a pool: SQLite has one writer at a time anyway, and a
//! queue in front of one thread turns sixty-four waiting callers into one
//! commit. Why not a transaction per caller over several awaits: it would hold
//! up everybody else for as long as that caller pleases. So a write is a
//! function that is handed the transaction, does its statements and returns.
//!
//! Not here: rows, queries, clocks, retention, backups, and the decision
//! whether the daemon goes on without a file.

mod checkpoint;
mod error;
mod file;
mod readers;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

pub use error::Error;
pub(crate) use error::damage;
use file::Identity;
use readers::Readers;
pub use writer::Fails;
use writer::Message;

/// Writes that may wait. It bounds memory; no burst of a thousand services comes near it.
const QUEUE: usize = 8192;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The death of this process. A loss of power may take the last commits, but damages nothing.
    Normal,
    /// A loss of power as well: every commit waits for the disk.
    Full,
    /// The same, but in a file that was never secured only from [`Db::secure`] on. To wait for the disk
    /// a dozen times is most of a daemon's first start, and until then there is nothing to be lost.
    FullOnceSecured,
}

/// A database file in use. Clones are handles to the same; dropping the last one closes it, and
/// blocks meanwhile, so an orderly end calls [`Db::close`].
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    file: PathBuf,
    identity: Identity,
    /// So that it is told of once.
    is_moved: AtomicBool,
    set_aside: Option<PathBuf>,
    readers: Readers,
    writer: Option<mpsc::Sender<Message>>,
    thread: Mutex<Option<JoinHandle<Result<(), rusqlite::Error>>>>,
    dropped: AtomicU64,
    /// When the writer was last told not to wait, by the monotonic clock in milliseconds.
    hurried: AtomicU64,
}

impl Db {
    /// Opens `file`, makes it (0600, in a directory of 0700) if it is not there, and starts its
    /// writer. Blocks for a few small reads.
    pub fn open(file: &Path, durability: Durability) -> Result<Self, Error> {
        let connection = file::open(file, durability)?;
        Self::start(file, connection, None)
    }

    /// The same for a file that the daemon can do without: a damaged one is renamed to
    /// `<file>.corrupt-<stamp>` and a new one is begun. A file of another program or of a newer
    /// version is an error all the same.
    pub fn open_or_set_aside(file: &Path, durability: Durability, stamp: &str) -> Result<Self, Error> {
        let damage = match file::open(file, durability) {
            Ok(connection) => return Self::start(file, connection, None),
            Err(damage @ Error::Corrupt { .. }) => damage,
            Err(error) => return Err(error),
        };
        let aside = file::set_aside(file, stamp)?;
        tracing::warn!(aside = %aside.display(), "{damage}: set aside, a new one is begun");
        Self::start(file, file::open(file, durability)?, Some(aside))
    }

    /// The same for a file in which damage was found after it was opened. Nobody may have it open any more.
    pub fn put_aside(file: &Path, stamp: &str) -> Result<PathBuf, Error> {
        file::set_aside(file, stamp)
    }

    /// Where the damaged predecessor of this file was put when it was opened.
    pub fn set_aside(&self) -> Option<&Path> {
        self.shared.set_aside.as_deref()
    }

    /// Whether somebody has moved, removed or replaced the file since it was opened, in a sentence. What is
    /// written goes on into the file that was opened, and is gone with it when the last handle is.
    pub fn moved(&self) -> Option<String> {
        let path = self.shared.identity.moved()?;
        let what = format!("{} is not the file any more that the daemon writes to", path.display());
        if !self.shared.is_moved.swap(true, Ordering::Relaxed) {
            tracing::error!("{what}: it was moved, removed or replaced");
        }
        Some(what)
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.shared.file
    }

    /// Runs those of `steps` that the file has not seen, each in a transaction of its own. Steps
    /// are only ever appended: the version is their number.
    pub async fn migrate(&self, capability: &str, steps: &[&str]) -> Result<(), Error> {
        let file = self.shared.file.clone();
        let capability = capability.to_owned();
        let steps: Vec<String> = steps.iter().map(|&step| step.to_owned()).collect();
        let (answer, end) = oneshot::channel();
        let work = move |connection: &mut Connection| {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            // A caller that has gone away needs no answer.
            answer.send(schema::migrate(connection, &file, &capability, &steps)).ok();
        };
        self.send(Message::Alone(Box::new(work))).await?;
        end.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// Writes, and returns when it is committed. `work` may be committed together with others';
    /// its error or panic undoes only what it did. Once queued, it is done even if the returned
    /// future is dropped.
    pub fn write<T, W>(&self, work: W) -> impl Future<Output = Result<T, Error>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
    {
        self.write_then(work, Fails::Alone, |_| ())
    }

    /// The same, and `then` is told by the writer what came of it, in the order of commits, whoever waits
    /// for that.
    pub fn write_then<T, W, C>(
        &self,
        work: W,
        fails: Fails,
        then: C,
    ) -> impl Future<Output = Result<T, Error>> + Send + use<T, W, C>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
        C: FnOnce(&T) + Send + 'static,
    {
        let db = self.clone();
        async move {
            let (answer, end) = oneshot::channel();
            let told = move |result: Result<T, Error>| {
                if let Ok(value) = &result {
                    then(value);
                }
                answer.send(result).ok();
            };
            db.send(Message::Job(writer::job(work, fails, told))).await?;
            end.await.unwrap_or_else(|_| Err(db.closed()))
        }
    }

    /// Queues a write and does not wait for it, in order with all others of this task. A failure
    /// is logged with `what`. With the queue full, because the disk stands still, the write is
    /// dropped and counted rather than making a supervisor wait for its history.
    pub fn write_later<W>(&self, what: &'static str, work: W)
    where
        W: FnOnce(&Transaction<'_>) -> Result<(), rusqlite::Error> + Send + 'static,
    {
        self.write_later_then(what, work, |_| ());
    }

    /// The same, and `then` is told as by [`Db::write_then`].
    pub fn write_later_then<T, W, C>(&self, what: &'static str, work: W, then: C)
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
        C: FnOnce(&T) + Send + 'static,
    {
        self.queue(what, Message::Later(writer::job(work, Fails::Alone, told(what, then))));
    }

    /// The same for what should outlive this process even if it is killed in the next moment. One
    /// that follows another within a moment has to wait for as long: what happens hundreds of times
    /// a second is not worth a commit each.
    pub fn write_soon<W>(&self, what: &'static str, work: W)
    where
        W: FnOnce(&Transaction<'_>) -> Result<(), rusqlite::Error> + Send + 'static,
    {
        self.queue(what, Message::Later(writer::job(work, Fails::Alone, told(what, |_| ()))));
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let now = now.tv_sec.cast_unsigned() * 1000 + now.tv_nsec.cast_unsigned() / 1_000_000;
        let last = self.shared.hurried.load(Ordering::Relaxed);
        if writer::MOMENT.as_millis() <= u128::from(now.saturating_sub(last)) {
            self.shared.hurried.store(now, Ordering::Relaxed);
            self.hurry();
        }
    }

    /// Makes durable what was committed so far, and from now on every commit, in a file that was opened
    /// as [`Durability::FullOnceSecured`]. One that was secured before has nothing to do.
    pub async fn secure(&self) -> Result<(), Error> {
        let file = self.shared.file.clone();
        let (answer, end) = oneshot::channel();
        let work = move |connection: &mut Connection| {
            answer.send(file::secure(connection, &file)).ok();
        };
        self.send(Message::Alone(Box::new(work))).await?;
        end.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// Gives back the memory of what was read and may never be asked for again: the connections that only
    /// read, the writer's pages and its statements. What is needed later is read again.
    pub async fn give_back(&self) -> Result<(), Error> {
        // It says so itself, in the log: whoever reads next opens what has the name now.
        self.moved();
        self.shared.readers.let_go();
        let (answer, end) = oneshot::channel();
        let work = move |connection: &mut Connection| {
            connection.flush_prepared_statement_cache();
            answer.send(connection.execute_batch("PRAGMA shrink_memory")).ok();
        };
        self.send(Message::Alone(Box::new(work))).await?;
        let given = end.await.map_err(|_| self.closed())?;
        given.map_err(|source| Error::of(self.file(), source))
    }

    /// Returns when all that was queued before is committed, or has failed.
    pub async fn flush(&self) -> Result<(), Error> {
        self.write(|_| Ok(())).await
    }

    /// Reads, on one of the runtime's blocking threads. All statements in `work` see one moment.
    pub async fn read<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    {
        let turn = self.shared.readers.turn().await?;
        let shared = Arc::clone(&self.shared);
        let reading = tokio::task::spawn_blocking(move || shared.readers.read(turn, work));
        // The panic of `work` has been caught: only a runtime that stops can get in between.
        reading.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// Finishes what is queued, moves everything into the main file and ends. From then on all
    /// handles answer [`Error::Closed`]. A second call does nothing.
    pub async fn close(&self) -> Result<(), Error> {
        self.shared.readers.close().await;
        if self.send(Message::Close).await.is_err() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        let joined = tokio::task::spawn_blocking(move || shared.join()).await;
        joined.unwrap_or(Ok(())).map_err(|source| Error::of(self.file(), source))
    }

    fn start(file: &Path, connection: Connection, set_aside: Option<PathBuf>) -> Result<Self, Error> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || writer::run(connection, queue))
            .map_err(|source| Error::io(file, source))?;
        let shared = Shared {
            file: file.to_owned(),
            identity: Identity::of(file),
            is_moved: AtomicBool::new(false),
            set_aside,
            readers: Readers::new(file.to_owned()),
            writer: Some(sender),
            thread: Mutex::new(Some(thread)),
            dropped: AtomicU64::new(0),
            hurried: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    async fn send(&self, message: Message) -> Result<(), Error> {
        let sender = self.shared.writer.as_ref().expect("only dropping takes the sender");
        sender.send(message).await.map_err(|_| self.closed())?;
        self.hurry();
        Ok(())
    }

    fn queue(&self, what: &'static str, message: Message) {
        let sender = self.shared.writer.as_ref().expect("only dropping takes the sender");
        match sender.try_send(message) {
            Ok(()) => self.tell_dropped(),
            Err(TrySendError::Full(_)) => {
                if self.shared.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::error!(what, file = %self.file().display(), "not recorded: the disk is too slow");
                }
            }
            Err(TrySendError::Closed(_)) => tracing::error!(what, "not recorded: {}", self.closed()),
        }
    }

    fn hurry(&self) {
        if let Some(thread) = &*self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.thread().unpark();
        }
    }

    fn tell_dropped(&self) {
        if self.shared.dropped.load(Ordering::Relaxed) == 0 {
            return;
        }
        let dropped = self.shared.dropped.swap(0, Ordering::Relaxed);
        tracing::error!(dropped, file = %self.file().display(), "recording again; so many writes are missing");
    }

    fn closed(&self) -> Error {
        Error::Closed { file: self.shared.file.clone() }
    }
}

impl Shared {
    fn join(&self) -> Result<(), rusqlite::Error> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match thread {
            // A job that held the last handle: the writer cannot wait for itself, and ends anyway.
            Some(thread) if thread.thread().id() == std::thread::current().id() => Ok(()),
            Some(thread) => thread.join().unwrap_or(Ok(())),
            None => Ok(()),
        }
    }
}

/// What becomes of a write that nobody waits for.
fn told<T>(
    what: &'static str,
    then: impl FnOnce(&T) + Send + 'static,
) -> impl FnOnce(Result<T, Error>) + Send + 'static {
    move |result| match result {
        Ok(value) => then(&value),
        Err(error) => tracing::error!(what, "not recorded: {error}"),
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The writer removes the log if it is the last to leave.
        self.readers.let_go();
        self.writer = None;
        if let Err(error) = self.join() {
            tracing::error!(file = %self.file.display(), "closing the database: {error}");
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Db").field(&self.shared.file).finish()
    }
}
