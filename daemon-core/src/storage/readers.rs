//! A few connections that only read, beside the writer and without waiting for it.
//!
//! They are opened when first needed and then kept: a daemon that nobody asks
//! for history never pays for them (about 170 KB each). There are two, so that
//! one slow question does not hold up the next. All that one read sees is of
//! one moment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Error, file, writer};

/// Reads that can go on at once.
const READERS: usize = 2;

/// The reading connections of one file.
pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default(), turns: Arc::new(Semaphore::new(READERS)) }
    }

    /// Waits until a connection is free; [`Readers::read`] wants what this returns.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|_| Error::Closed { file: self.file.clone() })
    }

    /// Reads; blocks.
    pub(super) fn read<T>(
        &self,
        turn: OwnedSemaphorePermit,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => file::open_reader(&self.file)?,
        };
        let result = catch_unwind(AssertUnwindSafe(|| {
            let moment = connection.transaction()?;
            let value = work(&moment)?;
            moment.commit()?;
            Ok(value)
        }));
        let result = match result {
            Ok(result) => result.map_err(|error| Error::of(&self.file, error)),
            Err(panic) => {
                let message = writer::words(&*panic);
                return Err(Error::Panicked { file: self.file.clone(), message });
            }
        };
        self.idle().push(connection);
        drop(turn);
        result
    }

    /// Waits for the reads under way, closes all, and refuses more.
    pub(super) async fn close(&self) {
        let all = self.turns.acquire_many(READERS as u32).await;
        self.turns.close();
        self.let_go();
        drop(all);
    }

    /// Closes the connections that nobody is using.
    pub(super) fn let_go(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
