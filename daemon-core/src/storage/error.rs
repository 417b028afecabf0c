//! What can go wrong with a database file, said so that a person can act on it.
//!
//! Every message names the file. None carries the text of a statement, because
//! a statement may carry what somebody wanted kept: only SQLite's own words
//! about it, which name tables and columns at most.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// Why a database could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file, or the directory it belongs in, cannot be made or opened.
    #[error("cannot open the database {}: {source}", file.display())]
    Open {
        /// The database file.
        file: PathBuf,
        /// What the system or SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is not a readable database, or no longer.
    #[error(
        "the database {} is damaged: {source}; move it away (with its -wal and -shm) to begin a new one",
        file.display()
    )]
    Corrupt {
        /// The database file.
        file: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A sound database, but another program's.
    #[error("{} is another program's database; it was left as it is, move it away", file.display())]
    Foreign {
        /// The database file.
        file: PathBuf,
    },
    /// A newer version of this program has written the file.
    #[error(
        "{} holds version {found} of \"{capability}\" and this program knows up to {known}: \
         upgrade hob, or move the file away; it was written by a newer version",
        file.display()
    )]
    Newer {
        /// The database file.
        file: PathBuf,
        /// Whose tables they are.
        capability: String,
        /// The version in the file.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// A migration failed; its step was undone and the steps before it are kept.
    #[error("cannot bring \"{capability}\" to version {version} in {}: {source}", file.display())]
    Migrate {
        /// The database file.
        file: PathBuf,
        /// Whose tables they are.
        capability: String,
        /// The version that could not be reached.
        version: usize,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// No room on the disk; a later write succeeds when there is some again.
    #[error("no room to write to {}: make room on its disk and try again", file.display())]
    Full {
        /// The database file.
        file: PathBuf,
    },
    /// Somebody else has kept the file locked for longer than we wait.
    #[error("{} is locked by another program; close that program and try again", file.display())]
    Busy {
        /// The database file.
        file: PathBuf,
    },
    /// A read or write failed for a reason of its own, such as a broken constraint.
    #[error("a statement on {} failed: {source}", file.display())]
    Statement {
        /// The database file.
        file: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The code that was to read or write panicked; what it wrote was undone.
    #[error("a panic while using {}: {message}", file.display())]
    Panicked {
        /// The database file.
        file: PathBuf,
        /// What the panic said.
        message: String,
    },
    /// The database has been closed.
    #[error("the database {} is closed", file.display())]
    Closed {
        /// The database file.
        file: PathBuf,
    },
}

impl Error {
    /// What SQLite said about a statement on `file`, as the error it amounts to.
    pub(crate) fn of(file: &Path, source: rusqlite::Error) -> Self {
        let file = file.to_owned();
        match kind(&source) {
            Kind::Corrupt => Self::Corrupt { file, source: restated(&source) },
            Kind::Full => Self::Full { file },
            Kind::Busy => Self::Busy { file },
            Kind::Other => Self::Statement { file, source: without_statement(source) },
        }
    }

    /// The file, if this says that what is in it is not what was written there.
    ///
    /// So it is with a migration, too, of which SQLite says that it cannot be made of these tables: on what
    /// the file says it is, each was made before.
    pub fn damaged(&self) -> Option<&Path> {
        match self {
            Self::Corrupt { file, .. } => Some(file),
            Self::Migrate { file, source, .. } if is_of_the_schema(source) => Some(file),
            _ => None,
        }
    }

    /// The same while opening, where what is not special means: it cannot be opened.
    pub(super) fn opening(file: &Path, source: rusqlite::Error) -> Self {
        match Self::of(file, source) {
            Self::Statement { file, source } => Self::Open { file, source: source.into() },
            special => special,
        }
    }

    /// The same for a step of a migration.
    pub(super) fn migrating(file: &Path, capability: &str, version: usize, source: rusqlite::Error) -> Self {
        match Self::of(file, source) {
            Self::Statement { file, source } => {
                Self::Migrate { file, capability: capability.to_owned(), version, source }
            }
            special => special,
        }
    }

    pub(super) fn io(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { file },
            _ => Self::Open { file, source: source.into() },
        }
    }
}

/// What a read says that has found something else than was written there.
pub(crate) fn damage(words: impl Into<String>) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(words.into()))
}

/// `error` once more, without any statement: one failed commit is the answer to many jobs.
pub(super) fn restated(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            rusqlite::Error::SqliteFailure(*code, message.clone())
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => {
            rusqlite::Error::SqliteFailure(*error, Some(msg.clone()))
        }
        other => rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(other.to_string())),
    }
}

enum Kind {
    Corrupt,
    Full,
    Busy,
    Other,
}

/// Whether this says that somebody else has the file.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(kind(error), Kind::Busy)
}

fn kind(error: &rusqlite::Error) -> Kind {
    let code = match error {
        rusqlite::Error::SqliteFailure(code, _) | rusqlite::Error::SqlInputError { error: code, .. } => code,
        // A value that nobody writes there.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => return Kind::Corrupt,
        _ => return Kind::Other,
    };
    match (code.extended_code & 0xff, code.extended_code) {
        (ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB, _) => Kind::Corrupt,
        // A block that the disk no longer gives back is damage too.
        (_, ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ) => Kind::Corrupt,
        (_, ffi::SQLITE_IOERR_CORRUPTFS | ffi::SQLITE_IOERR_DATA) => Kind::Corrupt,
        // The index of the write-ahead log is a file as well, and grows first.
        (ffi::SQLITE_FULL, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Kind::Full,
        (ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED, _) => Kind::Busy,
        _ => Kind::Other,
    }
}

fn is_of_the_schema(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(code, _) | rusqlite::Error::SqlInputError { error: code, .. } => {
            code.extended_code & 0xff == ffi::SQLITE_ERROR
        }
        _ => false,
    }
}

fn without_statement(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { .. } => restated(&error),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: std::ffi::c_int, start: &str) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some("its words".into()));
        let message = Error::of(Path::new("/state/hob.db"), error).to_string();
        assert!(message.contains("/state/hob.db"), "{message}");
        assert!(message.contains(start), "{message}");
    }

    #[test]
    fn each_failure_is_told_apart_and_names_the_file() {
        check(ffi::SQLITE_NOTADB, "damaged: its words");
        check(ffi::SQLITE_CORRUPT_INDEX, "damaged");
        check(ffi::SQLITE_IOERR_READ, "damaged");
        check(ffi::SQLITE_FULL, "no room");
        check(ffi::SQLITE_IOERR_SHMSIZE, "no room");
        check(ffi::SQLITE_BUSY_SNAPSHOT, "locked");
        check(ffi::SQLITE_CONSTRAINT_UNIQUE, "failed: its words");
    }

    #[test]
    fn a_message_never_repeats_the_statement() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let error = connection.prepare("SELECT 'hunter2', absent").unwrap_err();
        assert!(error.to_string().contains("hunter2"), "rusqlite repeats it: {error}");
        let ours = Error::of(Path::new("hob.db"), error);
        assert!(!format!("{ours} {ours:?}").contains("hunter2"), "{ours:?}");
        assert!(ours.to_string().contains("no such column: absent"), "{ours}");
    }
}
