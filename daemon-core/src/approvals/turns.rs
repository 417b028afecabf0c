//! Whose turn it is to have files read: a plan may name gigabytes of them.
//!
//! They are read by threads that read the database, too. So each client has two
//! at a time, and all of them together leave some threads to others; who comes
//! first is first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Handle;

/// Of each client.
const OWN: usize = 2;
/// Of all; there are twice as many threads.
const ALL: usize = 8;

/// Whose turn it is.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    own: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn, for as long as it is held.
pub(super) struct Turn {
    _own: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Default for Turns {
    fn default() -> Turns {
        Turns { all: Arc::new(Semaphore::new(ALL)), own: Mutex::default() }
    }
}

impl Turns {
    fn of(&self, client: &str) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = own.get(client).and_then(Weak::upgrade) {
            return turns;
        }
        // Nobody waits for the others any more.
        own.retain(|_, turns| 0 < turns.strong_count());
        let turns = Arc::new(Semaphore::new(OWN));
        own.insert(client.to_owned(), Arc::downgrade(&turns));
        turns
    }
}

impl Handle {
    /// Waits until it is this client's turn.
    pub(super) async fn turn(&self, client: &str) -> Turn {
        let turns = &self.0.turns;
        // Nobody closes these.
        let own = turns.of(client).acquire_owned().await.ok();
        Turn { _own: own, _all: Arc::clone(&turns.all).acquire_owned().await.ok() }
    }
}
