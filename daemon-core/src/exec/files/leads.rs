//! Where a path leads, whoever goes there.
//!
//! A path is walked name by name, and what a link says is walked on from where it
//! stands, as path_resolution(7) has it. Below `/proc` there are links that say one
//! thing and lead to another: into what a process has open, where it works, or what
//! it has for a root (proc(5)). For whoever asks, for the daemon and for what runs
//! these are different places, so none of them is followed.
//!
//! Each name is looked at once, and no more of them than somebody has allowed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, fstatfs, openat, readlinkat};
use rustix::io::Errno;

/// So many links are followed on one way, as by the kernel.
const MOST_LINKS: usize = 40;
/// procfs (statfs(2)), and the number of its first directory.
const PROC: i128 = 0x9fa0;
const PROC_ROOT: u64 = 1;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To what is there.
    To(PathBuf),
    /// To what is not there: the rest is as it is written.
    Nowhere(PathBuf),
    /// Elsewhere for each process.
    ByProcess(Way),
    /// It is too far to go.
    TooFar,
    /// Nobody knows.
    Unknown(Errno),
}

/// How it comes to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// By `/proc/self` and its like, and no further than to what that process is.
    Own(PathBuf),
    /// By a link that leads out of what it says.
    Magic,
}

/// Where somebody is on the way.
struct At {
    descriptor: OwnedFd,
    path: PathBuf,
    stat: Stat,
    is_proc: bool,
}

impl At {
    fn root() -> Result<At, Errno> {
        let descriptor = openat(CWD, "/", FLAGS, Mode::empty())?;
        let stat = fstat(&descriptor)?;
        Ok(At { descriptor, path: "/".into(), stat, is_proc: false })
    }

    /// The next one; a link is not followed.
    fn next(&self, name: &Path) -> Result<At, Errno> {
        let descriptor = openat(&self.descriptor, name, FLAGS, Mode::empty())?;
        let stat = fstat(&descriptor)?;
        // Another file system begins with another device.
        let is_proc = match stat.st_dev == self.stat.st_dev {
            true => self.is_proc,
            false => i128::from(fstatfs(&descriptor)?.f_type) == PROC,
        };
        Ok(At { descriptor, path: self.path.join(name), stat, is_proc })
    }

    fn is(&self, kind: FileType) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == kind
    }
}

const FLAGS: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Walks an absolute path. Each name takes one of `looks`.
pub(crate) fn leads(path: &Path, looks: &mut usize) -> Leads {
    match path.is_absolute() {
        true => walk(path, looks).unwrap_or_else(Leads::Unknown),
        false => Leads::Unknown(Errno::INVAL),
    }
}

fn walk(path: &Path, looks: &mut usize) -> Result<Leads, Errno> {
    let mut ahead: VecDeque<Step> = steps(path);
    let (mut at, mut links, mut is_own) = (At::root()?, 0, false);
    while let Some(step) = ahead.pop_front() {
        let Some(left) = looks.checked_sub(1) else { return Ok(Leads::TooFar) };
        *looks = left;
        let name = match step {
            Step::Root => {
                at = At::root()?;
                continue;
            }
            Step::Up => {
                let mut above = at.next(Path::new(".."))?;
                above.path = at.path.parent().unwrap_or(Path::new("/")).to_owned();
                at = above;
                continue;
            }
            Step::Down(name) => name,
        };
        let next = match at.next(Path::new(&name)) {
            Ok(next) => next,
            Err(Errno::NOENT) => return Ok(nowhere(at.path, name, ahead, is_own)),
            Err(error) => return Err(error),
        };
        if !next.is(FileType::Symlink) {
            at = next;
            continue;
        }
        links += 1;
        if MOST_LINKS < links {
            return Err(Errno::LOOP);
        }
        if next.is_proc && at.stat.st_ino != PROC_ROOT {
            return Ok(Leads::ByProcess(Way::Magic));
        }
        is_own |= next.is_proc;
        let text = readlinkat(&next.descriptor, "", Vec::new())?.into_bytes();
        for step in steps(Path::new(&OsString::from_vec(text))).into_iter().rev() {
            ahead.push_front(step);
        }
    }
    // A name with a slash behind it is that of a directory; whoever opens it finds that out.
    Ok(if is_own { Leads::ByProcess(Way::Own(at.path)) } else { Leads::To(at.path) })
}

/// What is not there may be made, and is then where it is written; unless that leads up again.
fn nowhere(at: PathBuf, name: OsString, rest: VecDeque<Step>, is_own: bool) -> Leads {
    let mut path = at.join(name);
    for step in rest {
        match step {
            Step::Down(name) => path.push(name),
            Step::Up | Step::Root => return Leads::Unknown(Errno::NOENT),
        }
    }
    if is_own { Leads::ByProcess(Way::Own(path)) } else { Leads::Nowhere(path) }
}

