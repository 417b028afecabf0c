//! Files that a plan is about: found without following anything, known by what they are.
//!
//! A path is a promise that others keep: between two looks a link can lead
//! elsewhere, a directory be another one. So a canonical path is walked from the
//! root, one component after the other, each opened from the one before and none
//! of them through a link (what `RESOLVE_NO_SYMLINKS` of openat2(2) does in one
//! call). The walk sees on the way whether anybody but root could change what it
//! leads to, in the very directories that it goes through ([`Chain`]).
//!
//! To open a FIFO wakes whoever waits at its other end, and to open a device may
//! do anything. So the walk only looks (`O_PATH`), and what it came to is opened
//! once it is seen to be a regular file on some disk: that one, by its descriptor.
//!
//! Access lists need no look of their own: where one lets others write, the
//! mode's group bits say so (acl(5)). Another kernel may change a file that lies
//! on its own disks, so a file system over a network is never root's alone.

mod hash;
mod invented;
mod known;
mod leads;
mod reading;
mod roots;

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, StatFs, fstat, fstatfs, openat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use hash::of_file;
pub(super) use hash::{hex, of_bytes};
pub(super) use known::of_held;
pub(crate) use leads::{Leads, Way, leads};
pub(super) use reading::Reading;
pub(super) use roots::Roots;

/// Who could change a file, or put another one in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Chain {
    /// Only root: it and all directories above belong to root, and nobody else may write to them.
    RootOwned,
    /// Somebody else too.
    User,
}

/// A file or directory that is held.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) descriptor: OwnedFd,
    pub(super) stat: Stat,
    pub(super) chain: Chain,
}

/// File systems whose files other machines or programs make up (statfs(2)).
const MADE_UP: [u32; 10] = [
    0x6573_5546, // FUSE
    0x0000_6969, // NFS
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x0000_517b, // SMB
    0x0102_1997, // 9P
    0x7375_7245, // Coda
    0x5346_414f, // AFS
    0x00c3_6400, // Ceph
    0x0bd0_0bd0, // Lustre
];

impl Held {
    /// A regular file at a canonical path, to be read.
    pub(super) fn file(path: &Path) -> io::Result<Held> {
        let found = walk(path, OFlags::PATH)?;
        check_regular(&found.stat)?;
        invented::check(&found.descriptor)?;
        let by_descriptor = format!("/proc/self/fd/{}", found.descriptor.as_raw_fd());
        // Whoever has a lease on it is not waited for.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let descriptor = openat(CWD, by_descriptor, flags, Mode::empty())?;
        Ok(Held { descriptor, ..found })
    }

    /// A directory at a canonical path, to be entered.
    pub(super) fn directory(path: &Path) -> io::Result<Held> {
        walk(path, OFlags::PATH | OFlags::DIRECTORY)
    }
}

/// No path that anybody means takes so many looks.
const LOOKS: usize = 10_000;

/// A path without links and dots in it. The path is told by whoever tells the error.
pub(super) fn canonical(path: &Path) -> io::Result<PathBuf> {
    leads(path, &mut LOOKS.clone()).to()
}

fn walk(path: &Path, flags: OFlags) -> io::Result<Held> {
    let common = OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut names = path.components().peekable();
    if names.next() != Some(Component::RootDir) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is not absolute"));
    }
    let above = OFlags::PATH | OFlags::DIRECTORY;
    let first = if names.peek().is_some() { above } else { flags };
    let mut at = openat(CWD, "/", common | first, Mode::empty())?;
    let mut stat = fstat(&at)?;
    let mut only_root = is_roots(&stat);
    while let Some(name) = names.next() {
        let Component::Normal(name) = name else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is not canonical"));
        };
        let flags = if names.peek().is_some() { above } else { flags };
        at = openat(&at, name.as_bytes(), common | flags, Mode::empty())?;
        stat = fstat(&at)?;
        only_root &= is_roots(&stat);
    }
    // Where the kernel does not say, nobody is trusted.
    let only_root = only_root && fstatfs(&at).is_ok_and(|found| !is_made_up(&found));
    let chain = if only_root { Chain::RootOwned } else { Chain::User };
    Ok(Held { descriptor: at, stat, chain })
}

