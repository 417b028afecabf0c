//! Whether anybody needs the daemon, so that one that nobody needs can end by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Counts those who need the daemon; clones count together.
#[derive(Clone)]
pub struct Activity(Arc<watch::Sender<usize>>);

/// One who needs the daemon, until dropped.
pub struct Hold(Arc<watch::Sender<usize>>);

impl Default for Activity {
    fn default() -> Self {
        Activity(Arc::new(watch::channel(0).0))
    }
}

impl Activity {
    /// Keeps the daemon from being idle until the result is dropped.
    pub fn hold(&self) -> Hold {
        self.0.send_modify(|holds| *holds += 1);
        Hold(Arc::clone(&self.0))
    }

    /// How many need it now.
    pub fn holds(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until nobody has needed the daemon for `quiet`, which follows changes of the setting;
    /// zero waits for ever.
    pub async fn idle(&self, mut quiet: watch::Receiver<Duration>) {
        let mut holds = self.0.subscribe();
        loop {
            let limit = *quiet.borrow_and_update();
            let unneeded = *holds.borrow_and_update() == 0 && !limit.is_zero();
            tokio::select! {
                () = tokio::time::sleep(limit), if unneeded => return,
                Ok(()) = holds.changed() => {}
                Ok(()) = quiet.changed() => {}
                else => std::future::pending().await,
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_modify(|holds| *holds -= 1);
    }
}
