//! What the files of a record show of it without a daemon: whether a daemon would go on with it.
//!
//! A daemon that runs knows more: what it has recorded itself.

use hob_verify::note::Verifier;
use rusqlite::{Connection, OpenFlags};

use super::keeper::known;
use super::{Error, store};
use crate::home::Dirs;
use crate::kernel::Fault;
use crate::storage;

/// Why a daemon would not go on with the record of a home, or not with this one, if that is so.
pub fn trouble(dirs: &Dirs) -> Option<Fault> {
    let file = dirs.gate();
    if !file.exists() {
        return None;
    }
    match looked_at(&file) {
        Ok(None) => None,
        Ok(Some(why)) => Some(Error::Unsound(why).into()),
        Err(error) => {
            let error = storage::Error::of(&file, error);
            let hint = "the next start of the daemon sets it aside and begins another; look at a copy first, \
                        the directory audit has the same entries (docs/audit.md)";
            let is_damaged = error.damaged().is_some();
            let fault = Fault::from(Error::Storage(error));
            Some(if is_damaged { fault.hint(hint) } else { fault })
        }
    }
}

fn looked_at(file: &std::path::Path) -> Result<Option<String>, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    if !connection.table_exists(None, store::TABLE)? {
        return Ok(None);
    }
    let Some(log) = store::log(&connection)? else { return Ok(None) };
    match log.vkey.parse::<Verifier>() {
        Ok(key) => Ok(known(&connection, &key)?.1),
        Err(_) => Ok(Some("its key is none".to_owned())),
    }
}
