//! Waiting for the next daemon after one of another process has gone.

use std::time::Duration;

use daemon_core::home::holder;
use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Client;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::{PATIENCE, Shared};
use crate::board::Link;

/// A restart is over by then; longer than that, there is no daemon.
const GRACE: Duration = Duration::from_secs(5);

impl Shared {
    /// The next daemon's client; none if a person asked for a daemon before one came.
    pub(super) async fn next_daemon(&self) -> Option<Client> {
        // Kept while we wait: dropping it ends the watch.
        let (_watcher, mut stirs) = self.watch_sockets();
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

    /// Hears when something happens beside the sockets. What cannot be watched is never heard, and
    /// a click is still an answer.
    fn watch_sockets(&self) -> (Option<notify::RecommendedWatcher>, mpsc::Receiver<()>) {
        let (stir, stirs) = mpsc::channel(1);
        let stir = move |event: notify::Result<notify::Event>| {
            let changed = event.is_ok_and(|event| !event.kind.is_access());
            // One that waits already stands for this one, too.
            if changed && let Err(mpsc::error::TrySendError::Closed(())) = stir.try_send(()) {
                tracing::trace!("nobody waits any more");
            }
        };
        let watcher = notify::recommended_watcher(stir).and_then(|mut watcher| {
            let directory = self.dirs.socket().parent().unwrap_or(self.dirs.runtime());
            watcher.watch(directory, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let watcher = watcher.inspect_err(|error| tracing::warn!(%error, "the next daemon is not noticed"));
        (watcher.ok(), stirs)
    }
}
