//! How much CPU time each run has used, as passes over `/proc` go by.
//!
//! The kernel counts per process, and a process takes its count with it when it
//! ends; if its parent waits for it, the parent's count of ended children grows
//! by the same. Adding up what is there at two moments and subtracting would
//! therefore go backwards whenever a busy process ends. So each pass adds to the
//! run's count what has been used since the one before: by processes that are
//! still there, by those that have come, and by children that have ended, less
//! what of these was counted before.
//!
//! A process is known by its number and its start, so a number given out again
//! is another process. What a process had used before it came into the tree is
//! not counted. A count never falls.
//!
//! Ticks in, ticks out: nothing here reads a clock or a file.

use std::collections::HashMap;
use std::sync::Arc;

use super::texts::Stat;
use super::trees;

/// A run whose processes are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Of which service.
    pub service: Arc<str>,
    /// Which run.
    pub run: u64,
    /// Its main process.
    pub main: i32,
}

/// The processes of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Its processes, as places in the list of the pass.
    pub members: Vec<usize>,
    /// CPU ticks since the run began, as far as they were seen.
    pub ticks: u64,
}

/// What was seen in the last pass.
#[derive(Debug, Default)]
pub struct Ledger {
    processes: HashMap<(i32, u64), Known>,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Known {
    own: u64,
    children: u64,
    /// A place in the runs.
    owner: Option<usize>,
    tag: Tag,
}

/// What a process's environment says, which is asked once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// It cannot be said yet: the process was just replacing its program.
    Unknown,
    /// No run of ours.
    Absent,
    /// This run of this service.
    Of(String, u64),
}

#[derive(Debug)]
struct Run {
    root: Root,
    /// When its main process started, if it has been seen.
    started: Option<u64>,
    ticks: u64,
}

impl Ledger {
    /// Takes in a pass; returns the tree of each root, in their order. One that has no process any
    /// more has none. `tag` reads the run that a process's environment names.
    pub fn take(
        &mut self,
        processes: &[Stat],
        roots: Vec<Root>,
        mut tag: impl FnMut(&Stat) -> Tag,
    ) -> Vec<Tree> {
        let before = std::mem::take(self);
        let places: HashMap<(&str, u64), usize> =
            roots.iter().enumerate().map(|(place, root)| ((&*root.service, root.run), place)).collect();
        // Where the runs of the last pass are now.
        let moved: Vec<Option<usize>> =
            before.runs.iter().map(|run| places.get(&(&*run.root.service, run.root.run)).copied()).collect();

        let mains = before.mains(processes, &roots, &moved);
        let mut tags: HashMap<(i32, u64), Tag> = HashMap::new();
        let owners = trees::owners(processes, &mains, |process| {
            let key = (process.pid, process.start);
            let asked = match before.processes.get(&key).map(|known| &known.tag) {
                None | Some(Tag::Unknown) => tag(process),
                Some(known) => known.clone(),
            };
            let owner = match &asked {
                Tag::Of(service, run) => places.get(&(service.as_str(), *run)).copied(),
                _ => None,
            };
            tags.insert(key, asked);
            owner
        });

        let mut used = vec![Used::default(); roots.len()];
        let mut trees: Vec<Tree> = roots.iter().map(|_| Tree { members: Vec::new(), ticks: 0 }).collect();
        for (place, (process, owner)) in processes.iter().zip(&owners).enumerate() {
            let key = (process.pid, process.start);
            if let Some(owner) = *owner {
                trees[owner].members.push(place);
                let fresh = moved.iter().all(|now| *now != Some(owner));
                match before.processes.get(&key) {
                    Some(known) if known.owner.and_then(|old| moved[old]) == Some(owner) => {
                        used[owner].own += process.own.saturating_sub(known.own);
                        used[owner].waited += process.children.saturating_sub(known.children);
                    }
                    // It was there and was not this run's: what it did is another's.
                    Some(_) if !fresh => {}
                    _ => used[owner].own += process.own.saturating_add(process.children),
                }
            }
            let tag = tags.remove(&key).unwrap_or(Tag::Unknown);
            let known = Known { own: process.own, children: process.children, owner: *owner, tag };
            self.processes.insert(key, known);
        }
        for (key, known) in &before.processes {
            let owner = known.owner.and_then(|old| moved[old]);
            if let (Some(owner), None) = (owner, self.processes.get(key)) {
                used[owner].counted += known.own.saturating_add(known.children);
            }
        }
        for (old, now) in moved.iter().enumerate() {
            if let Some(now) = *now {
                trees[now].ticks = before.runs[old].ticks;
            }
        }
        for (tree, used) in trees.iter_mut().zip(&used) {
            tree.ticks = tree.ticks.saturating_add(used.ticks());
        }
        self.remember(processes, roots, &mains, &trees);
        trees
    }

    /// The main process of each root, or [`NOBODY`] if its number means another by now.
    fn mains(&self, processes: &[Stat], roots: &[Root], moved: &[Option<usize>]) -> Vec<i32> {
        let mut started = vec![None; roots.len()];
        for (run, now) in self.runs.iter().zip(moved) {
            if let Some(now) = now.filter(|now| roots[*now].main == run.root.main) {
                started[now] = run.started;
            }
        }
        let starts: HashMap<i32, u64> =
            processes.iter().map(|process| (process.pid, process.start)).collect();
        let is_another = |root: &Root, started: Option<u64>| {
            started.is_some_and(|started| starts.get(&root.main).is_some_and(|now| *now != started))
        };
        let mains = roots.iter().zip(started);
        mains.map(|(root, started)| if is_another(root, started) { NOBODY } else { root.main }).collect()
    }

    fn remember(&mut self, processes: &[Stat], roots: Vec<Root>, mains: &[i32], trees: &[Tree]) {
        self.runs = roots
            .into_iter()
            .zip(mains)
            .zip(trees)
            .map(|((root, main), tree)| {
                let of_main = |place: &&usize| processes[**place].pid == *main;
                let started = tree.members.iter().find(of_main).map(|place| processes[*place].start);
                Run { root, started, ticks: tree.ticks }
            })
            .collect();
    }
}

/// A number that no process has, nor a group or session that counts.
const NOBODY: i32 = -1;

/// What a run has used since the last pass.
#[derive(Debug, Clone, Default)]
struct Used {
    own: u64,
    /// By children that have ended and were waited for.
    waited: u64,
    /// What had been counted of processes that are gone.
    counted: u64,
}

impl Used {
    fn ticks(&self) -> u64 {
        self.own.saturating_add(self.waited.saturating_sub(self.counted))
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
