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

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::common::Common;

/// How long a zombie may stay one.
const SOON: Duration = Duration::from_millis(100);

/// Reaps until the daemon ends.
pub(super) fn keep_reaping(common: &Arc<Common>) {
    let (common, mut stop) = (Arc::clone(common), common.tasks.stop());
    let mut children = match signal(SignalKind::child()) {
        Ok(children) => children,
        Err(error) => {
            tracing::error!(%error, "orphans are reaped only when a run ends");
            return;
        }
    };
    common.tasks.clone().spawn("orphans", async move {
        // What died while nobody listened.
        common.trees.reap();
        loop {
            tokio::select! {
                _ = children.recv() => {}
                () = stop.stopped() => return,
            }
            // A daemon that ends leaves to the next what it does not wait for any more.
            tokio::select! {
                () = common.clock.sleep_until(common.clock.uptime() + SOON) => common.trees.reap(),
                () = stop.stopped() => return,
            }
        }
    });
}
