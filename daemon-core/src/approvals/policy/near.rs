//! What could replace or copy Hob's own files without naming them (gate.md, C54).
//!
//! `cp evil/policy.toml ~/.config/hob` names a directory, and `tar -xf a.tar` in
//! one names nothing. To forbid that would forbid to copy anything into one's
//! home; so a person is asked each time, whatever rules and grants say.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::looked::Real;
use super::own::Own;
use super::paths::normal;
use super::scanned::Scanned;
use super::subject::Subject;
use super::views::Seen;

/// What it is called, and why it is.
pub(super) const NEAR: (&str, &str) = ("near-own-files", "it could replace or copy the gate's own files");

/// Programs that write into or read out of whole directories.
const COPYING: [&str; 14] = [
    "bsdtar", "cp", "cpio", "dd", "find", "git", "install", "ln", "mv", "patch", "rename", "rsync", "scp",
    "tar",
];
/// Those that do so where they are started.
const UNPACKING: [&str; 8] = ["7z", "ar", "bsdtar", "cpio", "git", "patch", "tar", "unzip"];

impl Own {
    /// Whether one view works where own files are, in a way that need not name them.
    pub(super) fn is_near(&self, seen: &Seen<'_>, subject: &Subject<'_>, scanned: &mut Scanned) -> bool {
        let real_name = seen.exec.and_then(Path::file_name).map(OsStr::to_string_lossy).unwrap_or_default();
        let named = seen.file_name();
        let is_one = |of: &[&str]| of.contains(&&*named) || of.contains(&&*real_name);
        // Nobody's repository is all of the system.
        let is_nowhere = is_one(&["git"]) && subject.cwd == Path::new("/");
        let is_unpacking = is_one(&UNPACKING) && !is_nowhere;
        if self.is_beside(subject.cwd) || is_unpacking && self.is_above(subject.cwd) {
            return true;
        }
        let copies = is_unpacking || is_one(&COPYING);
        scanned
            .new_ones(&seen.argv, copies)
            .iter()
            .any(|token| leads_anywhere(token, subject) || copies && self.leads_above(token, subject))
    }

    /// Whether a directory has own files in it.
    fn is_beside(&self, directory: &Path) -> bool {
        self.files.iter().any(|own| own.parent() == Some(directory))
    }

    fn is_above(&self, directory: &Path) -> bool {
        self.dirs.iter().chain(&self.files).any(|own| own.starts_with(directory))
    }

    /// Whether a token, or what follows its `=`, is a directory above.
    fn leads_above(&self, token: &[u8], subject: &Subject<'_>) -> bool {
        if token.is_empty() || 64 << 10 < token.len() {
            return false;
        }
        let expanded = self.expanded(token);
        let value = expanded.iter().position(|byte| *byte == b'=').map(|at| &expanded[at + 1..]);
        let path = expanded.iter().position(|byte| *byte == b'/').map(|at| &expanded[at..]);
        [Some(&expanded[..]), value, path].into_iter().flatten().filter(|text| !text.is_empty()).any(|text| {
            let path = subject.cwd.join(OsStr::from_bytes(text));
            self.is_above(&normal(&path)) || subject.looked.real(&path).may_be(|real| self.is_above(real))
        })
    }
}

/// Whether a token is the place that a process has in `/proc`, wherever that is.
fn leads_anywhere(token: &[u8], subject: &Subject<'_>) -> bool {
    token.starts_with(b"/proc/") && subject.looked.real(Path::new(OsStr::from_bytes(token))) == Real::Anything
}
