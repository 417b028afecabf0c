//! What may have changed: what is to be looked at when the burst is over.
//!
//! Events say where something happened, and not reliably what: many make one
//! change or none, and some are lost. So they are only collected here, and what
//! has changed is found out by looking. Too many to collect means to look at
//! everything, which finds the same.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// More files than this, and everything is looked at.
const MOST_FILES: usize = 16_384;
/// More directories than this, and everything is looked at.
const MOST_DIRS: usize = 256;

/// What is to be looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Everything.
    pub(super) all: bool,
    /// These directories, with all that is in them.
    pub(super) dirs: BTreeSet<PathBuf>,
    /// These files.
    pub(super) files: BTreeSet<PathBuf>,
    /// One of the directories is new. It is looked at without delay, because nothing is heard from it until then.
    pub(super) is_new: bool,
}

impl Touched {
    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.dirs.is_empty() && self.files.is_empty()
    }

    pub(super) fn file(&mut self, path: PathBuf) {
        if self.all {
            return;
        }
        self.files.insert(path);
        if MOST_FILES < self.files.len() {
            self.everything();
        }
    }

    pub(super) fn dir(&mut self, path: PathBuf) {
        if self.all {
            return;
        }
        self.dirs.insert(path);
        if MOST_DIRS < self.dirs.len() {
            self.everything();
        }
    }

    /// Takes in what was touched later.
    pub(super) fn add(&mut self, later: Touched) {
        if later.all {
            self.everything();
        }
        later.dirs.into_iter().for_each(|dir| self.dir(dir));
        later.files.into_iter().for_each(|file| self.file(file));
        self.is_new |= later.is_new;
    }

    pub(super) fn everything(&mut self) {
        self.all = true;
        self.files.clear();
        self.dirs.clear();
    }
}
