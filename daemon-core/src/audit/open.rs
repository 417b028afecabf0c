//! Opening the record when the daemon starts, or beginning one.
//!
//! A database that is damaged is set aside and a new record begun, because a
//! daemon that keeps services alive must start; the old one stays, with its
//! mirror, and what was granted in it is granted no more. A new record has a
//! name and a key of its own, so that nothing of it can be taken for the old.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use hob_verify::note::{Signer, Verifier};
use serde_json::{Map, json};
use tokio::sync::{Notify, mpsc, watch};

use super::keeper::{Keeper, known};
use super::key::Keys;
use super::leaves::Common;
use super::mirror::{self, Found, Mirror, last_note};
use super::system_log::SystemLog;
use super::{Entry, Error, Handle, Inner, KeyPlace, Refusals, gate, ops, store};
use crate::home::{Dirs, random_hex};
use crate::kernel::Fault;
use crate::kernel::mount::Mount;
use crate::storage::{self, Db};

/// What the files of a record are called when another is begun, with the moment after it.
const BEFORE: &str = "before-";

/// The record that was there when a new one was begun.
struct Before {
    /// Beside the new one's.
    directory: String,
    /// Its last signed head.
    head: Option<String>,
}

/// Mounts the capability on the database that is the record.
///
/// # Errors
/// `unavailable` if the record's files cannot be read or made.
pub async fn mount(m: &mut Mount, db: Db) -> Result<Handle, Fault> {
    let stamp = m.clock.now().as_second().to_string();
    db.migrate("audit", store::MIGRATIONS).await?;
    let keys = Keys::of(&m.dirs);
    let log = db.read(store::log).await?;
    let mut before = None;
    let (log, signer, is_new) = match log {
        Some(log) => (log, None, false),
        None => {
            db.read(store::check_is_new).await?;
            before = put_by(&m.dirs.audit(), &stamp).map_err(Error::from)?;
            let (log, signer) = begin(&keys).await?;
            (log, Some(signer), true)
        }
    };
    let verifier: Verifier = log.vkey.parse().map_err(|_| Error::Unsound("its key is none".to_owned()))?;
    let key = verifier.clone();
    let (known, why) = db.read(move |connection| known(connection, &key)).await?;
    let (asks, asked) = mpsc::channel(16);
    let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let boot = Some(boot.trim().to_owned()).filter(|boot| !boot.is_empty()).unwrap_or("unknown".to_owned());
    let inner = Arc::new(Inner {
        db: db.clone(),
        common: Arc::new(Common { origin: log.origin.clone(), boot, clock: m.clock.clone() }),
        verifier: verifier.clone(),
        place: KeyPlace::of_name(&log.place),
        directory: m.dirs.audit(),
        written: Notify::new(),
        size: watch::Sender::new(0),
        refusals: Mutex::new(Refusals::default()),
        recorded: Mutex::default(),
        head: Mutex::new(known.last.as_ref().map(|(head, _)| head.clone())),
        asks,
        unsound: OnceLock::new(),
    });
    if let Some(why) = why {
        // It says so itself, in the log.
        drop(inner.unsound(why));
    }
    if is_new {
        let mut body = Map::new();
        body.insert("vkey".to_owned(), json!(log.vkey));
        if let Some(Before { directory, head }) = before {
            body.insert("before".to_owned(), json!({ "directory": directory, "head": head }));
        }
        let opened = inner.record(move |tx, leaves| {
            store::begin(tx, &log)?;
            leaves.push(Entry::of_daemon("log.opened", body))
        });
        opened.await?;
    }
    let mirror = open_mirror(&inner, verifier).await?;
    let handle = Handle(Arc::clone(&inner));
    let mut body = Map::new();
    body.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    handle.record_later(Entry::of_daemon("daemon.started", body));
    let system_log = m.dirs.is_default().then(SystemLog::of_system);
    let keeper = Keeper::new(inner, mirror, (keys, signer), system_log, asked, known);
    let stop = m.tasks.stop();
    m.tasks.spawn("audit", keeper.run(stop));
    m.gate(Arc::new(gate::Recorder(handle.clone())));
    m.ops(&handle, ops());
    Ok(handle)
}

/// A name and a key for a new log.
async fn begin(keys: &Keys) -> Result<(store::Log, Signer), Error> {
    let origin = format!("hob.local/{}/{}", random_hex(8), rustix::process::getuid().as_raw());
    let (signer, place) = keys.make(&origin).await?;
    let vkey = signer.verifier().to_string();
    Ok((store::Log { origin, vkey, place: place.name().to_owned() }, signer))
}

async fn open_mirror(inner: &Arc<Inner>, verifier: Verifier) -> Result<Mirror, Error> {
    let directory = inner.directory.clone();
    let opened = inner.db.read(move |connection| Ok(Mirror::open(&directory, connection, &verifier)));
    let (mirror, found) = match opened.await? {
        Ok(opened) => opened,
        Err(error) => match mirror::of_database(error)? {
            // The database is sound, and what was signed of it is not all there.
            rusqlite::Error::QueryReturnedNoRows => {
                drop(inner.unsound("not all of its hashes are there".to_owned()));
                return Ok(Mirror::lost(&inner.directory, &inner.verifier));
            }
            error => return Err(storage::Error::of(inner.db.file(), error).into()),
        },
    };
    if let Found::Ahead(why) = found {
        // It says so itself, in the log.
        drop(inner.unsound(why));
    }
    Ok(mirror)
}

/// The mirror of a record whose database is gone is kept beside the new one's.
fn put_by(mirror: &Path, stamp: &str) -> std::io::Result<Option<Before>> {
    if !mirror.exists() {
        return Ok(None);
    }
    let free = (1..).map(|attempt| mirror.with_extension(format!("{BEFORE}{stamp}.{attempt}")));
    let aside = free.into_iter().find(|path| !path.exists()).expect("one of endlessly many names is free");
    tracing::warn!(
        aside = %aside.display(),
        "a new audit record is begun; the files of the one before it are there. Clients, grants and the keys of \
         requests are forgotten: what is asked for again with its key runs again"
    );
    fs_err::rename(mirror, &aside)?;
    let directory = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Some(Before { directory, head: last_note(&aside)? }))
}

/// The mirrors of records that were begun before the one of now, the oldest first.
///
/// # Errors
/// Those of reading the state directory.
pub fn earlier(dirs: &Dirs) -> std::io::Result<Vec<PathBuf>> {
    let mirror = dirs.audit();
    let prefix = mirror.with_extension(BEFORE);
    let prefix = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    let entries = match fs_err::read_dir(dirs.state()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(&prefix) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
