//! The rows of the record, in `gate.db`.
//!
//! A leaf's line, the hashes that it brings and what it only commits to are
//! three tables, because they live differently: lines and hashes for ever, the
//! last until somebody wants it erased.

use hob_verify::tree::{self, Hash};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _};

use crate::storage;

/// There when there is a record.
pub(super) const TABLE: &str = "audit_log";

/// Each step is applied once, in order; add to the end, never change what is there.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE audit_log (
        one    INTEGER PRIMARY KEY CHECK (one = 0),
        origin TEXT    NOT NULL,
        vkey   TEXT    NOT NULL,
        place  TEXT    NOT NULL
    ) STRICT;
    CREATE TABLE audit_leaves (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
    CREATE TABLE audit_hashes (i INTEGER PRIMARY KEY, h BLOB NOT NULL) STRICT;
    CREATE TABLE audit_payload (idx INTEGER PRIMARY KEY, salt BLOB NOT NULL, opening BLOB NOT NULL) STRICT;
    CREATE TABLE audit_checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
"];

/// Which log this is.
#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) origin: String,
    pub(super) vkey: String,
    pub(super) place: String,
}

pub(super) fn log(connection: &Connection) -> rusqlite::Result<Option<Log>> {
    let mut row = connection.prepare("SELECT origin, vkey, place FROM audit_log")?;
    row.query_row([], |row| Ok(Log { origin: row.get(0)?, vkey: row.get(1)?, place: row.get(2)? })).optional()
}

/// That there is nothing yet: of a record that has begun it is known which it is.
pub(super) fn check_is_new(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM audit_leaves) OR EXISTS (SELECT 1 FROM audit_checkpoints)";
    match connection.query_row(sql, [], |row| row.get(0))? {
        true => Err(storage::damage("it does not say which record it is")),
        false => Ok(()),
    }
}

pub(super) fn begin(connection: &Connection, log: &Log) -> rusqlite::Result<()> {
    let sql = "INSERT INTO audit_log (one, origin, vkey, place) VALUES (0, ?, ?, ?)";
    connection.execute(sql, (&log.origin, &log.vkey, &log.place)).map(drop)
}

/// How many leaves there are.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(idx) + 1, 0) FROM audit_leaves";
    connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
}

/// Appends a leaf and the hashes that it brings.
pub(super) fn append(connection: &Connection, index: u64, line: &[u8], leaf: Hash) -> rusqlite::Result<()> {
    let hashes = tree::appended(index, leaf, |at| hash(connection, at))?;
    connection
        .prepare_cached("INSERT INTO audit_leaves (idx, leaf) VALUES (?, ?)")?
        .execute((place(index), line))?;
    let mut insert = connection.prepare_cached("INSERT INTO audit_hashes (i, h) VALUES (?, ?)")?;
    for (at, hash) in (tree::first_place(index)..).zip(hashes) {
        insert.execute((place(at), &hash.0[..]))?;
    }
    Ok(())
}

/// Keeps what a leaf only commits to.
pub(super) fn keep(connection: &Connection, index: u64, salt: &[u8], opening: &[u8]) -> rusqlite::Result<()> {
    let sql = "INSERT INTO audit_payload (idx, salt, opening) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute((place(index), salt, opening)).map(drop)
}

/// A stored hash.
pub(super) fn hash(connection: &Connection, at: u64) -> rusqlite::Result<Hash> {
    let mut statement = connection.prepare_cached("SELECT h FROM audit_hashes WHERE i = ?")?;
    statement.query_row([place(at)], |row| {
        let bytes = row.get_ref(0)?.as_blob()?;
        let bytes = bytes
            .try_into()
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error)))?;
        Ok(Hash(bytes))
    })
}

/// The root of the first `size` leaves.
pub(super) fn root(connection: &Connection, size: u64) -> rusqlite::Result<Hash> {
    tree::root(size, |at| hash(connection, at))
}

/// One leaf's line.
pub(super) fn leaf(connection: &Connection, index: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT leaf FROM audit_leaves WHERE idx = ?")?;
    statement.query_row([place(index)], |row| row.get(0)).optional()
}

/// Leaves from `from` on: at most `count`, and not many more than `bytes`.
pub(super) fn leaves(
    connection: &Connection,
    from: u64,
    count: usize,
    bytes: usize,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut statement =
        connection.prepare_cached("SELECT leaf FROM audit_leaves WHERE idx >= ? ORDER BY idx")?;
    let mut rows = statement.query([place(from)])?;
    let (mut leaves, mut taken) = (Vec::new(), 0);
    while leaves.len() < count && taken < bytes {
        let Some(row) = rows.next()? else { break };
        let leaf: Vec<u8> = row.get(0)?;
        taken += leaf.len();
        leaves.push(leaf);
    }
    Ok(leaves)
}

/// The newest signed head.
pub(super) fn last_checkpoint(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
}

/// All signed heads, the smallest first.
pub(super) fn checkpoints(
    connection: &Connection,
    mut each: impl FnMut(&str) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT note FROM audit_checkpoints ORDER BY size")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get_ref(0)?.as_str()?)?;
    }
    Ok(())
}

pub(super) fn add_checkpoint(connection: &Connection, size: u64, note: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO audit_checkpoints (size, note) VALUES (?, ?)";
    connection.execute(sql, (place(size), note)).map(drop)
}

/// A place as SQLite counts; one that it cannot count is one that it has not.
pub(super) fn place(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
