//! The directories outside the searched ones that have to be watched, and why.
//!
//! Those on the way to where the search begins, those that have a `.gitignore`
//! above it, and those on the way from a link to its file.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::trace::Trace;

/// So many links to files are followed.
pub(super) const MOST_LINKS: usize = 1000;

/// What a change on the way concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Concerned {
    Everything,
    /// This link, which leads over it.
    Link(PathBuf),
}

/// What is watched besides the searched directories.
#[derive(Debug, Default)]
pub(super) struct Ways {
    names: HashMap<Arc<Path>, Vec<(OsString, Concerned)>>,
    dirs: HashSet<Arc<Path>>,
    links: HashSet<PathBuf>,
}

impl Ways {
    /// A change of this name in this directory concerns everything.
    pub(super) fn add(&mut self, dir: &Arc<Path>, name: OsString) {
        self.put(dir, name, Concerned::Everything);
    }

    /// If this directory goes away, that concerns everything.
    pub(super) fn add_dir(&mut self, dir: &Arc<Path>) {
        self.dirs.insert(Arc::clone(dir));
    }

    /// Remembers the way of a link, in place of the one before; returns the directories to watch,
    /// or `None` if there are too many links.
    pub(super) fn set_link(&mut self, link: &Path, trace: Trace) -> Option<Vec<Arc<Path>>> {
        self.forget_link(link);
        if MOST_LINKS <= self.links.len() {
            return None;
        }
        self.links.insert(link.to_owned());
        let steps = trace.names.into_iter().map(|(dir, name)| {
            let dir: Arc<Path> = dir.into();
            self.put(&dir, name, Concerned::Link(link.to_owned()));
            dir
        });
        Some(steps.collect())
    }

    /// It is no link any more.
    pub(super) fn forget_link(&mut self, link: &Path) {
        if self.links.remove(link) {
            self.names.retain(|_, names| {
                names.retain(|(_, concerned)| *concerned != Concerned::Link(link.to_owned()));
                !names.is_empty()
            });
        }
    }

    /// Forgets the links in this directory, at whatever depth.
    pub(super) fn forget_links_in(&mut self, dir: &Path) {
        let links: Vec<PathBuf> = self.links.iter().filter(|link| link.starts_with(dir)).cloned().collect();
        links.iter().for_each(|link| self.forget_link(link));
    }

    /// What a change of this name in this directory concerns.
    pub(super) fn concerned<'a>(
        &'a self,
        dir: &Path,
        name: &'a OsStr,
    ) -> impl Iterator<Item = &'a Concerned> + use<'a> {
        let names = self.names.get(dir).into_iter().flatten();
        names.filter(move |(it, _)| it == name).map(|(_, concerned)| concerned)
    }

    /// Whether it is watched besides the searched directories.
    pub(super) fn has(&self, dir: &Path) -> bool {
        self.dirs.contains(dir) || self.names.contains_key(dir)
    }

    fn put(&mut self, dir: &Arc<Path>, name: OsString, concerned: Concerned) {
        let names = self.names.entry(Arc::clone(dir)).or_default();
        if !names.iter().any(|(other, whom)| *other == name && *whom == concerned) {
            names.push((name, concerned));
        }
    }
}
