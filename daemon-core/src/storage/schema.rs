//! Bringing a capability's tables to the version this program knows.
//!
//! Each capability numbers its own steps, so that one file serves many and none
//! has to know the others. A step and its number are committed together: after
//! a kill anywhere it has happened entirely or not at all. There is no way
//! back: a file that a newer program has written is refused, not guessed at.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::Error;

/// What the table is called that says it.
pub(super) const NAME: &str = "hob_schema";

/// Who has brought their tables to which version.
pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS hob_schema (
    capability TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

/// Runs those of `steps` that `file` has not seen; the first is version 1.
pub(super) fn migrate(
    connection: &mut Connection,
    file: &Path,
    capability: &str,
    steps: &[&str],
) -> Result<(), Error> {
    loop {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| Error::of(file, source))?;
        let found = version(&transaction, capability).map_err(|source| Error::of(file, source))?;
        if found == steps.len() {
            return Ok(());
        }
        let Some(step) = steps.get(found) else {
            return Err(Error::Newer {
                file: file.to_owned(),
                capability: capability.to_owned(),
                found,
                known: steps.len(),
            });
        };
        advance(transaction, capability, found + 1, step)
            .map_err(|source| Error::migrating(file, capability, found + 1, source))?;
    }
}

fn version(transaction: &Transaction<'_>, capability: &str) -> rusqlite::Result<usize> {
    let found = transaction
        .prepare_cached("SELECT version FROM hob_schema WHERE capability = ?")?
        .query_row([capability], |row| row.get::<_, u32>(0))
        .optional()?;
    Ok(found.unwrap_or(0) as usize)
}

fn advance(
    transaction: Transaction<'_>,
    capability: &str,
    version: usize,
    step: &str,
) -> rusqlite::Result<()> {
    transaction.execute_batch(step)?;
    transaction.execute(
        "INSERT INTO hob_schema VALUES (?1, ?2) ON CONFLICT DO UPDATE SET version = ?2",
        (capability, version as i64),
    )?;
    transaction.commit()
}
