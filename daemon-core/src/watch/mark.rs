//! How a file is: what tells it from the same file later.
//!
//! Its number, size, permissions and the time of its last writing; of a link
//! also that of the file that it leads to. Contents are not read. Where two
//! writes can leave the same time (within a tick of the kernel's clock, of a
//! size that is the same), the first look says so ([`Mark::is_fresh`]).

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use super::names::Mark;
use crate::kernel::clock;

/// Kernels before 6.13 tick every 10 ms at most; file systems of two seconds are not what sources are on.
const TICK: Duration = Duration::from_millis(20);

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Nothing, or what is no file and no directory.
    Nothing,
    Dir,
    File(Mark),
    /// A symbolic link, to whatever.
    Link(Mark),
}

/// Looks; of a link, at what it leads to as well.
pub(super) fn look(path: &Path) -> At {
    let Ok(own) = path.symlink_metadata() else { return At::Nothing };
    if own.is_dir() {
        return At::Dir;
    }
    if own.is_file() {
        return At::File(mark(&own, None));
    }
    if !own.is_symlink() {
        return At::Nothing;
    }
    let target = path.metadata().ok().filter(Metadata::is_file);
    At::Link(mark(&own, target.as_ref()))
}

/// A hash that is the same while the daemon runs.
pub(super) fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

fn mark(own: &Metadata, target: Option<&Metadata>) -> Mark {
    let of = |it: &Metadata| (it.dev(), it.ino(), it.size(), it.mode(), it.mtime(), it.mtime_nsec());
    let newest = target.unwrap_or(own);
    let written = Duration::new(
        newest.mtime().try_into().unwrap_or_default(),
        newest.mtime_nsec().try_into().unwrap_or_default(),
    );
    let now = clock::now().as_duration().unsigned_abs();
    Mark::new(hash(&(of(own), target.map(of))), now < written.saturating_add(TICK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_has_another_mark() {
        let dir = tempfile::tempdir().unwrap();
        let (file, other) = (dir.path().join("a"), dir.path().join("b"));
        fs_err::write(&file, "1").unwrap();
        fs_err::write(&other, "1").unwrap();
        let first = look(&file);
        assert_eq!(look(&file), first);
        fs_err::rename(&other, &file).unwrap();
        assert_ne!(look(&file), first);
        assert_eq!((look(&other), look(dir.path())), (At::Nothing, At::Dir));
    }

    #[test]
    fn a_link_is_another_when_its_file_is() {
        let dir = tempfile::tempdir().unwrap();
        let (link, file) = (dir.path().join("link"), dir.path().join("file"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let dangling = look(&link);
        fs_err::write(&file, "longer").unwrap();
        let there = look(&link);
        assert_ne!(there, dangling);
        fs_err::write(&file, "long").unwrap();
        assert!(matches!(look(&link), At::Link(_)) && look(&link) != there);
    }
}
