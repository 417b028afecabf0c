//! The one thread that writes to a file, and how it makes many writes one.
//!
//! A commit costs the same whether it carries one row or a hundred, so the
//! thread takes all that is queued into one transaction, commits once and only
//! then answers. A job that fails or panics undoes itself and nothing else: each
//! has a savepoint of its own but the first, for which the transaction is begun
//! anew. For a savepoint SQLite copies every page that is changed; so what can
//! only fail with the database itself goes without. Some failures (a full disk)
//! make SQLite undo the transaction; then nobody in it is told that their row is
//! safe.
//!
//! A lock of another program is waited out once, and not by each job for itself:
//! whatever has been queued meanwhile fails with the job that waited. Until a
//! write succeeds again, a glance has to do, so that many who come one after the
//! other, and the daemon's end, are not kept for as long as all of them together.
//!
//! The thread sleeps on its queue. With nothing to write it never wakes. A write
//! that nobody waits for lies there for a moment, so that what comes with it,
//! such as the end of a run and the beginning of the next, is one commit too;
//! one that somebody waits for takes it along at once.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use tokio::sync::mpsc;

use super::Error;
use super::checkpoint::Checkpoints;
use super::error::{is_busy, restated};
use super::file::PATIENCE;

/// The most jobs in one transaction: the first of them should not wait for long.
const GROUP: usize = 256;

/// How long a write that nobody waits for lies in the queue at most. So much of the last moment is
/// not recorded if the process is killed.
pub(super) const MOMENT: Duration = Duration::from_millis(20);

/// How long a lock is waited for that has outlasted the patience already.
const GLANCE: Duration = Duration::from_millis(250);

/// What the writer can be asked.
pub(super) enum Message {
    /// To be done in a transaction, perhaps with others.
    Job(Box<dyn Job>),
    /// The same, and there is no hurry.
    Later(Box<dyn Job>),
    /// To be done with the connection itself, between transactions.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
    /// Take no more, finish what is queued, and end.
    Close,
}

/// Something to write, and what to do when it is known how that went.
pub(super) trait Job: Send {
    /// What fails with it.
    fn fails(&self) -> Fails;
    /// Writes. After an error it is undone.
    fn run(&mut self, transaction: &Transaction<'_>) -> Result<(), rusqlite::Error>;
    /// Answers, once the transaction has been committed or lost.
    fn settle(self: Box<Self>, commit: &Result<(), rusqlite::Error>, file: &Path);
}

/// Does what is queued until nobody can ask for more, then puts all into the main file.
pub(super) fn run(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Message>,
) -> Result<(), rusqlite::Error> {
    let file = connection.path().map(std::path::PathBuf::from).unwrap_or_default();
    let mut checkpoints = Checkpoints::of(&mut connection)?;
    let mut put_back = None;
    while let Some(message) = put_back.take().or_else(|| queue.blocking_recv()) {
        match message {
            Message::Job(job) => put_back = group(&mut connection, &file, job, &mut queue),
            Message::Later(job) => {
                // Whoever is in a hurry wakes it, and what was queued for an earlier one does no harm.
                std::thread::park_timeout(MOMENT);
                put_back = group(&mut connection, &file, job, &mut queue);
            }
            Message::Alone(work) => work(&mut connection),
            Message::Close => queue.close(),
        }
        checkpoints.look(&connection);
    }
    checkpoints.wait();
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.close().map_err(|(_, error)| error)?;
    checkpoint
}

/// What fails with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// Nothing else.
    Alone,
    /// All that shares its transaction: it fails only if the database does.
    WithAll,
}

/// A job for `work`, whose end is told to `answer`.
pub(super) fn job<T, W, A>(work: W, fails: Fails, answer: A) -> Box<dyn Job>
where
    T: Send + 'static,
    W: FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
    A: FnOnce(Result<T, Error>) + Send + 'static,
{
    Box::new(Write { stage: Stage::Waiting(work), fails, answer })
}

/// What a panic said.
pub(super) fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("it gave no reason").to_owned()
}

