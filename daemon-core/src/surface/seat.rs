//! A connection's seat: whether somebody else may have it.
//!
//! There are so many seats and no more. When all are taken, one who has said
//! nothing yet makes room first, then the one who has been idle for longest, with
//! no call and no feed. Who is busy keeps his seat. So nobody can lock
//! the owner out by connections that do nothing, and a client that is closed
//! while it did nothing connects again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

/// Nothing has been said yet.
const SILENT: u64 = u64::MAX;
/// Something is under way.
const BUSY: u64 = 0;
/// Counts up with each connection that becomes idle; who has the lowest number has been idle for longest.
static TURNS: AtomicU64 = AtomicU64::new(BUSY + 1);

/// One connection, as the others see it.
#[derive(Debug)]
pub(super) struct Seat {
    state: AtomicU64,
    why: OnceLock<&'static str>,
    evicted: Notify,
}

impl Default for Seat {
    fn default() -> Seat {
        Seat { state: AtomicU64::new(SILENT), why: OnceLock::new(), evicted: Notify::new() }
    }
}

impl Seat {
    /// Its connection does something, or has just ceased to.
    pub(super) fn set_idle(&self, idle: bool) {
        let state = if idle { TURNS.fetch_add(1, Ordering::Relaxed) } else { BUSY };
        self.state.store(state, Ordering::Relaxed);
    }

    /// Has its connection closed, for this reason.
    pub(super) fn evict(&self, why: &'static str) {
        // The first reason is the reason.
        self.why.set(why).ok();
        self.evicted.notify_one();
    }

    /// Waits until the connection is to be closed; the value is why.
    pub(super) async fn evicted(&self) -> &'static str {
        loop {
            if let Some(why) = self.why.get() {
                return why;
            }
            self.evicted.notified().await;
        }
    }
}

/// Those who are connected to one socket.
#[derive(Debug, Default)]
pub(super) struct Guests {
    next: u64,
    seated: BTreeMap<u64, Arc<Seat>>,
}

impl Guests {
    /// Gives one of so many seats to somebody new; `None` when those who have them are all busy.
    pub(super) fn arrive(&mut self, seats: usize) -> Option<(u64, Arc<Seat>)> {
        if seats <= self.seated.len() {
            let number = self.dispensable()?;
            if let Some(seat) = self.seated.remove(&number) {
                seat.evict("all seats are taken, and this connection has been idle for longest");
            }
        }
        self.next += 1;
        let seat = Arc::new(Seat::default());
        self.seated.insert(self.next, Arc::clone(&seat));
        Some((self.next, seat))
    }

    /// One has left, perhaps because he had to.
    pub(super) fn leave(&mut self, number: u64) {
        self.seated.remove(&number);
    }

    fn dispensable(&self) -> Option<u64> {
        let state = |seat: &Seat| seat.state.load(Ordering::Relaxed);
        // In the order in which they came.
        let silent = self.seated.iter().find(|(_, seat)| state(seat) == SILENT);
        let idle = || {
            let idle = self.seated.iter().filter(|(_, seat)| state(seat) != BUSY);
            idle.min_by_key(|(_, seat)| state(seat))
        };
        silent.or_else(idle).map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_evicted(seat: &Seat) -> bool {
        seat.why.get().is_some()
    }

    #[test]
    fn who_said_nothing_makes_room_first_then_who_was_idle_for_longest_and_who_is_busy_never() {
        let mut guests = Guests::default();
        let mut arrive = || guests.arrive(4).map(|(_, seat)| seat);
        let [busy, early, late, silent] = [(); 4].map(|()| arrive().unwrap());
        busy.set_idle(false);
        late.set_idle(true);
        early.set_idle(true);
        late.set_idle(true);
        for (leaver, stays) in [(&silent, &early), (&early, &late), (&late, &busy)] {
            arrive().unwrap().set_idle(false);
            assert!(is_evicted(leaver) && !is_evicted(stays));
        }
        assert!(arrive().is_none() && !is_evicted(&busy));
    }

    #[test]
    fn a_seat_that_is_left_is_free() {
        let mut guests = Guests::default();
        let (number, seat) = guests.arrive(1).unwrap();
        seat.set_idle(false);
        assert!(guests.arrive(1).is_none());
        guests.leave(number);
        assert!(guests.arrive(1).is_some());
    }
}
