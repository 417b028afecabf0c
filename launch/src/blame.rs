//! Which part of a path is to blame when the kernel only says "permission denied".
//!
//! The path is walked from the root as the kernel would walk it, in the name of
//! the user the process was to run as, and the first obstacle is told. Access
//! lists and security modules are not looked at: where the mode bits allow what
//! the kernel refused, nothing is blamed.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use crate::User;

/// More symbolic links than this in one path are an error of their own (`ELOOP`).
const LINKS: usize = 40;

/// In whose name a path is walked.
pub(crate) struct Identity {
    uid: u32,
    groups: Vec<u32>,
}

impl Identity {
    /// The user of a plan, or the one this process runs as.
    pub(crate) fn of(user: Option<&User>) -> Self {
        match user {
            Some(user) => {
                let mut groups = user.groups.clone();
                groups.push(user.gid);
                Self { uid: user.uid, groups }
            }
            None => {
                let mut groups = rustix::process::getgroups().unwrap_or_default();
                groups.push(rustix::process::getegid());
                let groups = groups.into_iter().map(|group| group.as_raw()).collect();
                Self { uid: rustix::process::geteuid().as_raw(), groups }
            }
        }
    }

    /// Whether the mode bits allow execution of a file or the search of a directory.
    pub(crate) fn may_execute(&self, stat: &Stat) -> bool {
        if self.uid == 0 {
            return is(stat, FileType::Directory) || stat.st_mode & 0o111 != 0;
        }
        let shift = match () {
            () if stat.st_uid == self.uid => 6,
            () if self.groups.contains(&stat.st_gid) => 3,
            () => 0,
        };
        stat.st_mode >> shift & 1 == 1
    }
}

/// Why `identity` does not reach `path`, in words; `None` if it does, or if the last part is
/// simply not there.
pub(crate) fn obstacle(path: &Path, identity: &Identity) -> Option<String> {
    let mut walked = PathBuf::from("/");
    let mut rest: Vec<Vec<u8>> = parts(path);
    let mut links = 0;
    let mut last_is_link = false;
    while let Some(part) = rest.pop() {
        let here = rustix::fs::stat(&walked).ok()?;
        if !is(&here, FileType::Directory) {
            return Some(format!("{} is not a directory", shown(&walked)));
        }
        if !identity.may_execute(&here) {
            return Some(format!("permission denied on directory {}", shown(&walked)));
        }
        if part == b".." {
            walked.pop();
            continue;
        }
        walked.push(OsStr::from_bytes(&part));
        let found = match rustix::fs::lstat(&walked) {
            Ok(found) => found,
            Err(Errno::NOENT) if last_is_link => {
                return Some(format!("it is a link to {}, which does not exist", shown(&walked)));
            }
            Err(Errno::NOENT) if rest.is_empty() => return None,
            Err(Errno::NOENT) => return Some(format!("directory {} does not exist", shown(&walked))),
            Err(_) => return None,
        };
        if !is(&found, FileType::Symlink) {
            continue;
        }
        last_is_link |= rest.is_empty();
        links += 1;
        if links > LINKS {
            return Some("its symbolic links go round in circles".to_owned());
        }
        let target = rustix::fs::readlink(&walked, Vec::new()).ok()?;
        let target = Path::new(OsStr::from_bytes(target.to_bytes())).to_owned();
        walked.pop();
        if target.is_absolute() {
            walked = PathBuf::from("/");
        }
        rest.extend(parts(&target));
    }
    None
}

/// Whether `stat` is of a file of this kind.
pub(crate) fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}

/// A path for a message: as it is, but with nothing in it that could break the line or hide.
pub(crate) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("a string takes everything");
        }
    }
    text
}

/// The parts of a path, the last one first, without `/` and `.`.
fn parts(path: &Path) -> Vec<Vec<u8>> {
    let named = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.as_bytes().to_vec()),
        Component::ParentDir => Some(b"..".to_vec()),
        _ => None,
    });
    named.rev().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn check(path: &Path, uid: u32, expected: Option<String>) {
        let identity = Identity { uid, groups: vec![uid] };
        assert_eq!(obstacle(path, &identity), expected, "{}", shown(path));
    }

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "fs_err is no dependency here, and a test may panic plainly"
    )]
    fn the_first_obstacle_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let set =
            |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        let root = dir.path().canonicalize().unwrap();
        set(&root, 0o755);
        let closed = root.join("closed");
        std::fs::create_dir_all(closed.join("in")).unwrap();
        std::fs::write(root.join("file"), "").unwrap();
        symlink("closed/in", root.join("link")).unwrap();
        symlink(root.join("gone"), root.join("dangling")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("nowhere", root.join("astray")).unwrap();
        set(&closed, 0o700);

        // Whoever owns the closed directory comes in; the next user does not.
        let owner = rustix::process::geteuid().as_raw();
        let other = owner + 12_345;
        let closed = format!("permission denied on directory {}", closed.display());
        check(&root.join("closed/in"), owner, None);
        check(&root.join("closed/in"), other, Some(closed.clone()));
        check(&root.join("link/../in"), other, Some(closed));
        check(&root.join("file"), other, None);
        check(&root.join("missing"), other, None);
        check(&root.join("link/missing"), owner, None);
        let missing = format!("directory {} does not exist", root.join("missing").display());
        check(&root.join("missing/x"), other, Some(missing));
        let file = format!("{} is not a directory", root.join("file").display());
        check(&root.join("file/x"), other, Some(file));
        let nowhere = format!("directory {} does not exist", root.join("nowhere").display());
        check(&root.join("astray/x"), other, Some(nowhere));
        let gone = format!("it is a link to {}, which does not exist", root.join("gone").display());
        check(&root.join("dangling"), other, Some(gone));
        check(&root.join("loop"), other, Some("its symbolic links go round in circles".into()));
    }

    #[test]
    fn a_path_cannot_break_the_line_it_is_shown_in() {
        assert_eq!(shown(Path::new(OsStr::from_bytes(b"/a\n\x1b[1m\xffz\xc3\xa9"))), r"/a\n\u{1b}[1m\xffzé");
    }
}