enum Step {
    Root,
    Up,
    Down(OsString),
}

fn steps(path: &Path) -> VecDeque<Step> {
    let steps = path.components().filter_map(|component| match component {
        Component::RootDir => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Down(name.to_owned())),
        Component::CurDir | Component::Prefix(_) => None,
    });
    steps.collect()
}

impl Leads {
    /// What is there, for everybody.
    pub(super) fn to(self) -> io::Result<PathBuf> {
        match self {
            Leads::To(path) => Ok(path),
            Leads::Nowhere(_) => Err(Errno::NOENT.into()),
            Leads::TooFar => Err(Errno::NAMETOOLONG.into()),
            Leads::ByProcess(_) => Err(io::Error::other(
                "it leads by /proc to what differs from process to process; name the place itself",
            )),
            Leads::Unknown(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const PLENTY: usize = 1000;

    fn to(path: &str) -> Leads {
        Leads::To(path.into())
    }

    fn leads_to(path: &Path) -> Leads {
        leads(path, &mut PLENTY.clone())
    }

    #[test]
    fn a_path_leads_where_the_kernel_goes() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap();
        fs_err::create_dir_all(root.join("a/b")).unwrap();
        fs_err::write(root.join("a/b/it"), "x").unwrap();
        for (target, link) in [
            ("a/b", "link"),
            ("../a/b/it", "a/up"),
            ("gone/x", "dangling"),
            ("loop", "loop"),
            ("link/..", "above"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        symlink(root.join("a"), root.join("absolute")).unwrap();
        for path in
            ["a/b/it", "link/it", "a/up", "absolute/b", "above", "link/../up", "a/./b//it", ".", "a/.."]
        {
            let path = root.join(path);
            assert_eq!(
                leads_to(&path),
                Leads::To(fs_err::canonicalize(&path).unwrap()),
                "{}",
                path.display()
            );
        }
        assert_eq!(leads_to(Path::new("/../..")), to("/"));
        let nowhere = |path: &str| Leads::Nowhere(root.join(path));
        assert_eq!(leads_to(&root.join("link/new/x")), nowhere("a/b/new/x"));
        assert_eq!(leads_to(&root.join("dangling")), nowhere("gone/x"), "there it would be made");
        assert_eq!(leads_to(&root.join("new/../x")), Leads::Unknown(Errno::NOENT));
        assert_eq!(leads_to(&root.join("loop")), Leads::Unknown(Errno::LOOP));
        assert_eq!(leads_to(&root.join("a/b/it/x")), Leads::Unknown(Errno::NOTDIR));
        assert_eq!(leads_to(Path::new("a")), Leads::Unknown(Errno::INVAL));
    }

    #[test]
    fn c44_what_differs_by_process_is_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap();
        let own = std::process::id();
        for (target, link) in [
            ("/proc/self/cwd/../x".to_owned(), "by_cwd"),
            (format!("/proc/{own}/{}/etc/passwd", "root"), "by_root"),
            (format!("/proc/{own}/fd/0"), "by_descriptor"),
            (format!("/proc/{own}/task/{own}/cwd"), "by_task"),
            ("by_root".to_owned(), "by_link"),
        ] {
            symlink(&target, root.join(link)).unwrap();
            assert_eq!(leads_to(&root.join(link)), Leads::ByProcess(Way::Magic), "{target}");
            assert!(leads_to(&root.join(link)).to().is_err());
        }
        let of_daemon = format!("/proc/{own}/status");
        assert_eq!(
            leads_to(Path::new("/proc/self/status")),
            Leads::ByProcess(Way::Own(of_daemon.clone().into()))
        );
        assert_eq!(leads_to(Path::new(&of_daemon)), to(&of_daemon), "that is one process for all");
        assert_eq!(leads_to(Path::new("/proc/../etc")), to("/etc"));
        assert_eq!(leads_to(Path::new("/proc/uptime")), to("/proc/uptime"));
    }

    #[test]
    fn c87_no_path_is_looked_at_more_often_than_it_has_names() {
        let text = format!("{}/missing{}", "/usr/..".repeat(290), "/x".repeat(1000));
        let mut looks = PLENTY;
        assert!(matches!(leads(Path::new(&text), &mut looks), Leads::Nowhere(_)));
        assert!(PLENTY - looks < 600, "{looks}");
        assert_eq!(leads(Path::new("/usr/bin/env"), &mut 2), Leads::TooFar);
    }
}
