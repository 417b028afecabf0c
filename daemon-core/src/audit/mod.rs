//! The record: what was asked, decided and done, kept so that nobody changes it unnoticed.
//!
//! Every entry is a leaf of a Merkle tree (RFC 9162), and the tree's head is
//! signed from time to time. Whoever has once seen a head can tell later
//! whether the record still continues it; `hob-verify` does that without us.
//! What a leaf is, and what makes a record whole, is in the package `verify`.
//!
//! The record is the database `gate.db`. A capability that decides something
//! writes its rows and its leaves in one transaction ([`Handle::record`]): both
//! are on the disk when that returns, or neither is. What comes at once from
//! many callers is one commit, by the database's own writer. The files in
//! `audit/` are a mirror.
//!
//! What a daemon has recorded it knows by heart, as the one hash over it: a
//! database that says something else later was changed by somebody. A record
//! that does not continue its own signed heads is not continued either: nothing
//! is recorded then, so nothing that needs a record runs, until a person has
//! moved it out of the way.
//!
//! Not here: witnesses, other copies, keys that change, erasing what a leaf
//! only commits to. `docs/audit.md` says what all of this cannot promise.

mod entry;
mod error;
mod gate;
mod keeper;
mod key;
mod leaves;
mod mirror;
mod open;
mod ops;
mod plain;
mod read;
mod refusals;
mod rows;
mod store;
mod system_log;
mod trouble;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use hob_verify::checkpoint::Checkpoint;
use hob_verify::note::Verifier;
use rusqlite::Transaction;
use tokio::sync::{Notify, mpsc, oneshot, watch};

pub use entry::{Actor, ActorKind, Entry};
pub use error::Error;
pub use key::{KeyPlace, key_place};
pub use leaves::Leaves;
pub use open::{earlier, mount};
pub use ops::{
    CheckpointNow, Found, Prove, Proved, Recorded, Search, Show, Shown, SignedHead, Tail, Verified, Verify,
    ops,
};
pub use trouble::trouble;

use crate::kernel::{Code, Fault};
use crate::storage::{self, Db, Fails};
use leaves::{Common, Pushed};
use refusals::{Refusals, Ruling};

/// The record; clones are handles to the same.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    db: Db,
    common: Arc<Common>,
    verifier: Verifier,
    place: KeyPlace,
    /// Of the mirror.
    directory: PathBuf,
    /// Told when something was committed, or is to be looked at.
    written: Notify,
    /// How many leaves the mirror has, for those who follow.
    size: watch::Sender<u64>,
    refusals: Mutex<Refusals>,
    /// What was committed and is not mirrored yet, in the order of its places.
    recorded: Mutex<Vec<Pushed>>,
    /// The head that was signed last.
    head: Mutex<Option<Checkpoint>>,
    asks: mpsc::Sender<keeper::Asked>,
    /// Why nothing is added any more.
    unsound: OnceLock<String>,
}

impl Handle {
    /// One transaction of `gate.db`: what `work` writes and the leaves that it pushes are durable
    /// together, or neither is. Once queued it is done even if the returned future is dropped.
    pub fn record<T, W>(&self, work: W) -> impl Future<Output = Result<T, Error>> + Send + use<T, W>
    where
        W: FnOnce(&Transaction<'_>, &mut Leaves<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
        T: Send + 'static,
    {
        self.0.record(work)
    }

    /// Records one thing, and returns its place when it is durable.
    ///
    /// # Errors
    /// Those of [`Handle::record`].
    pub fn append(&self, entry: Entry) -> impl Future<Output = Result<u64, Error>> + Send + use<> {
        self.0.append(entry)
    }

    /// The database, to read from. Writes go through [`Handle::record`].
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Brings a capability's tables in `gate.db` to the version that this program knows.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub async fn migrate(&self, capability: &str, steps: &[&str]) -> Result<(), Error> {
        Ok(self.0.db.migrate(capability, steps).await?)
    }

    /// Makes durable what was recorded in a new record so far; until then a loss of power undoes all of it.
    ///
    /// # Errors
    /// As [`Db::secure`].
    pub async fn secure(&self) -> Result<(), Error> {
        Ok(self.0.db.secure().await?)
    }

    /// The key by which the record can be checked, in C2SP's text.
    pub fn vkey(&self) -> String {
        self.0.verifier.to_string()
    }

    /// A signed head of all leaves that there are.
    ///
    /// # Errors
    /// `Unsound` if the record does not continue what was signed, `Key` if the key cannot be had.
    pub async fn checkpoint(&self) -> Result<String, Error> {
        let (answer, told) = oneshot::channel();
        self.0.asks.send(answer).await.map_err(|_| Error::Closed)?;
        told.await.unwrap_or(Err(Error::Closed))
    }

