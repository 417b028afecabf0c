//! Going through directories: what is in them, and what of that is new.
//!
//! A file that comes into view because a `.gitignore` changed has not changed, so
//! it is noted and not told; nor is one told that is left out from now on.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::change::{Found, How};
use super::gitignored::{self, Rules};
use super::mark::{self, At};
use super::names::{Mark, Names};
use super::state::Trouble;
use super::tree::{Dir, Tree};

/// So many directories are searched.
const MOST_DIRS: usize = 50_000;
/// So many files are known one by one.
pub(super) const MOST_FILES: usize = if cfg!(test) { 20_000 } else { 200_000 };
/// So many unreadable directories are remembered.
const MOST_UNREAD: usize = 1000;

/// A directory to go through.
pub(super) struct Step {
    pub(super) dir: Arc<Path>,
    /// The rules of the directory above it.
    pub(super) above: Rules,
    /// What is found in it has not changed.
    pub(super) silent: bool,
}

/// What is in a directory.
#[derive(Default)]
struct Listing {
    dirs: Vec<OsString>,
    files: Vec<OsString>,
    has_rules: bool,
}

impl Tree {
    /// Goes through directories and those in them, the last first.
    pub(super) fn walk(&mut self, mut steps: Vec<Step>, found: &mut Found) {
        while let Some(step) = steps.pop() {
            let known = self.dirs.get(&step.dir);
            if known.is_some_and(|dir| dir.seen == self.look) {
                continue;
            }
            if known.is_none() && MOST_DIRS <= self.dirs.len() {
                let instead = "the others are not watched";
                self.trouble.get_or_insert(Trouble::too_many("directories", MOST_DIRS, instead));
                continue;
            }
            self.spots.iter_mut().for_each(|spots| spots.watch(&step.dir, true));
            match self.list(&step.dir) {
                Ok(listing) => self.look_through(step, listing, &mut steps, found),
                Err(error) => self.could_not_read(&step, &error),
            }
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Listing> {
        let mut listing = Listing::default();
        if !self.selection.is_searched(dir) {
            for name in self.selection.named_in(dir) {
                let path = dir.join(name);
                let list = if path.is_dir() { &mut listing.dirs } else { &mut listing.files };
                list.push(name.to_owned());
            }
            listing.has_rules = self.selection.gitignore && dir.join(".gitignore").exists();
            return Ok(listing);
        }
        for entry in fs_err::read_dir(dir)? {
            let entry = entry?;
            let (kind, name) = (entry.file_type()?, entry.file_name());
            listing.has_rules |= self.selection.gitignore && name == ".gitignore";
            let is_named_dir = || {
                let path = dir.join(&name);
                self.selection.names(&path) && path.is_dir()
            };
            if kind.is_dir() || (kind.is_symlink() && is_named_dir()) {
                listing.dirs.push(name);
            } else if kind.is_file() || kind.is_symlink() {
                listing.files.push(name);
            }
        }
        Ok(listing)
    }

    fn look_through(&mut self, step: Step, listing: Listing, steps: &mut Vec<Step>, found: &mut Found) {
        let Step { dir: path, above, silent } = step;
        let known = self.dirs.remove(&path);
        let is_known = known.is_some();
        let before = known.unwrap_or_default();
        let rules = match listing.has_rules {
            true => gitignored::renewed(&before.rules, above, &path, &path.join(".gitignore")),
            false => above,
        };
        let rules_changed = is_known && !gitignored::is_same(&before.rules, &rules);
        let was_left_out = |path: &Path, is_dir| {
            rules_changed && gitignored::leave_out(&before.rules, path, is_dir) && !self.selection.names(path)
        };

        for name in listing.dirs {
            let below = path.join(name);
            if self.enters(&rules, &below) {
                let silent =
                    silent || (was_left_out(&below, true) && !self.dirs.contains_key(below.as_path()));
                steps.push(Step { dir: below.into(), above: rules.clone(), silent });
            }
        }
        let mut links = Vec::new();
        let mut files: Vec<(OsString, Mark)> = Vec::new();
        for name in listing.files {
            let file = path.join(&name);
            if self.is_nameless || !self.takes(&rules, &file) {
                continue;
            }
            match mark::look(&file) {
                At::File(mark) => files.push((name, mark)),
                At::Link(mark) => {
                    files.push((name, mark));
                    links.push(file);
                }
                At::Nothing | At::Dir => {}
            }
        }
        let names = Names::new(files);
        for (name, mark) in names.iter() {
            let file = path.join(name);
            match before.names.get(name) {
                None if silent || was_left_out(&file, false) => {}
                None => found.add(file, How::Created),
                Some(before) if before.is_same_as(mark) => {}
                Some(_) => found.add(file, How::Changed),
            }
        }
        for (name, _) in before.names.iter().filter(|(name, _)| names.get(name).is_none()) {
            let file = path.join(name);
            if self.takes(&rules, &file) {
                found.add(file, How::Removed);
            }
        }

        self.files = self.files + names.len() - before.names.len();
        self.dirs.insert(path, Dir { rules, names, seen: self.look });
        links.iter().for_each(|link| self.follow_link(link));
        if MOST_FILES < self.files {
            self.name_no_more();
        }
    }

    /// One that is not there is forgotten with all that is unseen; of another, what was known stays known.
    fn could_not_read(&mut self, step: &Step, error: &io::Error) {
        if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            return;
        }
        self.trouble.get_or_insert(Trouble::unread(&step.dir, error));
        if self.unread.len() < MOST_UNREAD {
            self.unread.insert(Arc::clone(&step.dir));
        }
        let dir = self.dirs.entry(Arc::clone(&step.dir)).or_default();
        dir.seen = self.look;
        dir.rules = step.above.clone();
    }

    fn name_no_more(&mut self) {
        self.is_nameless = true;
        self.files = 0;
        self.dirs.values_mut().for_each(|dir| dir.names = Names::default());
        tracing::info!(most = MOST_FILES, base = %self.selection.base.display(), "too many files to know each");
    }
}
