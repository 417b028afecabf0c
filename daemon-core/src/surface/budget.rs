//! Bytes that all connections together may keep in the daemon's memory.
//!
//! Each connection has a little for itself. What is beyond that, long replies
//! that nobody has read yet and long frames that have not come whole, comes out
//! of one budget. When it is used up, those who hold some of it and have neither
//! read nor sent anything for a second are closed, the stalest first; where
//! everybody gets on, the newcomer is told `busy`. So a thousand clients that
//! ask and do not read cost as much memory as eight of them, and nobody waits
//! for a stranger.
//!
//! Memory is counted where it grows: the frames that are being read, the calls
//! that hold what they were asked, the replies that wait. What an operation
//! needs while it runs is its own affair.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::seat::Seat;

/// For all connections of a daemon together.
const TOTAL: usize = 64 << 20;
/// Each connection has as much beside that.
const OWN: usize = 64 << 10;
/// Who holds something and gets nowhere for so long makes room for others.
const GRACE: Duration = Duration::from_secs(1);

/// What there is for all.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Accounts>);

#[derive(Debug, Default)]
struct Accounts {
    next: u64,
    used: usize,
    holders: BTreeMap<u64, Holder>,
}

#[derive(Debug)]
struct Holder {
    bytes: usize,
    /// When it last got on.
    since: Instant,
    seat: Arc<Seat>,
}

/// A connection's part of the budget; dropped, it is there for others.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    seat: Arc<Seat>,
    /// Its account, while it holds more than its own.
    account: Option<u64>,
}

impl Share {
    pub(super) fn of(budget: Arc<Budget>, seat: Arc<Seat>) -> Share {
        Share { budget, seat, account: None }
    }

    /// Holds so many bytes from now on; says whether that could be. If not, it holds what it held.
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        let bytes = bytes.saturating_sub(OWN);
        if bytes == 0 && self.account.is_none() {
            return true;
        }
        let mut accounts = self.budget.accounts();
        let held = self.account.map_or(0, |account| accounts.held(account));
        if held < bytes && !accounts.make_room(bytes - held, self.account) {
            return false;
        }
        accounts.used = accounts.used - held + bytes;
        match (self.account, bytes) {
            (Some(account), 0) => {
                accounts.holders.remove(&account);
                self.account = None;
            }
            (Some(account), _) => {
                // Who was closed meanwhile is nobody's holder any more.
                let seat = &self.seat;
                let holder = accounts.holders.entry(account);
                holder.or_insert_with(|| Holder::of(seat)).bytes = bytes;
            }
            (None, _) => {
                accounts.next += 1;
                let account = accounts.next;
                accounts.holders.insert(account, Holder { bytes, ..Holder::of(&self.seat) });
                self.account = Some(account);
            }
        }
        true
    }

    /// Its client has read or sent something.
    pub(super) fn got_on(&mut self) {
        if let Some(account) = self.account
            && let Some(holder) = self.budget.accounts().holders.get_mut(&account)
        {
            holder.since = Instant::now();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.hold(0);
    }
}

impl Holder {
    fn of(seat: &Arc<Seat>) -> Holder {
        Holder { bytes: 0, since: Instant::now(), seat: Arc::clone(seat) }
    }
}

impl Accounts {
    fn held(&self, account: u64) -> usize {
        self.holders.get(&account).map_or(0, |holder| holder.bytes)
    }

    /// Sees to it that there is room for so much more, whoever has to go for it.
    fn make_room(&mut self, more: usize, own: Option<u64>) -> bool {
        while TOTAL < self.used + more {
            let others = self.holders.iter().filter(|(account, _)| Some(**account) != own);
            let Some((&account, stalest)) = others.min_by_key(|(_, holder)| holder.since) else {
                return false;
            };
            if stalest.since.elapsed() < GRACE {
                return false;
            }
            // It lets go of its memory as soon as its task runs, which is before it can grow again.
            if let Some(holder) = self.holders.remove(&account) {
                self.used -= holder.bytes;
                holder.seat.evict("what it has not read or not sent to its end is needed for others");
            }
        }
        true
    }
}

impl Budget {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(budget: &Arc<Budget>) -> Share {
        Share::of(Arc::clone(budget), Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_let_go_of_is_there_for_others() {
        let budget = Arc::<Budget>::default();
        let (mut one, mut other) = (share(&budget), share(&budget));
        assert!(one.hold(TOTAL + OWN) && other.hold(OWN), "a little is everybody's own");
        assert!(!other.hold(OWN + 1));
        assert!(one.hold(TOTAL) && other.hold(2 * OWN) && !other.hold(2 * OWN + 1));
        drop(one);
        assert!(other.hold(TOTAL + OWN));
        drop(other);
        let accounts = budget.accounts();
        assert_eq!((accounts.used, accounts.holders.len()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gets_nowhere_makes_room_and_who_gets_on_does_not() {
        let budget = Arc::default();
        let (mut slow, mut quick, mut late) = (share(&budget), share(&budget), share(&budget));
        assert!(slow.hold(TOTAL / 2) && quick.hold(TOTAL / 2));
        assert!(!late.hold(TOTAL / 2), "nobody has been slow for long");
        tokio::time::advance(GRACE).await;
        quick.got_on();
        assert!(late.hold(TOTAL / 2));
        slow.seat.evicted().await;
        assert!(!late.hold(TOTAL), "the quick one stays");
        // What it has lost, it does not give back a second time.
        drop(slow);
        assert_eq!(budget.accounts().used, TOTAL - 2 * OWN);
        drop((quick, late));
        assert_eq!(budget.accounts().used, 0);
    }
}
