//! Opening a database file: is it ours, is it sound, and how is it to be used.
//!
//! What is checked at every start has to be cheap however large the file grew,
//! so it is this: the header and the file's length (SQLite compares them when it
//! reads the first page), the mark that says the file is ours, the whole
//! schema, and the path to the first row of every table. That finds a file cut
//! short, overwritten or mixed up. A damaged page deep inside a table is found
//! when it is read (`cell_size_check` sees to it that it is found), not here:
//! `quick_check` reads the entire file.
//!
//! A file of history is not worth a daemon that cannot start: [`set_aside`]
//! moves a damaged one away, to be looked at later. Nothing is ever deleted.

use std::ffi::c_int;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, ffi};

use super::{Durability, Error};

/// `Hob!`: what SQLite keeps in the header to tell one program's files from another's.
const APPLICATION_ID: i32 = 0x486f_6221;

/// The `user_version` of a file that is on the disk itself, so that what is committed to its log is not lost with it.
const SECURED: i32 = 1;

/// How long to wait for another process that holds the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 32;

/// Bytes of each piece of memory that SQLite sets aside for statements.
const SLOT: c_int = 128;
/// So many of them.
const SLOTS: c_int = 64;

/// Opens `file` for the writer, making it and its directory if they are not there.
pub(super) fn open(file: &Path, durability: Durability) -> Result<Connection, Error> {
    make(file).map_err(|source| Error::io(file, source))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(file, flags, 256).map_err(|source| Error::opening(file, source))?;
    let is_new = is_new(&connection, file)?;
    prepare(&mut connection, file, durability, is_new).map_err(|source| Error::opening(file, source))?;
    Ok(connection)
}

/// Opens `file`, which a writer has open, for reading only.
pub(super) fn open_reader(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    connect(file, flags, 64).map_err(|source| Error::opening(file, source))
}

/// Opens `file`, which a writer has open, to put its log into it.
pub(super) fn open_beside(file: &Path) -> rusqlite::Result<Connection> {
    connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX, 64)
}

/// Sees to it that `file` is on the disk, and that every commit is from now on.
///
/// A log beside a database of no length is not replayed but removed, so it is not enough that the
/// commits in it are on the disk.
pub(super) fn secure(connection: &Connection, file: &Path) -> Result<(), Error> {
    let is_secured = is_secured(connection).map_err(|source| Error::of(file, source))?;
    let write = || {
        if !is_secured {
            connection.pragma_update(None, "user_version", SECURED)?;
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        if !is_secured {
            // It waits for the disk twice: for the log, then for the file.
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        }
        Ok(())
    };
    write().map_err(|source| Error::of(file, source))?;
    let directory = file.parent().filter(|directory| !is_secured && !directory.as_os_str().is_empty());
    let synced = directory.map_or(Ok(()), |directory| fs_err::File::open(directory)?.sync_all());
    synced.map_err(|source| Error::io(file, source))
}

/// Renames `file` and what belongs to it to `<name>.corrupt-<stamp>`.
pub(super) fn set_aside(file: &Path, stamp: &str) -> Result<PathBuf, Error> {
    let aside = (1..)
        .map(|attempt| match attempt {
            1 => with_suffix(file, &format!(".corrupt-{stamp}")),
            _ => with_suffix(file, &format!(".corrupt-{stamp}.{attempt}")),
        })
        .find(|candidate| !candidate.exists())
        .expect("one of endlessly many names is free");
    // The database itself goes last: a log left beside a new database would be replayed into it.
    for suffix in ["-wal", "-shm", ""] {
        let result = fs_err::rename(with_suffix(file, suffix), with_suffix(&aside, suffix));
        match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::io(file, error)),
            _ => {}
        }
    }
    Ok(aside)
}

/// Which files a database is: itself and its log, by device and number.
#[derive(Debug)]
pub(super) struct Identity([(PathBuf, Option<(u64, u64)>); 2]);

impl Identity {
    /// Of a database that was just opened.
    pub(super) fn of(file: &Path) -> Identity {
        Identity(["", "-wal"].map(|suffix| {
            let path = with_suffix(file, suffix);
            let found = identity(&path).ok().flatten();
            (path, found)
        }))
    }

