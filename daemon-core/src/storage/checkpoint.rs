//! Putting what is in the log into the main file, beside the writer.
//!
//! SQLite does it in the commit that makes the log a thousand pages long, so that
//! one caller in a few hundred waits for two more turns of the disk and a thousand
//! writes. Here a thread does it that there is only meanwhile, on a connection of
//! its own; the writer goes on. A log that is written to all the time is never
//! wholly in the main file, so it is never begun anew: at four times the length
//! the writer puts it back itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::file;

/// A log of so many pages is put into the main file.
const LONG: u32 = 1000;
/// One of so many is waited for.
pub(super) const TOO_LONG: u32 = 4 * LONG;

/// How long the log of one file is, and who shortens it.
pub(super) struct Checkpoints {
    file: PathBuf,
    pages: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Takes over what the writer's connection would do by itself.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Checkpoints> {
        let file = connection.path().map(PathBuf::from).unwrap_or_default();
        let pages = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut Wal, pages: std::ffi::c_int| {
            told.store(pages.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Checkpoints { file, pages, thread: None })
    }

    /// After a commit, when whoever waited for it has been answered.
    pub(super) fn look(&mut self, connection: &Connection) {
        let pages = self.pages.swap(0, Ordering::Relaxed);
        if TOO_LONG <= pages {
            self.wait();
            told(&self.file, checkpoint(connection));
        } else if LONG <= pages && self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            let file = self.file.clone();
            let beside = move || told(&file, file::open_beside(&file).and_then(|it| checkpoint(&it)));
            let thread = std::thread::Builder::new().name("checkpoint".to_owned()).spawn(beside);
            // Without a thread the log grows until the writer does it.
            self.thread = thread.ok();
        }
    }

    /// Until nobody else has the file open.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // It has said why, should it have panicked.
            drop(thread.join());
        }
    }
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// What could not be put into the main file stays in the log, and is put there next time.
fn told(file: &Path, done: rusqlite::Result<()>) {
    if let Err(error) = done {
        tracing::debug!(file = %file.display(), %error, "the log could not be put into the main file yet");
    }
}
