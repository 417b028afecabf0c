//! One watch at work: waits, collects, looks, tells.
//!
//! It sleeps until the system tells something, and while a burst lasts until that
//! is over. A timer besides runs only where polling was asked for, or while
//! something is in the way that may pass: then everything is looked at now and
//! then, which tries again as well.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};

use super::burst::Burst;
use super::change::{Change, Found};
use super::events::sort;
use super::inotify::Inbox;
use super::state::{State, Trouble};
use super::touched::Touched;
use super::tree::Tree;
use crate::kernel::clock::Clock;
use crate::kernel::tasks::Stop;

/// How often everything is looked at while something is in the way.
const RETRY: Duration = Duration::from_secs(5);
/// Looking takes at most one part in so many of the time.
const SHARE: u32 = 20;

/// The change that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Slot {
    found: Mutex<Option<(Found, jiff::Timestamp)>>,
    filled: Notify,
}

impl Slot {
    fn fill(&self, found: Found, at: jiff::Timestamp) {
        let mut slot = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sum = slot.take().map_or_else(Found::default, |(before, _)| before);
        sum.merge(found);
        if !sum.is_empty() {
            *slot = Some((sum, at));
            self.filled.notify_one();
        }
    }

    /// Waits for a change, and leaves it. There is one who waits.
    pub(super) async fn is_filled(&self) {
        while self.found.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            self.filled.notified().await;
        }
    }

    /// Waits for a change, and takes it.
    pub(super) async fn taken(&self) -> Change {
        loop {
            let taken = self.found.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((found, at)) = taken {
                return found.at(at);
            }
            self.filled.notified().await;
        }
    }
}

/// One watch at work.
pub(super) struct Follower {
    pub(super) tree: Tree,
    pub(super) inbox: Inbox,
    pub(super) slot: Arc<Slot>,
    pub(super) state: watch::Sender<State>,
    pub(super) clock: Clock,
}

impl Follower {
    /// Works until nobody wants to know any more.
    pub(super) async fn follow(self, gone: oneshot::Receiver<()>, mut stop: Stop) {
        tokio::select! {
            _ = gone => {}
            () = stop.stopped() => {}
            () = self.work() => {}
        }
    }

    async fn work(self) {
        let Follower { mut tree, mut inbox, slot, state, clock } = self;
        let poll = tree.selection.poll.map(|poll| poll.get());
        let mut burst = Burst::new(tree.selection.debounce.get());
        let (mut pending, mut touched, mut events) = (Found::default(), Touched::default(), Vec::new());
        let (mut looked, mut took) = (clock.uptime(), Duration::ZERO);
        loop {
            let is_troubled = tree.trouble.as_ref().is_some_and(|trouble| trouble.retried);
            // Who polls follows a burst by looking, and others by what is told.
            let (due, look_at) = match (poll, burst.due()) {
                (Some(_), Some(due)) => (None, Some(due)),
                (Some(poll), None) => (None, Some(looked + poll.max(took))),
                (None, due) => (due, is_troubled.then(|| looked + RETRY.max(took * SHARE))),
            };
            tokio::select! {
                lost = inbox.next(&mut events), if poll.is_none() => {
                    let mut news = Touched::default();
                    events.drain(..).for_each(|event| sort(&mut tree, &event, &mut news));
                    if lost {
                        news.everything();
                    }
                    if news.is_empty() {
                        continue;
                    }
                    burst.touched(clock.uptime());
                    touched.add(news);
                    if !touched.is_new {
                        continue;
                    }
                }
                () = until(&clock, due) => {}
                () = until(&clock, look_at) => touched.everything(),
            }

            let begun = clock.uptime();
            let is_look = touched.all;
            let looking = std::mem::take(&mut touched);
            let done = tokio::task::spawn_blocking(move || {
                let found = tree.settle(looking);
                (tree, found)
            });
            let Ok((after, found)) = done.await else {
                return state.send_modify(|state| state.trouble = Some(Trouble::broken()));
            };
            tree = after;
            let now = clock.uptime();
            if is_look {
                (looked, took) = (now, now - begun);
            }
            if poll.is_some() && !found.is_empty() {
                burst.touched(now);
            }
            pending.merge(found);
            tell_state(&state, tree.state());
            if burst.is_over(begun) || (burst.due().is_none() && !pending.is_empty()) {
                slot.fill(std::mem::take(&mut pending), clock.now());
            }
        }
    }
}

/// Never, if there is no time.
async fn until(clock: &Clock, at: Option<Duration>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn tell_state(state: &watch::Sender<State>, now: State) {
    state.send_if_modified(|before| {
        if *before == now {
            return false;
        }
        if let Some(trouble) = now.trouble.as_ref().filter(|_| before.trouble != now.trouble) {
            tracing::warn!(hint = trouble.hint, "{}", trouble.message);
        }
        *before = now;
        true
    });
}