    /// Whether a refusal is to be recorded by itself. In a flood of them it is only counted, and the
    /// sum is recorded later.
    pub fn tells_of(&self, op: &'static str, code: Code) -> bool {
        let ruling = self.refusals().refused(op, code.name(), self.uptime());
        if ruling == Ruling::CountFirst {
            self.wake();
        }
        ruling == Ruling::Tell
    }

    /// Finishes what is queued and closes the database, after all tasks have ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(&self) -> Result<(), Error> {
        Ok(self.0.db.close().await?)
    }

    /// That its database is not the file of its name any more, if that is so.
    pub fn moved(&self) -> Option<String> {
        self.0.db.moved()
    }

    /// Why nothing is added to it, if that is so.
    pub fn trouble(&self) -> Option<Fault> {
        self.0.check_in_place().err().map(Fault::from)
    }

    /// Records something without waiting for the disk; what cannot be recorded is logged.
    fn record_later(&self, entry: Entry) {
        let inner = &self.0;
        if inner.check_sound().is_err() {
            return;
        }
        let (common, told) = (Arc::clone(&inner.common), Arc::clone(inner));
        let push = move |tx: &Transaction<'_>| {
            let mut leaves = Leaves::new(common, tx);
            leaves.push(entry)?;
            Ok(leaves.pushed())
        };
        inner.db.write_later_then("a leaf of the record", push, move |pushed| told.recorded(pushed));
    }

    fn wake(&self) {
        self.0.written.notify_one();
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.0.refusals()
    }

    fn uptime(&self) -> Duration {
        self.0.common.clock.uptime()
    }
}

impl Inner {
    fn record<T, W>(self: &Arc<Self>, work: W) -> impl Future<Output = Result<T, Error>> + Send + use<T, W>
    where
        W: FnOnce(&Transaction<'_>, &mut Leaves<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
        T: Send + 'static,
    {
        let inner = Arc::clone(self);
        async move {
            inner.check_sound()?;
            let (common, told) = (Arc::clone(&inner.common), Arc::clone(&inner));
            let work = move |tx: &Transaction<'_>| {
                let mut leaves = Leaves::new(common, tx);
                let value = work(tx, &mut leaves)?;
                Ok((value, leaves.pushed()))
            };
            let write = inner.db.write_then(work, Fails::Alone, move |(_, pushed)| told.recorded(pushed));
            Ok(write.await?.0)
        }
    }

    fn append(self: &Arc<Self>, entry: Entry) -> impl Future<Output = Result<u64, Error>> + Send + use<> {
        let inner = Arc::clone(self);
        async move {
            inner.check_sound()?;
            let (common, told) = (Arc::clone(&inner.common), Arc::clone(&inner));
            let push = move |tx: &Transaction<'_>| {
                let mut leaves = Leaves::new(common, tx);
                match leaves.push(entry) {
                    Err(error) if leaves::is_unsayable(&error) => Ok((Err(error), Vec::new())),
                    place => Ok((Ok(place?), leaves.pushed())),
                }
            };
            let append = inner.db.write_then(push, Fails::WithAll, move |(_, pushed)| told.recorded(pushed));
            Ok(append.await?.0.map_err(|error| storage::Error::of(inner.db.file(), error))?)
        }
    }

    /// Told by the writer of the database, in the order of its commits.
    fn recorded(&self, pushed: &[Pushed]) {
        if !pushed.is_empty() {
            locked(&self.recorded).extend_from_slice(pushed);
            self.written.notify_one();
        }
    }

    /// The head that was signed last.
    fn head(&self) -> Option<Checkpoint> {
        locked(&self.head).clone()
    }

    fn check_sound(&self) -> Result<(), Error> {
        self.unsound.get().map_or(Ok(()), |why| Err(Error::Unsound(why.clone())))
    }

    /// The same, and that the database is the file of its name: what is added to any other nobody finds.
    fn check_in_place(&self) -> Result<(), Error> {
        self.check_sound()?;
        match self.db.moved() {
            Some(what) => {
                Err(self
                    .unsound(format!("{what}; once it is put back, `hob daemon restart` goes on with it")))
            }
            None => Ok(()),
        }
    }

    /// From now on nothing is recorded.
    fn unsound(&self, why: String) -> Error {
        tracing::error!(why, "the audit record is not to be trusted: nothing is added to it");
        Error::Unsound(self.unsound.get_or_init(|| why).clone())
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        locked(&self.refusals)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Random bytes from the kernel.
fn random() -> [u8; 32] {
    let mut random = [0; 32];
    // Up to 256 bytes are never given in part (getrandom(2)).
    loop {
        match rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty()) {
            Ok(_) => return random,
            Err(error) => assert!(error == rustix::io::Errno::INTR, "the kernel has random bytes: {error}"),
        }
    }
}
