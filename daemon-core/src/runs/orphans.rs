//! Reaping what has lost its parent.
//!
//! The daemon is the reaper of what loses its parent below it, so the zombies of
//! such processes are the daemon's to reap, or they would stay for ever. The
//! kernel tells of each with SIGCHLD, as it does of the daemon's own children.
//! Many may come at once, and nobody waits for them: so they are looked for a
//! moment later, together.
//!
//! Which of them are ours to reap is for [`super::tree`] to know; what others in
//! this process have started is theirs.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::Runs;

/// How long a zombie may stay one.
const SOON: Duration = Duration::from_millis(100);

/// Reaps until the daemon ends.
pub(crate) fn keep_reaping(runs: &Runs) {
    let (runs, mut stop) = (runs.clone(), runs.tasks.stop());
    let mut children = match signal(SignalKind::child()) {
        Ok(children) => children,
        Err(error) => {
            tracing::error!(%error, "orphans are reaped only when a run ends");
            return;
        }
    };
    runs.tasks.clone().spawn("orphans", async move {
        // What died while nobody listened.
        runs.trees.reap();
        loop {
            tokio::select! {
                _ = children.recv() => {}
                () = stop.stopped() => return,
            }
            // A daemon that ends leaves to the next what it does not wait for any more.
            tokio::select! {
                () = runs.clock.sleep_until(runs.clock.uptime() + SOON) => runs.trees.reap(),
                () = stop.stopped() => return,
            }
        }
    });
}
