//! Waiting for a daemon where there is none: another process's has gone, or ours did not start.

use std::path::Path;
use std::time::Duration;

use daemon_core::home::holder;
use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Client;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::{PATIENCE, Shared};
use crate::board::Link;

/// An editor has written a file out by then.
const SAVED: Duration = Duration::from_millis(300);
/// A restart is over by then; longer than that, there is no daemon.
const GRACE: Duration = Duration::from_secs(5);

impl Shared {
    /// The next daemon's client; none if a person asked for a daemon before one came.
    pub(super) async fn next_daemon(&self) -> Option<Client> {
        // Kept while we wait: dropping it ends the watch.
        let (_watcher, mut stirs) = watch(self.dirs.socket().parent().unwrap_or(self.dirs.runtime()));
        let grace = tokio::time::sleep(GRACE);
        tokio::pin!(grace);
        let mut shown = false;
        loop {
            if let Some(client) = self.reach().await {
                return Some(client);
            }
            tokio::select! {
                () = &mut grace, if !shown => {
                    shown = true;
                    let gone = Fault::new(Code::Unavailable, "the daemon of this home has stopped");
                    self.show(Link::Down(gone));
                }
                Some(()) = stirs.recv() => {}
                () = self.again.notified() => return None,
            }
        }
    }

    async fn reach(&self) -> Option<Client> {
        if let Ok(client) = Client::connect(&self.dirs).await {
            return Some(client);
        }
        // Its socket may be there before it answers.
        let dirs = self.dirs.clone();
        let settled = move || holder(&dirs).is_some_and(|it| it.settled(&dirs, PATIENCE).is_ok());
        match tokio::task::spawn_blocking(settled).await {
            Ok(true) => Client::connect(&self.dirs).await.ok(),
            _ => None,
        }
    }

    /// Waits for a reason to try again: somebody says so, or the configuration that is at fault changes.
    pub(super) async fn until_worth_trying(&self, fault: &Fault) {
        let at_fault = (fault.code == Code::Invalid).then(|| self.dirs.config().parent()).flatten();
        let Some(directory) = at_fault else { return self.again.notified().await };
        let (_watcher, mut stirs) = watch(directory);
        tokio::select! {
            () = self.again.notified() => {}
            Some(()) = stirs.recv() => tokio::time::sleep(SAVED).await,
        }
    }
}

/// Hears when something happens in a directory. What cannot be watched is never heard, and a click
/// is still an answer.
fn watch(directory: &Path) -> (Option<notify::RecommendedWatcher>, mpsc::Receiver<()>) {
    let (stir, stirs) = mpsc::channel(1);
    let stir = move |event: notify::Result<notify::Event>| {
        let changed = event.is_ok_and(|event| !event.kind.is_access());
        // One that waits already stands for this one, too.
        if changed && let Err(mpsc::error::TrySendError::Closed(())) = stir.try_send(()) {
            tracing::trace!("nobody waits any more");
        }
    };
    let watcher = notify::recommended_watcher(stir).and_then(|mut watcher| {
        watcher.watch(directory, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    let watcher = watcher
        .inspect_err(|error| tracing::warn!(%error, directory = %directory.display(), "cannot be watched"));
    (watcher.ok(), stirs)
}
