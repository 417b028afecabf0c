//! Watching files: whoever names some is told when they have changed.
//!
//! Jobs and services that are to run when files change hold a [`Watch`] each and
//! wait for its [`Change`]s. A burst of changes is one, with the list of files;
//! what git ignores is left out; and what could keep changes from being noticed
//! is part of the [`State`] with its remedy, never silence.
//!
//! All watches share one inotify instance, and each has a small task. Nothing runs while
//! no file changes. What to do about a change is not decided here, and there are
//! no operations: whoever holds the watch shows its state.

mod burst;
mod change;
mod conf;
mod events;
mod follow;
mod gitignored;
mod glob;
mod inotify;
mod mark;
mod names;
mod select;
mod spots;
mod state;
#[cfg(test)]
mod tests;
mod touched;
mod trace;
mod tree;
mod walk;
mod watching;
mod ways;

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

pub use change::{Change, Changed, How, MOST_NAMED};
pub use conf::Files;
pub use select::{Refusal, Selection};
pub use state::{State, Trouble};
pub use watching::{News, Watching};

use crate::kernel::clock::Clock;
use crate::kernel::tasks::Tasks;
use follow::{Follower, Slot};
use spots::{Shared, Spots};
use tree::Tree;

/// Watches files for whoever asks; clones share what they ask of the system.
#[derive(Clone)]
pub struct Watcher {
    shared: Arc<Shared>,
    clock: Clock,
}

/// Some files that are watched, until this is dropped.
#[derive(Debug)]
pub struct Watch {
    slot: Arc<Slot>,
    state: watch::Receiver<State>,
    _gone: oneshot::Sender<()>,
}

impl Watcher {
    /// Asks nothing of the system before the first watch.
    pub fn new(tasks: &Tasks, clock: &Clock) -> Watcher {
        Watcher { shared: Arc::new(Shared::new(tasks)), clock: clock.clone() }
    }

    /// Watches the files of a [`Selection`]. What changes after this returns is noticed.
    ///
    /// It takes as long as it takes to look at them all. What is in the way does not fail
    /// this: it is in the [`State`], and what may pass is tried again.
    pub async fn watch(&self, selection: &Selection) -> Watch {
        let (outbox, inbox) = inotify::inbox();
        let spots = Spots::new(Arc::clone(&self.shared), outbox);
        self.watch_with(selection, spots, inbox).await
    }

    async fn watch_with(&self, selection: &Selection, spots: Spots, inbox: inotify::Inbox) -> Watch {
        let selection = Arc::new(selection.clone());
        let slot = Arc::new(Slot::default());
        let (gone, dropped) = oneshot::channel();
        let looking = tokio::task::spawn_blocking(move || {
            let spots = Some(spots).filter(|_| selection.poll.is_none());
            Tree::new(selection, spots)
        });
        let Ok(tree) = looking.await else {
            let broken = State { trouble: Some(Trouble::broken()), ..State::default() };
            return Watch { slot, state: watch::channel(broken).1, _gone: gone };
        };
        let first = tree.state();
        if let Some(trouble) = &first.trouble {
            tracing::warn!(hint = trouble.hint, "{}", trouble.message);
        }
        let (sender, state) = watch::channel(first);
        let follower =
            Follower { tree, inbox, slot: Arc::clone(&slot), state: sender, clock: self.clock.clone() };
        self.shared.tasks.detach(follower.follow(dropped, self.shared.tasks.stop()));
        Watch { slot, state, _gone: gone }
    }
}

impl Watch {
    /// Waits for the next change. What changes while nobody waits is told as one change
    /// at the next call; so it is if this is dropped before it returns.
    pub async fn changed(&mut self) -> Change {
        self.slot.taken().await
    }

    /// Waits until there is a change to be taken, and leaves it; what changes meanwhile adds to it.
    pub async fn has_changed(&mut self) {
        self.slot.is_filled().await;
    }

    /// How it is doing, now and from now on.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}