    /// The first of them whose name leads to another file by now, or to none. Where nobody can say, it has not.
    pub(super) fn moved(&self) -> Option<&Path> {
        let moved = self.0.iter().find(|(path, before)| identity(path).is_ok_and(|now| now != *before));
        moved.map(|(path, _)| path.as_path())
    }
}

fn identity(path: &Path) -> io::Result<Option<(u64, u64)>> {
    match fs_err::metadata(path) {
        Ok(found) => Ok(Some((found.dev(), found.ino()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn make(file: &Path) -> io::Result<()> {
    if let Some(directory) = file.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    // Made by us, because SQLite would ask the umask; what it makes beside it takes this file's mode.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => narrow(file),
        Err(error) => Err(error),
    }
}

/// Takes the permissions of others away. By name: to open and close a database that the process
/// has open elsewhere would drop SQLite's locks on it.
fn narrow(file: &Path) -> io::Result<()> {
    let found = fs_err::metadata(file)?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if found.is_file() && found.permissions().mode() & 0o077 != 0 {
        fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn connect(file: &Path, flags: OpenFlags, cache_kib: i32) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags)?;
    spare_lookaside(&connection)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // What a hand has put into the schema does nothing: ours has neither triggers nor views.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// SQLite sets 120 KB aside in each connection to make statements of. Ours are made once and kept.
#[allow(unsafe_code, reason = "rusqlite has no function for it")]
fn spare_lookaside(connection: &Connection) -> rusqlite::Result<()> {
    let nowhere: *mut std::ffi::c_void = std::ptr::null_mut();
    // SAFETY: the connection is open, and without a place to use SQLite allocates one itself.
    let code = unsafe {
        ffi::sqlite3_db_config(connection.handle(), ffi::SQLITE_DBCONFIG_LOOKASIDE, nowhere, SLOT, SLOTS)
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

/// Whether the file is new; if it is not, makes sure that it is sound and ours.
fn is_new(connection: &Connection, file: &Path) -> Result<bool, Error> {
    let (mark, tables) = look(connection).map_err(|source| Error::opening(file, source))?;
    match mark {
        APPLICATION_ID => {
            walk(connection, &tables).map_err(|source| Error::opening(file, source)).map(|()| false)
        }
        0 if tables.is_empty() => Ok(true),
        // Another program has no such table: it is the mark that has changed.
        _ if tables.iter().any(|table| table == super::schema::NAME) => {
            let source = super::damage("it has our tables and not our mark");
            Err(Error::Corrupt { file: file.to_owned(), source })
        }
        _ => Err(Error::Foreign { file: file.to_owned() }),
    }
}

/// Makes the file ready for writing, and ours.
fn prepare(
    connection: &mut Connection,
    file: &Path,
    durability: Durability,
    is_new: bool,
) -> rusqlite::Result<()> {
    // In an empty file nothing can be lost yet, and to wait for the disk six times is
    // most of a daemon's first start. If the power fails here, the file is begun anew.
    if is_new && durability != Durability::Full {
        connection.pragma_update(None, "synchronous", "OFF")?;
    }
    log_ahead(connection, file)?;
    // After the write-ahead log is there, so that it takes this too.
    if is_new {
        sign(connection)?;
    }
    let synchronous = match durability {
        Durability::Normal => "NORMAL",
        Durability::FullOnceSecured if !is_secured(connection)? => "OFF",
        Durability::Full | Durability::FullOnceSecured => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", 4 << 20)
}

fn is_secured(connection: &Connection) -> rusqlite::Result<bool> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == SECURED)
}

fn look(connection: &Connection) -> rusqlite::Result<(i32, Vec<String>)> {
    let mark = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let mut names =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")?;
    let tables = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((mark, tables))
}

fn walk(connection: &Connection, tables: &[String]) -> rusqlite::Result<()> {
    for table in tables {
        let quoted = table.replace('"', "\"\"");
        let sql = format!("SELECT * FROM \"{quoted}\" NOT INDEXED LIMIT 1");
        connection.prepare(&sql)?.query([])?.next()?;
    }
    Ok(())
}

fn sign(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(super::schema::TABLE)?;
    transaction.commit()
}

fn log_ahead(connection: &Connection, file: &Path) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(file = %file.display(), mode, "no write-ahead log here: readers wait for writers");
    }
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
