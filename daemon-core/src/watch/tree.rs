//! What one watch knows of its files, and how that is compared with what is there.
//!
//! Events only say where to look. Whether a file has changed is found out by
//! comparing it with how it was ([`Mark`](super::names::Mark)): so a file that an
//! editor replaces is one changed file, a temporary file that is gone again is
//! nothing, and after events were lost the same comparison of everything tells
//! exactly what they would have told.
//!
//! Directories are watched before they are read, so that nothing can happen
//! between. Everything here may take long and blocks.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use super::change::{Found, How};
use super::gitignored::{self, Rules};
use super::mark::{self, At};
use super::names::Names;
use super::select::Selection;
use super::spots::Spots;
use super::state::{State, Trouble, remote_kind};
use super::touched::Touched;
use super::trace::{Trace, trace};
use super::walk::Step;
use super::ways::{MOST_LINKS, Ways};

/// The files and directories of one watch.
pub(super) struct Tree {
    pub(super) selection: Arc<Selection>,
    /// `None`: the files are looked at now and then, and nothing is told.
    pub(super) spots: Option<Spots>,
    pub(super) dirs: BTreeMap<Arc<Path>, Dir>,
    pub(super) ways: Ways,
    /// How many files are known.
    pub(super) files: usize,
    /// There are too many files to know each.
    pub(super) is_nameless: bool,
    /// Directories that could not be read.
    pub(super) unread: HashSet<Arc<Path>>,
    pub(super) trouble: Option<Trouble>,
    /// Which look this is.
    pub(super) look: u32,
}

/// One searched directory.
#[derive(Debug, Default)]
pub(super) struct Dir {
    pub(super) rules: Rules,
    pub(super) names: Names,
    /// The look that saw it last.
    pub(super) seen: u32,
}

impl Tree {
    /// Looks for the first time: whatever is there has not changed.
    pub(super) fn new(selection: Arc<Selection>, spots: Option<Spots>) -> Tree {
        let mut tree = Tree {
            selection,
            spots,
            dirs: BTreeMap::new(),
            ways: Ways::default(),
            files: 0,
            is_nameless: false,
            unread: HashSet::new(),
            trouble: None,
            look: 0,
        };
        tree.look_at_all(true, &mut Found::default());
        tree
    }

    /// Looks at what was touched; returns what has changed.
    pub(super) fn settle(&mut self, touched: Touched) -> Found {
        let mut found = Found::default();
        if touched.all {
            self.look_at_all(false, &mut found);
            return found;
        }
        for dir in &touched.dirs {
            self.look_into(dir, &mut found);
        }
        for file in touched.files {
            self.look_at(&file, &mut found);
        }
        self.take_trouble();
        found
    }

    /// How it is doing.
    pub(super) fn state(&self) -> State {
        let poll = self.selection.poll;
        State { directories: self.dirs.len(), files: self.files, poll, trouble: self.trouble.clone() }
    }

    /// The paths of a directory that is told of, for the last time if it is gone.
    pub(super) fn paths_of(&mut self, number: i32, is_gone: bool) -> Vec<Arc<Path>> {
        let Some(spots) = &mut self.spots else { return Vec::new() };
        let paths = spots.paths(number);
        if is_gone {
            spots.gone(number);
        }
        paths
    }

    /// Whether it is meant, in a directory with these rules that is searched.
    pub(super) fn takes(&self, rules: &Rules, path: &Path) -> bool {
        self.selection.takes(path)
            && (!gitignored::leave_out(rules, path, false) || self.selection.names(path))
    }

    /// Whether it is searched, if the directory above, with these rules, is.
    pub(super) fn enters(&self, rules: &Rules, path: &Path) -> bool {
        self.selection.enters(path)
            && (!gitignored::leave_out(rules, path, true) || self.selection.names(path))
    }

    /// Follows a link from now on.
    pub(super) fn follow_link(&mut self, link: &Path) {
        let Some(spots) = &mut self.spots else { return };
        // What happens between a look and the watching is seen by the second look.
        for _ in 0..3 {
            let way = trace(link);
            let Some(dirs) = self.ways.set_link(link, Trace { names: way.names.clone(), ..Trace::default() })
            else {
                let instead = "changes of the files that the others lead to are not noticed";
                self.trouble.get_or_insert(Trouble::too_many("symbolic links", MOST_LINKS, instead));
                return;
            };
            dirs.iter().for_each(|dir| spots.watch(dir, true));
            if trace(link) == way {
                return;
            }
        }
    }

    /// Forgets the directories at or below this one that the present look has not seen.
    pub(super) fn drop_unseen(&mut self, scope: &Path, found: &mut Found) {
        let below = self.dirs.range::<Path, _>((Bound::Included(scope), Bound::Unbounded));
        let unseen = below.take_while(|(path, _)| path.starts_with(scope));
        let unseen: Vec<Arc<Path>> =
            unseen.filter(|(_, dir)| dir.seen != self.look).map(|(path, _)| Arc::clone(path)).collect();
        // Directories that are left out by now: nothing has happened to their files.
        let mut left_out = HashSet::new();
        for path in unseen {
            let dir = self.dirs.remove(&path).expect("it was found a moment ago");
            let is_left_out = path.parent().is_some_and(|parent| {
                let above = self.dirs.get(parent);
                left_out.contains(parent) || above.is_some_and(|above| !self.enters(&above.rules, &path))
            });
            self.files -= dir.names.len();
            if is_left_out {
                left_out.insert(path.to_path_buf());
            } else {
                dir.names.iter().for_each(|(name, _)| found.add(path.join(name), How::Removed));
            }
            self.ways.forget_links_in(&path);
            self.forget_spot(&path);
        }
    }

