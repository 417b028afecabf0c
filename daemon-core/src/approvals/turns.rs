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

    async fn turn(&self, client: &str) -> Turn {
        // Nobody closes these.
        let own = self.of(client).acquire_owned().await.ok();
        Turn { _own: own, _all: Arc::clone(&self.all).acquire_owned().await.ok() }
    }
}

impl Handle {
    /// Waits until it is this client's turn.
    pub(super) async fn turn(&self, client: &str) -> Turn {
        self.0.turns.turn(client).await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn each_client_has_two_turns_and_all_of_them_eight_and_who_waits_keeps_nobody_else_waiting() {
        let turns = Turns::default();
        let now = |client: &str| turns.turn(client).now_or_never();
        let first = (now("a").unwrap(), now("a").unwrap());
        let mut third = Box::pin(turns.turn("a"));
        assert!(third.as_mut().now_or_never().is_none(), "it has two");
        let mut others: Vec<Turn> = ["b", "b", "c", "c", "d", "d"].map(|it| now(it).unwrap()).into();
        let mut ninth = Box::pin(turns.turn("e"));
        assert!(ninth.as_mut().now_or_never().is_none(), "there are eight");
        // One of the same client's: it is the turn of whoever came first of all, and then of the other.
        drop(first);
        assert!(ninth.as_mut().now_or_never().is_some());
        assert!(third.as_mut().now_or_never().is_some());
        others.clear();
        assert!(now("f").is_some() && now("a").is_some());
        assert_eq!(turns.own.lock().unwrap().len(), 1, "who has none is forgotten");
    }
}
