//! Directories of which several are asked about at once, and each that they have in common once.
//!
//! From the root on, so that what a path leads to was looked at in a directory
//! that only root can change, and is still the same. That is cheaper than to hold
//! them one after the other, and enough where nothing is to be opened.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, lstat, readlink, statfs};

use super::{canonical, is_made_up, is_roots};

/// What was found of directories and of the links to them.
#[derive(Default)]
pub(in crate::exec) struct Roots(HashMap<PathBuf, bool>);

impl Roots {
    /// Whether it is a directory that nobody but root could change, nor put another one in its place.
    pub(in crate::exec) fn has(&mut self, path: &Path) -> bool {
        if let Some(known) = self.0.get(path) {
            return *known;
        }
        // A link that leads back to itself leads nowhere.
        self.0.insert(path.to_owned(), false);
        let is_below_roots = path.parent().is_none_or(|above| self.has(above));
        let found = is_below_roots && self.is_roots_own(path).unwrap_or(false);
        self.0.insert(path.to_owned(), found);
        found
    }

    fn is_roots_own(&mut self, path: &Path) -> Option<bool> {
        let stat = lstat(path).ok()?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Some(is_roots(&stat) && !is_made_up(&statfs(path).ok()?)),
            // The mode of a link means nothing; what counts is who could replace it, which is said by where it is.
            FileType::Symlink => {
                let to = readlink(path, Vec::new()).ok()?;
                let to = path.parent()?.join(Path::new(to.to_str().ok()?));
                Some(self.has(&if is_plain(&to) { to } else { canonical(&to).ok()? }))
            }
            _ => None,
        }
    }
}

/// Whether it says at each step where it goes: what is above a link is not above where that leads.
fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::{Chain, Held};
    use super::*;

    #[test]
    fn it_says_what_holding_each_of_them_says() {
        let mut roots = Roots::default();
        for dir in
            ["/", "/usr", "/usr/bin", "/bin", "/sbin", "/lib", "/tmp", "/dev/shm", "/nowhere", "/etc/passwd"]
        {
            let held = canonical(Path::new(dir)).and_then(|real| Held::directory(&real));
            let expected = held.is_ok_and(|held| held.chain == Chain::RootOwned);
            assert_eq!(roots.has(Path::new(dir)), expected, "{dir}");
            assert_eq!(roots.has(Path::new(dir)), expected, "{dir}, again");
        }
    }

    #[test]
    fn what_lies_where_others_write_is_nobody_s_and_a_loop_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/usr/bin", dir.path().join("link")).unwrap();
        symlink("around", dir.path().join("around")).unwrap();
        symlink("../usr", dir.path().join("up")).unwrap();
        let mut roots = Roots::default();
        for name in ["link", "around", "up"] {
            assert!(!roots.has(&dir.path().join(name)), "{name}");
        }
        assert!(is_plain(Path::new("/usr/lib")) && !is_plain(Path::new("/usr/../tmp")));
    }
}
