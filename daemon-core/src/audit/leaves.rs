//! Where leaves are pushed: a transaction that writes what they tell of, too.
//!
//! Place and time of a leaf are given here, by the one thread that writes, so
//! that both only ever go forward. The hashes that a new leaf needs are read
//! from the same transaction: what it undoes takes its leaves with it, and
//! there is no copy in memory that could think otherwise.

use std::sync::Arc;

use hob_verify::commit::{self, Salt};
use hob_verify::leaf::{Leaf, Value};
use hob_verify::tree::{Hash, leaf_hash};
use rusqlite::Transaction;

use super::{Entry, store};
use crate::kernel::clock::Clock;

/// What every leaf of a log says alike.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) origin: String,
    pub(super) boot: String,
    pub(super) clock: Clock,
}

/// The end of the record, in a transaction.
pub struct Leaves<'a> {
    common: Arc<Common>,
    transaction: &'a Transaction<'a>,
    /// The leaves that were pushed, and their places.
    pushed: Vec<Pushed>,
}

/// A leaf's place and its hash.
pub(super) type Pushed = (u64, Hash);

impl<'a> Leaves<'a> {
    pub(super) fn new(common: Arc<Common>, transaction: &'a Transaction<'a>) -> Leaves<'a> {
        Leaves { common, transaction, pushed: Vec::new() }
    }

    /// Records that something happened, and returns the leaf's place.
    ///
    /// # Errors
    /// Those of the database, and `ToSqlConversionFailure` for what no leaf can say: then nothing was written.
    pub fn push(&mut self, entry: Entry) -> Result<u64, rusqlite::Error> {
        let index = match self.pushed.last() {
            Some((last, _)) => last + 1,
            None => store::size(self.transaction)?,
        };
        let mut body = Value::map(entry.body);
        let opening = entry.opening.map(|opening| (salt(), opening));
        if let Some((salt, opening)) = &opening {
            body.insert("commit".to_owned(), commit::to(salt, opening).into());
        }
        let leaf = Leaf {
            actor: entry.actor.of_leaf(),
            body,
            boot: self.common.boot.clone(),
            idx: index,
            log: self.common.origin.clone(),
            mono: since_boot(),
            policy: entry.policy,
            req: entry.request,
            t: format!("{:.6}", self.common.clock.now()),
            kind: entry.kind.to_owned(),
            v: Leaf::VERSION.to_owned(),
        };
        let line =
            leaf.to_line().map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        if let Some((salt, opening)) = &opening {
            store::keep(self.transaction, index, salt, opening)?;
        }
        let hash = leaf_hash(&line);
        store::append(self.transaction, index, &line, hash)?;
        self.pushed.push((index, hash));
        Ok(index)
    }

    /// What was pushed.
    pub(super) fn pushed(self) -> Vec<Pushed> {
        self.pushed
    }
}

/// Whether it is not the database that has failed.
pub(super) fn is_unsayable(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::ToSqlConversionFailure(_))
}

/// Microseconds since the machine started, its sleep included.
fn since_boot() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    now.tv_sec.cast_unsigned() * 1_000_000 + now.tv_nsec.cast_unsigned() / 1000
}

fn salt() -> Salt {
    super::random()
}
