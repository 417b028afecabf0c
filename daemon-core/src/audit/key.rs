//! The key that signs the record: in the system's keychain, or else in a file.
//!
//! A keychain that answers is not yet one that keeps: it may be locked, or have
//! no collection. So when a log is begun the key is written there and read
//! again, within three seconds, and only then is it said to be there. Whatever
//! goes wrong means the file, which only its owner can read. Where the key is
//! stays written down: a keychain that is locked tomorrow means that heads are
//! signed later, and not that there is another key.
//!
//! A home that was named (`--home`, `HOB_HOME`) has everything below it, so its
//! key is in the file: it can be moved, and a test asks no desktop for anything.

mod file;
mod keychain;

use std::path::PathBuf;
use std::time::Duration;

use hob_verify::note::Signer;
use rusqlite::{Connection, OpenFlags};

use super::{Error, store};
use crate::home::Dirs;

/// How long a keychain may take. Behind it there may be a question to a person who is not there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the keychain of the desktop (Secret Service).
    Keychain,
    /// In a file of mode 0600 in the state directory.
    File,
}

/// Where keys can be.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    file: PathBuf,
    has_keychain: bool,
}

impl Keys {
    pub(super) fn of(dirs: &Dirs) -> Keys {
        Keys { file: dirs.audit_key(), has_keychain: dirs.is_default() }
    }

    /// Makes a key for a new log.
    pub(super) async fn make(&self, origin: &str) -> Result<(Signer, KeyPlace), Error> {
        let secret: [u8; 32] = super::random();
        let signer = signer(origin, &secret)?;
        if self.has_keychain {
            match in_time(origin, move |origin| keychain::keep(origin, &secret)).await {
                Ok(()) => return Ok((signer, KeyPlace::Keychain)),
                Err(error) => tracing::info!(error, "no keychain keeps the record's key; a file does"),
            }
        }
        file::keep(&self.file, &secret)?;
        Ok((signer, KeyPlace::File))
    }

    /// The key of a log, from where it was put.
    pub(super) async fn read(&self, origin: &str, place: KeyPlace) -> Result<Signer, Error> {
        let secret = match place {
            KeyPlace::Keychain => in_time(origin, keychain::read).await.map_err(Error::Key)?,
            KeyPlace::File => file::read(&self.file).map_err(Error::Key)?,
        };
        signer(origin, &secret)
    }
}

/// Where the record of a home says that its key is; `None` before there is a record.
///
/// # Errors
/// Why its database cannot be read.
pub fn key_place(dirs: &Dirs) -> Result<Option<KeyPlace>, rusqlite::Error> {
    if !dirs.gate().exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dirs.gate(), flags)?;
    if !connection.table_exists(None, store::TABLE)? {
        return Ok(None);
    }
    Ok(store::log(&connection)?.map(|log| KeyPlace::of_name(&log.place)))
}

impl KeyPlace {
    pub(super) fn name(self) -> &'static str {
        match self {
            KeyPlace::Keychain => "keychain",
            KeyPlace::File => "file",
        }
    }

    pub(super) fn of_name(name: &str) -> KeyPlace {
        if name == "keychain" { KeyPlace::Keychain } else { KeyPlace::File }
    }
}

fn signer(origin: &str, secret: &[u8; 32]) -> Result<Signer, Error> {
    Signer::new(origin, secret).map_err(|error| Error::Key(error.to_string()))
}

/// Asks a keychain on a thread of its own, which nobody waits for when it is late: not even the end
/// of the daemon.
async fn in_time<T: Send + 'static>(
    origin: &str,
    ask: impl FnOnce(&str) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (answer, told) = tokio::sync::oneshot::channel();
    let origin = origin.to_owned();
    let asking = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        // Whoever asked may have given up.
        answer.send(ask(&origin)).ok();
    });
    asking.map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err("it broke".to_owned()),
        Err(_) => Err(format!("it did not answer within {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_home_that_was_named_keeps_its_key() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        fs_err::create_dir(dirs.state()).unwrap();
        let keys = Keys::of(&dirs);
        let (made, place) = keys.make("log.example/1").await.unwrap();
        assert_eq!(place, KeyPlace::File);
        let read = keys.read("log.example/1", place).await.unwrap();
        assert_eq!(read.verifier(), made.verifier());
        assert!(
            keys.read("log.example/1", KeyPlace::Keychain).await.is_err() || cfg!(not(target_os = "linux"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_keychain_that_asks_somebody_is_not_waited_for() {
        let (hold, held) = std::sync::mpsc::sync_channel::<()>(0);
        let late = in_time("log.example/1", move |_| {
            held.recv().ok();
            Ok(())
        });
        assert!(late.await.unwrap_err().contains("3 s"));
        drop(hold);
    }
}
