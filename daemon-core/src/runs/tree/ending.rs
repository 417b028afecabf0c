//! How a run is brought to its end: by its cgroup, or by hand.
//!
//! By hand it is a race with whoever forks meanwhile, so nothing is killed before
//! all of it stands still, and nothing is believed to be all before a look has
//! found no more. The main process is a zombie by then, or was another's: it is
//! never looked for here.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::Signal;
use tokio::time::Instant;

use super::held::Held;
use super::left::Named;
use super::{Group, Left, Process, Tree, Trees, children};
use crate::home;
use crate::runs::child;

/// How long what was killed may take to vanish; only the kernel can hold it up.
const VANISH: Duration = Duration::from_secs(2);
/// How long all of it is looked for. On a busy machine one look may take a second, and several are needed.
const SEARCH: Duration = Duration::from_secs(60);

impl Trees {
    /// Ends what is left of a run whose main process has ended, and was not reaped if that is ours to
    /// do. What is ending already may take so long for it.
    pub(crate) async fn end(&self, tree: &Tree, patience: Duration) -> Left {
        let left = match &tree.group {
            Some(group) => self.end_group(tree, group, patience).await,
            None => self.end_loose(tree, patience).await,
        };
        if !left.is_empty() {
            self.reap();
        }
        left
    }

    async fn end_group(&self, tree: &Tree, group: &Group, patience: Duration) -> Left {
        let mut left = Left::default();
        // It is removed with the tree: that takes the kernel a while, in which a successor need not wait.
        if group.is_populated() {
            if !patience.is_zero() {
                drop(tokio::time::timeout(patience, group.emptied()).await);
            }
            let members = group.members().into_iter().filter(|pid| home::start_ticks(*pid).is_some());
            left.add(members.filter(|pid| !child::is_known(*pid)).filter_map(Named::of));
            tree.was_killed.store(true, Ordering::Relaxed);
            let killed = group.kill();
            match tokio::time::timeout(VANISH, group.emptied()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, ?killed, "whether a cgroup is empty cannot be told")
                }
                Err(_) => tracing::error!(?killed, "killed processes do not vanish: {:?}", group.members()),
            }
        }
        left
    }

    async fn end_loose(&self, tree: &Tree, patience: Duration) -> Left {
        let mut left = Left::default();
        if tree.is_below_us && self.roots(tree).is_empty() {
            return left;
        }
        let mut found = self.find(tree, &[]).await;
        if !patience.is_zero() && !found.is_empty() {
            let held: Vec<Held> = found.into_iter().filter_map(Held::of).collect();
            drop(tokio::time::timeout(patience, join_all(held.iter().map(Held::gone))).await);
            found = self.find(tree, &[]).await;
        }
        let until = Instant::now() + SEARCH;
        while !found.is_empty() {
            let held = self.hold_still(tree, found, until).await;
            left.add(held.iter().map(|held| held.named.clone()));
            held.iter().for_each(|held| held.signal(Signal::KILL));
            let gone = join_all(held.iter().map(Held::gone));
            let is_gone = tokio::time::timeout(VANISH, gone).await.is_ok();
            if !is_gone || until <= Instant::now() {
                left.stays(held.iter().filter(|held| held.lives()));
                tracing::error!(run = ?tree.key, ?left, "killed processes do not vanish, or others come");
                break;
            }
            found = self.find(tree, &[]).await;
        }
        left
    }

    /// Stops all of these and what they have started meanwhile, until there is nothing new or it is late.
    async fn hold_still(&self, tree: &Tree, mut found: Vec<Process>, until: Instant) -> Vec<Held> {
        let mut all: Vec<Held> = Vec::new();
        loop {
            found.retain(|process| all.iter().all(|held| held.process != *process));
            let new: Vec<Held> = found.into_iter().filter_map(Held::of).collect();
            if new.is_empty() || !all.is_empty() && until <= Instant::now() {
                return all;
            }
            new.iter().for_each(|held| held.signal(Signal::STOP));
            all.extend(new);
            let noted: Vec<Process> = all.iter().map(|held| held.process).collect();
            found = self.find(tree, &noted).await;
        }
    }

    /// What lives of a run, besides its main process; what is below `noted` is of it.
    async fn find(&self, tree: &Tree, noted: &[Process]) -> Vec<Process> {
        let mut roots = self.roots(tree);
        roots.extend(noted.iter().map(|process| process.pid));
        let mut found = Vec::new();
        if !roots.is_empty() {
            let looking = tokio::task::spawn_blocking(move || {
                let below = children::below(&roots);
                roots.extend(below.into_iter().filter(|pid| !child::is_known(*pid)));
                roots
            });
            let pids = looking.await.unwrap_or_default().into_iter();
            found.extend(pids.filter_map(|pid| Some(Process { pid, ticks: home::start_ticks(pid)? })));
        }
        if !tree.is_below_us {
            // Which looks at everything but what is below us.
            let seen = self.0.passes.pass().await;
            let members = seen.members(tree, self.0.marks.of(&tree.key), noted);
            let is_new = |member: &Process| !found.contains(member);
            let new: Vec<Process> = members.into_iter().filter(is_new).collect();
            found.extend(new);
        }
        found.retain(|it| home::start_ticks(it.pid) == Some(it.ticks));
        found
    }

    /// Those of our own children that live, that nobody here has started, and that are of this run.
    fn roots(&self, tree: &Tree) -> Vec<i32> {
        let mut dead = BTreeSet::new();
        loop {
            let children = self.unknown_children();
            let (live, gone): (Vec<i32>, Vec<i32>) =
                children.partition(|pid| home::start_ticks(*pid).is_some());
            let roots: Vec<i32> = live.into_iter().filter(|pid| self.is_of(tree, *pid)).collect();
            // One that was seen to be dead had left its children to us by then, but perhaps not when
            // the list was read.
            let before = dead.len();
            dead.extend(gone);
            if !roots.is_empty() || dead.len() == before {
                return roots;
            }
        }
    }
}
