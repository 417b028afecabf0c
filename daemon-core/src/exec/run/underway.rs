//! The commands that run now, so that none outlives the daemon.
//!
//! Nobody would read what they write, or know how they ended. A service survives
//! its daemon; what somebody approved to run once, and see the end of, does not.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use super::{Because, Canceller, Handle};
use crate::runs::child::Child;
use crate::runs::tree::Key;

/// Those that run.
pub(in crate::exec) struct Underway(watch::Sender<State>);

#[derive(Default)]
struct State {
    next: u64,
    running: BTreeMap<u64, Canceller>,
    /// Whatever begins now has to end at once.
    is_closed: bool,
}

/// That one runs, until this is dropped.
pub(super) struct Entry<'a> {
    underway: &'a Underway,
    number: u64,
}

impl Default for Underway {
    fn default() -> Underway {
        Underway(watch::channel(State::default()).0)
    }
}

impl Underway {
    pub(super) fn enter(&self, canceller: &Canceller) -> Entry<'_> {
        let (mut number, mut is_closed) = (0, false);
        self.0.send_modify(|state| {
            (number, is_closed) = (state.next, state.is_closed);
            state.next += 1;
            state.running.insert(number, canceller.clone());
        });
        if is_closed {
            canceller.end(Because::Stopped);
        }
        Entry { underway: self, number }
    }

    /// Ends all, and whatever else begins; returns when none is left.
    async fn close(&self) {
        self.0.send_modify(|state| {
            state.is_closed = true;
            state.running.values().for_each(|canceller| canceller.end(Because::Stopped));
        });
        // An error would mean that this is gone.
        drop(self.0.subscribe().wait_for(|state| state.running.is_empty()).await);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.underway.0.send_modify(|state| drop(state.running.remove(&self.number)));
    }
}

impl Handle {
    /// Commands end when the daemon does.
    pub(in crate::exec) fn end_with_the_daemon(&self) {
        let (handle, mut stop) = (self.clone(), self.0.runs.tasks.stop());
        self.0.runs.tasks.spawn("exec", async move {
            stop.stopped().await;
            handle.0.underway.close().await;
        });
    }

    /// Kills what an earlier daemon's commands have left, those of these requests; returns what that was, in words.
    ///
    /// They may have done anything by now, and nobody knows how they would end: they are never run again.
    pub async fn end_former(&self, requests: &[String]) -> BTreeMap<String, String> {
        let runs = &self.0.runs;
        let keys: BTreeMap<Key, &String> =
            requests.iter().filter_map(|request| Some((super::key(request).ok()?, request))).collect();
        let mut told = BTreeMap::new();
        if keys.is_empty() {
            return told;
        }
        for (key, found) in runs.trees.tagged(&keys.keys().cloned().collect()).await {
            let main = found.first().copied();
            let tree = runs.trees.former(key.clone(), main, None);
            // It is the end of the rest that is asked for below, and not its own.
            if let Some(child) = main.and_then(|main| Child::former(main.pid, main.ticks)) {
                child.kill();
                child.over().await;
                child.reap();
            }
            let left = runs.trees.end(&tree, Duration::ZERO).await.told();
            let killed = left.unwrap_or_else(|| "1 process left behind was killed".to_owned());
            if let Some(request) = keys.get(&key) {
                told.insert((*request).clone(), killed);
            }
        }
        told
    }
}
