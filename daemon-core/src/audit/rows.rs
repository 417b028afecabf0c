//! Whether a row of the database is still the leaf that was recorded.
//!
//! The database is only a file of our user. Where a row was changed by hand the
//! tree of hashes above it was not, or not all of it: so each row that is shown
//! is held against the head that was signed last, and those that are not signed
//! yet against the hash that was stored with them. Looking at all rows, and at
//! what the mirror says of each, is [`check_all`].

use std::path::Path;

use hob_verify::checkpoint::Checkpoint;
use hob_verify::proof::check_inclusion;
use hob_verify::record::files::{self, Lines};
use hob_verify::tree::{self, Frontier, Hash, leaf_hash};
use rusqlite::Connection;

use super::store;
use crate::storage::{self, Db};

/// Rows that are checked in one transaction, in number and bytes, so that others get their turn.
const BATCH: (usize, usize) = (4096, 1 << 20);

/// A row as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) index: u64,
    pub(super) line: Vec<u8>,
    /// It is not what was recorded.
    pub(super) is_altered: bool,
}

/// The head that was signed last, which rows are held against.
pub(super) struct Head(pub(super) Option<Checkpoint>);

impl Head {
    /// Judges a row.
    pub(super) fn row(&self, connection: &Connection, index: u64, line: Vec<u8>) -> rusqlite::Result<Row> {
        let hash = leaf_hash(&line);
        let is_altered = match self.0.as_ref().filter(|head| index < head.size) {
            Some(head) => {
                let path = tree::inclusion(index, head.size, |at| store::hash(connection, at))?;
                check_inclusion(&path, index, hash, head.size, head.root).is_err()
            }
            None => store::hash(connection, tree::place(0, index))? != hash,
        };
        Ok(Row { index, line, is_altered })
    }
}

/// What is wrong with the rows, held against the mirror whose root over `size` leaves is `root`; and with which.
/// Those that are not mirrored yet are held against their hashes.
pub(super) async fn check_all(
    db: &Db,
    mirror: &Path,
    size: u64,
    root: Hash,
) -> Result<Option<(String, Option<u64>)>, storage::Error> {
    let (mut rows, mut hashes) = (Frontier::default(), Lines::open(mirror, files::HASHES).ok());
    while rows.size() < size {
        let from = rows.size();
        let batch = db.read(move |connection| store::leaves(connection, from, BATCH.0, BATCH.1)).await?;
        if batch.is_empty() {
            let what = format!("gate.db has {from} rows, and its mirror {size} leaves");
            return Ok(Some((what, Some(from))));
        }
        for line in batch.into_iter().take(usize::try_from(size - from).unwrap_or(usize::MAX)) {
            let (index, hash) = (rows.size(), leaf_hash(&line));
            let known = hashes.as_mut().and_then(|hashes| hashes.next_line().ok().flatten());
            if known.and_then(Hash::from_hex).is_some_and(|known| known != hash) {
                return Ok(Some((altered(index), Some(index))));
            }
            rows.push(hash);
        }
    }
    if rows.root() != root {
        return Ok(Some(("the rows of gate.db are not the leaves of its mirror".to_owned(), None)));
    }
    let after = db.read(move |connection| altered_after(connection, size)).await?;
    Ok(after.map(|index| (altered(index), Some(index))))
}

/// What is said of a row.
pub(super) fn altered(index: u64) -> String {
    format!("row {index} of gate.db is not the leaf that was recorded")
}

/// The first of the rows that are not mirrored yet that does not fit the hash that was stored with it.
fn altered_after(connection: &Connection, size: u64) -> rusqlite::Result<Option<u64>> {
    let mut next = size;
    loop {
        let batch = store::leaves(connection, next, BATCH.0, BATCH.1)?;
        if batch.is_empty() {
            return Ok(None);
        }
        for line in batch {
            if store::hash(connection, tree::place(0, next))? != leaf_hash(&line) {
                return Ok(Some(next));
            }
            next += 1;
        }
    }
}