/// Commits `first` and what else is queued together. Returns a message that cannot be among them.
fn group(
    connection: &mut Connection,
    file: &Path,
    first: Box<dyn Job>,
    queue: &mut mpsc::Receiver<Message>,
) -> Option<Message> {
    let mut jobs = vec![first];
    let mut put_back = None;
    let commit =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            loop {
                let is_first = jobs.len() == 1;
                attempt(&transaction, jobs.last_mut().expect("there is the first"), is_first)?;
                if jobs.len() == GROUP {
                    break;
                }
                match queue.try_recv() {
                    Ok(Message::Job(next) | Message::Later(next)) => jobs.push(next),
                    Ok(other) => {
                        put_back = Some(other);
                        break;
                    }
                    Err(_) => break,
                }
            }
            transaction.commit()
        });
    let is_locked = commit.as_ref().is_err_and(is_busy);
    if is_locked && put_back.is_none() {
        put_back = take_all(&mut jobs, queue);
    }
    let patience = if is_locked { GLANCE } else { PATIENCE };
    if let Err(error) = connection.busy_timeout(patience) {
        tracing::debug!(%error, "the patience of a writer is as it was");
    }
    for job in jobs {
        job.settle(&commit, file);
    }
    put_back
}

/// Adds the jobs that are queued now. Returns a message that cannot be among them.
fn take_all(jobs: &mut Vec<Box<dyn Job>>, queue: &mut mpsc::Receiver<Message>) -> Option<Message> {
    for _ in 0..queue.len() {
        match queue.try_recv() {
            Ok(Message::Job(next) | Message::Later(next)) => jobs.push(next),
            other => return other.ok(),
        }
    }
    None
}

/// Runs one job. An error means that the whole transaction is lost.
fn attempt(
    transaction: &Transaction<'_>,
    job: &mut Box<dyn Job>,
    is_first: bool,
) -> Result<(), rusqlite::Error> {
    let has_savepoint = !is_first && job.fails() == Fails::Alone;
    if has_savepoint {
        transaction.prepare_cached("SAVEPOINT job")?.execute([])?;
    }
    let result = job.run(transaction);
    if transaction.is_autocommit() {
        return Err(result.err().unwrap_or_else(ended_by_a_job));
    }
    match result {
        Err(_) if is_first => return transaction.execute_batch("ROLLBACK; BEGIN IMMEDIATE"),
        Err(error) if !has_savepoint => return Err(error),
        Err(_) => drop(transaction.prepare_cached("ROLLBACK TO job")?.execute([])?),
        Ok(()) => {}
    }
    if has_savepoint {
        transaction.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(())
}

fn ended_by_a_job() -> rusqlite::Error {
    let words = "a job ended the transaction it shares with others";
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_MISUSE), Some(words.into()))
}

struct Write<T, W, A> {
    stage: Stage<T, W>,
    fails: Fails,
    answer: A,
}

enum Stage<T, W> {
    Waiting(W),
    Running,
    Done(T),
    Failed(rusqlite::Error),
    Panicked(String),
}

impl<T, W, A> Job for Write<T, W, A>
where
    T: Send,
    W: FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error> + Send,
    A: FnOnce(Result<T, Error>) + Send,
{
    fn fails(&self) -> Fails {
        self.fails
    }

    fn run(&mut self, transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
        let Stage::Waiting(work) = std::mem::replace(&mut self.stage, Stage::Running) else {
            return Ok(());
        };
        let (stage, result) = match catch_unwind(AssertUnwindSafe(|| work(transaction))) {
            Ok(Ok(value)) => (Stage::Done(value), Ok(())),
            Ok(Err(error)) => {
                let again = restated(&error);
                (Stage::Failed(error), Err(again))
            }
            Err(panic) => (Stage::Panicked(words(&*panic)), Err(rusqlite::Error::UnwindingPanic)),
        };
        self.stage = stage;
        result
    }

    fn settle(self: Box<Self>, commit: &Result<(), rusqlite::Error>, file: &Path) {
        let result = match (self.stage, commit) {
            (Stage::Failed(error), _) => Err(Error::of(file, error)),
            (Stage::Panicked(message), _) => Err(Error::Panicked { file: file.to_owned(), message }),
            (Stage::Done(value), Ok(())) => Ok(value),
            (_, Err(error)) => Err(Error::of(file, restated(error))),
            (Stage::Waiting(_) | Stage::Running, Ok(())) => unreachable!("a commit follows every job's run"),
        };
        (self.answer)(result);
    }
}
