//! Whose turn it is to have files read: a plan may name gigabytes of them.
//!
//! They are read by threads that read the database, too. So each client has two
//! at a time, and all of them together leave some threads to others; who comes
//! first is first. The owner waits for no client: his two are kept for him.
//! And who waits for a turn takes up memory, so each may have only so many who do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kernel::Client;

/// Of each client, and of the owner.
const OWN: usize = 2;
/// Of all clients. With the owner's they are 8; there are twice as many threads.
const CLIENTS: usize = 6;

/// Whose turn it is.
pub(super) struct Turns {
    clients: Arc<Semaphore>,
    lines: Arc<Mutex<Lines>>,
}

/// Those who have asked for something, until that is written down.
#[derive(Default)]
struct Lines {
    of: HashMap<String, Line>,
    all: usize,
}

struct Line {
    turns: Arc<Semaphore>,
    waiting: usize,
}

/// A turn, for as long as it is held.
pub(super) struct Turn {
    _own: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

/// A place among those who wait, for as long as it is held.
pub(super) struct Place {
    lines: Arc<Mutex<Lines>>,
    client: String,
}

impl Default for Turns {
    fn default() -> Turns {
        Turns { clients: Arc::new(Semaphore::new(CLIENTS)), lines: Arc::default() }
    }
}

impl Turns {
    /// A place for one more request, if this client has fewer than `own` of them, and all clients fewer than `all`. The
    /// owner may have as many as all clients.
    pub(super) fn enter(&self, client: &str, own: usize, all: usize) -> Option<Place> {
        let mut lines = lock(&self.lines);
        let is_full = !is_owner(client) && all <= lines.all;
        let line = lines.of(client);
        if is_full || (if is_owner(client) { all } else { own }) <= line.waiting {
            return None;
        }
        line.waiting += 1;
        lines.all += usize::from(!is_owner(client));
        Some(Place { lines: Arc::clone(&self.lines), client: client.to_owned() })
    }

    /// Waits until it is this client's turn.
    pub(super) async fn turn(&self, client: &str) -> Turn {
        let own = Arc::clone(&lock(&self.lines).of(client).turns);
        // Nobody closes these.
        let own = own.acquire_owned().await.ok();
        let all = match is_owner(client) {
            true => None,
            false => Arc::clone(&self.clients).acquire_owned().await.ok(),
        };
        Turn { _own: own, _all: all }
    }
}

impl Lines {
    fn of(&mut self, client: &str) -> &mut Line {
        if !self.of.contains_key(client) {
            // Nobody waits for the others any more.
            self.of.retain(|_, line| 0 < line.waiting || 1 < Arc::strong_count(&line.turns));
        }
        let new = || Line { turns: Arc::new(Semaphore::new(OWN)), waiting: 0 };
        self.of.entry(client.to_owned()).or_insert_with(new)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = lock(&self.lines);
        lines.all -= usize::from(!is_owner(&self.client));
        lines.of(&self.client).waiting -= 1;
    }
}

fn is_owner(client: &str) -> bool {
    client == Client::LOCAL.id
}

fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn c87_clients_leave_turns_to_the_owner_and_to_each_other() {
        let turns = Turns::default();
        let mut held = Vec::new();
        for client in ["a", "b", "c", "d"] {
            held.extend(turns.turn(client).now_or_never());
            held.extend(turns.turn(client).now_or_never());
            assert!(turns.turn(client).now_or_never().is_none(), "{client} has two");
        }
        assert_eq!(held.len(), CLIENTS);
        let own = [turns.turn("local").now_or_never(), turns.turn("local").now_or_never()];
        assert!(own.iter().all(Option::is_some));
        assert!(turns.turn("local").now_or_never().is_none());
        held.remove(0);
        assert!(turns.turn("d").now_or_never().is_some());
    }

    #[test]
    fn c87_only_so_many_wait_for_their_plan() {
        let turns = Turns::default();
        let mut held: Vec<Place> = (0..4).map_while(|_| turns.enter("a", 2, 5)).collect();
        assert_eq!(held.len(), 2);
        held.extend((0..4).map_while(|_| turns.enter("b", 2, 5)));
        held.extend((0..4).map_while(|_| turns.enter("c", 2, 5)));
        assert_eq!(held.len(), 5, "of all clients");
        let owners: Vec<Place> = (0..9).map_while(|_| turns.enter("local", 2, 5)).collect();
        assert_eq!(owners.len(), 5, "clients take up none of the owner's");
        held.remove(0);
        assert!(turns.enter("c", 2, 5).is_some());
        drop((held, owners));
        assert_eq!(lock(&turns.lines).all, 0);
        assert!(turns.enter("d", 2, 5).is_some());
        assert_eq!(lock(&turns.lines).of.len(), 1, "who waits for nothing is forgotten");
    }
}
