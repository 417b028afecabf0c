//! Approvals in a window of their own: what waits for a person, shown so that nobody is fooled into a yes.
//!
//! What may be decided when is for the [`desk`], which is pure. [`keep`] brings
//! it what the daemon says and opens the window, [`notice`] tells of it where
//! the window could not get the focus, and [`commands`] is all that the page may
//! ask: it calls no operation, and can name no request and no digest. Which
//! window may use them is said by `capabilities/approval.json`.

pub(crate) mod commands;
pub(crate) mod desk;
mod idle;
pub(crate) mod keep;
mod notice;
mod seen;
pub(crate) mod window;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use daemon_core::kernel::clock::Clock;
use tauri::ipc::Channel;
use tokio::sync::Notify;

use crate::bus::Bus;
use crate::front::{Ask, Front};
use desk::{Desk, Place};
use notice::Notices;

/// What is known of approvals, for all who have to do with them. Clones are the same.
#[derive(Clone)]
pub(crate) struct Approvals(Arc<Inner>);

struct Inner {
    desk: Mutex<Desk>,
    /// Something of the daemon's requests may be different.
    stirred: Notify,
    /// The page that wants to know where its request stands.
    page: Mutex<Option<Channel<Option<Place>>>>,
    has_focus: AtomicBool,
    /// Whether there is to be a window: one that is just being destroyed may be in the way of the next.
    is_wanted: AtomicBool,
    front: Arc<Front>,
    notices: Notices,
}

impl Approvals {
    pub(crate) fn new(front: Arc<Front>, bus: Option<Bus>) -> Approvals {
        Approvals(Arc::new(Inner {
            desk: Mutex::default(),
            stirred: Notify::new(),
            page: Mutex::default(),
            has_focus: AtomicBool::new(false),
            is_wanted: AtomicBool::new(false),
            front,
            notices: Notices::on(bus),
        }))
    }

    /// The board says something of requests.
    pub(crate) fn stir(&self) {
        self.0.stirred.notify_one();
    }

    /// The window has got the focus, or has lost it: a click that raised it decides nothing.
    pub(crate) fn focus(&self, has_focus: bool) {
        self.0.has_focus.store(has_focus, Ordering::Relaxed);
        self.desk().focus(uptime());
    }

    /// Shows the dialog, and takes the focus or not.
    pub(crate) fn show(&self, activate: bool) {
        self.0.is_wanted.store(true, Ordering::Relaxed);
        self.0.front.ask(Ask::Review { activate });
    }

    /// The window is to go; what waits is put off.
    pub(crate) fn dismiss(&self) {
        self.close();
        self.0.front.ask(Ask::Dismiss);
    }

    /// Somebody closes the window, which puts off what waits.
    pub(crate) fn close(&self) {
        self.0.is_wanted.store(false, Ordering::Relaxed);
    }

    /// The window has gone.
    pub(crate) fn leave(&self) {
        self.0.has_focus.store(false, Ordering::Relaxed);
        self.desk().leave();
        *self.page() = None;
        if self.0.is_wanted.load(Ordering::Relaxed) {
            self.show(false);
        }
    }

    fn has_focus(&self) -> bool {
        self.0.has_focus.load(Ordering::Relaxed)
    }

    fn tell_page(&self) {
        let place = self.desk().place();
        // A page that has gone will not ask again.
        if let Some(page) = &*self.page()
            && let Err(error) = page.send(place)
        {
            tracing::debug!(%error, "the page of approvals has gone");
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self) -> MutexGuard<'_, Option<Channel<Option<Place>>>> {
        self.0.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time by the clock that nobody can set.
fn uptime() -> Duration {
    /// A clock counts from when it was made.
    static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);
    CLOCK.uptime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_by() {
        let before = uptime();
        std::thread::sleep(Duration::from_millis(2));
        assert!(before < uptime());
    }
}
