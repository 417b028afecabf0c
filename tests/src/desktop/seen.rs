//! What a fake server has been told so far, and waiting for more of it.

use std::sync::{Condvar, Mutex, MutexGuard};

use crate::PATIENCE;

/// A value that the bus changes and a test waits for.
#[derive(Debug, Default)]
pub(super) struct Seen<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Seen<T> {
    /// Changes the value, and wakes whoever waits.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// Waits until `look` finds something in the value.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`].
    #[track_caller]
    pub(super) fn wait_for<R>(&self, what: &str, look: impl Fn(&T) -> Option<R>) -> R {
        let nothing_yet = |value: &mut T| look(value).is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, nothing_yet);
        let (value, _) = waited.expect("nobody panics while changing it");
        look(&value).unwrap_or_else(|| panic!("waited in vain: {what}"))
    }

    /// The value as it is now.
    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().expect("nobody panics while changing it")
    }
}