fn check_regular(stat: &Stat) -> io::Result<()> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something else",
    };
    Err(io::Error::other(format!("it is {what} and no regular file")))
}

/// Whether only root may write to it.
fn is_roots(stat: &Stat) -> bool {
    stat.st_uid == 0 && stat.st_mode & 0o022 == 0
}

fn is_made_up(system: &StatFs) -> bool {
    MADE_UP.iter().any(|it| i128::from(*it) == i128::from(system.f_type))
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

    use super::*;

    #[test]
    fn what_only_root_can_change_is_told_from_what_others_can() {
        let system = canonical(Path::new("/bin/sh")).unwrap();
        assert_eq!(Held::file(&system).unwrap().chain, Chain::RootOwned);
        // The directory of temporary files is everybody's, even where root runs this.
        let dir = tempfile::tempdir().unwrap();
        let file = canonical(dir.path()).unwrap().join("it");
        fs_err::write(&file, "x").unwrap();
        assert_eq!(Held::file(&file).unwrap().chain, Chain::User);
    }

    #[test]
    fn c40_every_component_counts_and_not_only_the_last() {
        let check = |uid, mode, expected| {
            let mut stat = rustix::fs::stat("/").unwrap();
            (stat.st_uid, stat.st_mode) = (uid, mode);
            assert_eq!(is_roots(&stat), expected, "{uid} {mode:o}");
        };
        check(0, 0o755, true);
        // The group, such as staff, may write; everybody may add files.
        check(0, 0o775, false);
        check(0, 0o1777, false);
        check(1000, 0o755, false);
    }

    #[test]
    fn nothing_is_followed_and_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let dir = canonical(dir.path()).unwrap();
        fs_err::create_dir(dir.join("real")).unwrap();
        fs_err::write(dir.join("real/it"), "x").unwrap();
        symlink("real", dir.join("link")).unwrap();
        symlink("real/it", dir.join("end")).unwrap();
        rustix::fs::mknodat(CWD, dir.join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(Held::file(&dir.join("real/it")).is_ok());
        for path in ["link/it", "end", "fifo", "real", "gone", "real/../real/it", "real/it/x"] {
            assert!(Held::file(&dir.join(path)).is_err(), "{path}");
        }
        assert!(Held::file(Path::new("relative")).is_err());
        assert!(Held::directory(&dir.join("real")).is_ok());
        for path in ["link", "real/it", "fifo"] {
            assert!(Held::directory(&dir.join(path)).is_err(), "{path}");
        }
        fs_err::set_permissions(dir.join("real"), PermissionsExt::from_mode(0o755)).unwrap();
        assert!(Held::directory(Path::new("/")).is_ok());
    }

    #[test]
    fn what_is_no_regular_file_is_told_and_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let dir = canonical(dir.path()).unwrap();
        let (file, fifo) = (dir.join("it"), dir.join("fifo"));
        fs_err::write(&file, "x").unwrap();
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let opens = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        let mut buffer = [MaybeUninit::uninit(); 1 << 10];
        let mut check = |path: &Path, hold: fn(&Path) -> io::Result<Held>, is_opened| {
            let number = inotify::add_watch(&opens, path, WatchFlags::ALL_EVENTS).unwrap();
            let told = hold(path).map(drop).map_err(|error| error.to_string());
            let event = inotify::Reader::new(&opens, &mut buffer).next().map(|it| it.events());
            assert_eq!(event == Ok(ReadFlags::OPEN), is_opened, "{}: {event:?}", path.display());
            inotify::remove_watch(&opens, number).unwrap();
            // That the watch is gone.
            drop(inotify::Reader::new(&opens, &mut buffer).next());
            told
        };
        assert_eq!(check(&file, Held::file, true), Ok(()));
        assert_eq!(check(&fifo, Held::file, false).unwrap_err(), "it is a FIFO and no regular file");
        check(&fifo, Held::directory, false).unwrap_err();
        let told = |path: &str| Held::file(Path::new(path)).unwrap_err().to_string();
        assert_eq!(told("/dev/null"), "it is a device and no regular file");
        assert_eq!(told("/"), "it is a directory and no regular file");
    }
}