    fn look_at_all(&mut self, silent: bool, found: &mut Found) {
        self.look = self.look.wrapping_add(1);
        self.trouble = None;
        self.unread.clear();
        self.ways = Ways::default();
        let mut steps = Vec::new();
        for start in self.selection.starts() {
            let leads_somewhere = self.approach(&start);
            let (above, sources) = match self.selection.gitignore {
                true => gitignored::above(&start, &self.selection.base),
                false => (None, Vec::new()),
            };
            for (dir, name) in sources {
                let dir: Arc<Path> = dir.into();
                self.ways.add(&dir, name);
                self.spots.iter_mut().for_each(|spots| spots.watch(&dir, true));
            }
            if leads_somewhere && start.is_dir() {
                if let (Some(kind), true) = (remote_kind(&start), self.spots.is_some()) {
                    self.trouble.get_or_insert(Trouble::remote(&start, kind));
                }
                steps.push(Step { dir: start.into(), above, silent });
            }
        }
        let was_nameless = self.is_nameless;
        // Those above others come first, and the last is taken first.
        steps.reverse();
        self.walk(steps, found);
        self.drop_unseen(Path::new("/"), found);
        let (dirs, ways) = (&self.dirs, &self.ways);
        self.spots.iter_mut().for_each(|spots| spots.keep(|dir| dirs.contains_key(dir) || ways.has(dir)));
        if was_nameless && !silent {
            found.add_all();
        }
        self.take_trouble();
    }

    /// Watches the way to where the search begins; returns whether there is something.
    fn approach(&mut self, start: &Path) -> bool {
        let mut way = trace(start);
        // What happens between a look and the watching is seen by the second look.
        for _ in 0..3 {
            for (dir, name) in &way.names {
                let dir: Arc<Path> = dir.as_path().into();
                self.ways.add(&dir, name.clone());
                self.spots.iter_mut().for_each(|spots| spots.watch(&dir, true));
            }
            for dir in &way.dirs {
                let dir: Arc<Path> = dir.as_path().into();
                self.ways.add_dir(&dir);
                self.spots.iter_mut().for_each(|spots| spots.watch(&dir, false));
            }
            let again = trace(start);
            if again == way {
                break;
            }
            way = again;
        }
        way.leads_somewhere
    }

    fn look_into(&mut self, dir: &Path, found: &mut Found) {
        self.look = self.look.wrapping_add(1);
        let parent = dir.parent().and_then(|parent| self.dirs.get(parent));
        let mut steps: Vec<Step> = Vec::new();
        for start in self.selection.starts() {
            if start.starts_with(dir) && start.is_dir() {
                let above = match self.selection.gitignore {
                    true => gitignored::above(&start, &self.selection.base).0,
                    false => None,
                };
                steps.push(Step { dir: start.into(), above, silent: false });
            }
        }
        steps.reverse();
        if let Some(parent) = parent
            && self.enters(&parent.rules, dir)
            && dir.is_dir()
            && (self.selection.names(dir) || !dir.is_symlink())
        {
            steps.push(Step { dir: dir.into(), above: parent.rules.clone(), silent: false });
        }
        self.walk(steps, found);
        self.drop_unseen(dir, found);
    }

    fn look_at(&mut self, path: &Path, found: &mut Found) {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return };
        let Some(dir) = self.dirs.get(parent) else { return };
        if !self.takes(&dir.rules, path) {
            return;
        }
        let at = match mark::look(path) {
            At::Link(_) if self.selection.names(path) && path.is_dir() => At::Dir,
            at => at,
        };
        match at {
            At::Link(_) => self.follow_link(path),
            _ => self.ways.forget_link(path),
        }
        let is_nameless = self.is_nameless;
        let dir = self.dirs.get_mut(parent).expect("it was there a moment ago");
        let how = match at {
            At::File(_) | At::Link(_) if is_nameless => Some(How::Changed),
            At::File(mark) | At::Link(mark) => match dir.names.put(name, mark) {
                None => {
                    self.files += 1;
                    Some(How::Created)
                }
                Some(before) if before.is_same_as(mark) && !before.is_fresh() => None,
                Some(_) => Some(How::Changed),
            },
            At::Nothing | At::Dir if is_nameless => Some(How::Removed),
            At::Nothing | At::Dir => dir.names.take(name).map(|_| {
                self.files -= 1;
                How::Removed
            }),
        };
        if let Some(how) = how {
            found.add(path.to_owned(), how);
        }
    }

    fn forget_spot(&mut self, path: &Path) {
        if !self.ways.has(path) {
            self.spots.iter_mut().for_each(|spots| spots.forget(path));
        }
    }

    fn take_trouble(&mut self) {
        if let Some(trouble) = self.spots.as_mut().and_then(Spots::trouble)
            && !self.trouble.as_ref().is_some_and(|trouble| trouble.retried)
        {
            self.trouble = Some(trouble);
        }
    }
}
