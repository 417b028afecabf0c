//! Paths in patterns: `/srv/**`, `~/src/*/build`.
//!
//! `*` stands for characters of one name, `**` for any number of whole names, at
//! least one if it is last: `/srv/**` is what lies below `/srv`, not `/srv`
//! itself. For a permission a path counts only as it is written in full, without
//! `..`, and only if what it leads to is meant as well, so that no symbolic link
//! leads out, and no link that leads each process elsewhere. For a prohibition either is enough.
//!
//! What a path leads to is looked at when the decision is made, and again when the
//! request is carried out; between the two it may change, as a file that nobody has
//! hashed always may. Who needs more names the file: `{ file = ... }`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::glob::Glob;
use super::looked::Looked;
use super::plain::is_plain;
use super::subject::Reach;

/// So often may `**` stand in one path.
const MOST_DEEP: usize = 4;
/// No path has more names, and no longer text.
const MOST_NAMES: usize = 256;
const LONGEST: usize = 4096;

/// A path with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PathPattern {
    text: String,
    /// Below the user's home directory.
    at_home: bool,
    names: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Is(String),
    Like(Glob),
    Deep,
}

/// Where relative paths start, and what else a path may mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) cwd: &'a Path,
    /// What `~` is in a pattern.
    pub(super) home: Option<&'a Path>,
    /// The files whose contents are known.
    pub(super) files: &'a [(PathBuf, String)],
    /// Where paths were found to lead.
    pub(super) looked: &'a Looked,
}

impl PathPattern {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is none.
    pub fn new(text: &str) -> Result<PathPattern, String> {
        let (at_home, below) = match (text.strip_prefix("~/"), text.strip_prefix('/')) {
            (Some(below), _) => (true, below),
            (_, Some(below)) => (false, below),
            _ if text == "~" => (true, ""),
            _ => return Err("a path begins with \"/\" or \"~/\"".to_owned()),
        };
        let names: Vec<&str> = if below.is_empty() { Vec::new() } else { below.split('/').collect() };
        if MOST_NAMES < names.len() || MOST_DEEP < names.iter().filter(|name| **name == "**").count() {
            return Err(format!("a path has at most {MOST_NAMES} names, {MOST_DEEP} of them \"**\""));
        }
        let names = names.into_iter().map(|name| match name {
            "" | "." | ".." => {
                Err("a path is written in full: without \"//\", \".\", \"..\" and \"/\" at its end")
            }
            "**" => Ok(Name::Deep),
            name if name.contains("**") => Err("\"**\" stands for whole names: \"/srv/**\""),
            name if name.contains('*') => Glob::new(name).map(Name::Like).map_err(|_| "has too many stars"),
            name => Ok(Name::Is(name.to_owned())),
        });
        let names = names.collect::<Result<_, &str>>().map_err(str::to_owned)?;
        Ok(PathPattern { text: text.to_owned(), at_home, names })
    }

    /// A path and nothing else.
    pub fn exactly(path: &Path) -> Option<PathPattern> {
        let text = path.to_str().filter(|text| !text.contains('*'))?;
        PathPattern::new(text).ok()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is this very path.
    pub(super) fn covers(&self, path: &Path, home: Option<&Path>) -> bool {
        let path = match (self.at_home, home) {
            (false, _) => path,
            (true, Some(home)) => match path.strip_prefix(home) {
                Ok(below) => below,
                Err(_) => return false,
            },
            (true, None) => return false,
        };
        let mut names = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name.as_bytes()),
                Component::RootDir => {}
                _ => return false,
            }
        }
        names.len() <= MOST_NAMES && covers(&self.names, &names)
    }

    /// Whether a token means a path that this covers; if so and `Narrow`, what it leads to.
    pub(super) fn means(&self, token: &[u8], place: Place<'_>, reach: Reach) -> Option<PathBuf> {
        if token.is_empty() || LONGEST < token.len() {
            return None;
        }
        let written = Path::new(OsStr::from_bytes(token));
        let path = place.cwd.join(written);
        match reach {
            Reach::Narrow => {
                let is_clear = is_plain(token) && !token.starts_with(b"-") && is_canonical(token);
                if !is_clear || !self.covers(&path, place.home) {
                    return None;
                }
                place.looked.real(&path).for_all().filter(|real| self.covers(real, place.home))
            }
            Reach::Wide => {
                let lexical = normal(&path);
                let is_meant = self.covers(&lexical, place.home)
                    || place.looked.real(&path).may_be(|real| self.covers(real, place.home));
                is_meant.then_some(lexical)
            }
        }
    }
}

impl TryFrom<String> for PathPattern {
    type Error = String;

    fn try_from(text: String) -> Result<PathPattern, String> {
        PathPattern::new(&text)
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> String {
        pattern.text
    }
}

/// Whether a path has no name that is `.`, `..` or empty.
fn is_canonical(path: &[u8]) -> bool {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    path.split(|byte| *byte == b'/').all(|name| !matches!(name, b"" | b"." | b".."))
}

fn covers(pattern: &[Name], names: &[&[u8]]) -> bool {
    // Which beginnings of the names are covered by the pattern so far.
    let mut covered = vec![false; names.len() + 1];
    covered[0] = true;
    for (index, wanted) in pattern.iter().enumerate() {
        let mut next = vec![false; names.len() + 1];
        match wanted {
            Name::Deep => {
                let is_last = index + 1 == pattern.len();
                let mut any = false;
                for at in 0..=names.len() {
                    next[at] = any || (covered[at] && !is_last);
                    any |= covered[at];
                }
            }
            _ => {
                for at in 0..names.len() {
                    next[at + 1] = covered[at] && wanted.is(names[at]);
                }
            }
        }
        covered = next;
    }
    covered[names.len()]
}

impl Name {
    fn is(&self, name: &[u8]) -> bool {
        match self {
            Name::Is(text) => text.as_bytes() == name,
            Name::Like(glob) => glob.matches(name),
            Name::Deep => true,
        }
    }
}

/// A path without `.` and `..`, as its text says and not as its links lead.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let compiled = PathPattern::new(pattern).unwrap();
        assert_eq!(
            compiled.covers(Path::new(path), Some(Path::new("/home/u"))),
            expected,
            "{pattern} {path}"
        );
    }

    #[test]
    fn a_path_is_covered_name_by_name() {
        check("/srv/**", "/srv/a", true);
        check("/srv/**", "/srv/a/b", true);
        check("/srv/**", "/srv", false);
        check("/srv/*", "/srv/a/b", false);
        check("/srv/**/x", "/srv/x", true);
        check("/srv/**/x", "/srv/a/b/x", true);
        check("/srv/*.conf", "/srv/a.conf", true);
        check("/srv", "/srv2", false);
        check("~/src/**", "/home/u/src/hob", true);
        check("~/src/**", "/home/v/src/hob", false);
        check("~", "/home/u", true);
        check("/**", "/etc/passwd", true);
    }

    #[test]
    fn a_path_that_is_not_written_in_full_is_no_pattern() {
        for text in ["srv", "", "/srv/../etc", "/srv//x", "/srv/", "/a**", "/**/**/**/**/**"] {
            assert!(PathPattern::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_does_not_lead_out_and_a_prohibition_is_not_evaded_by_one() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        fs_err::create_dir_all(root.join("in/dir")).unwrap();
        fs_err::create_dir(root.join("out")).unwrap();
        std::os::unix::fs::symlink(root.join("out"), root.join("in/link")).unwrap();
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("in/dangling")).unwrap();
        std::os::unix::fs::symlink(root.join("in"), root.join("out/back")).unwrap();
        let by_process = format!("/proc/self/cwd/..{}/in/dir", root.display());
        std::os::unix::fs::symlink(by_process, root.join("in/by_process")).unwrap();
        std::os::unix::fs::symlink("/proc/self/root", root.join("out/by_root")).unwrap();
        let pattern = PathPattern::new(&format!("{}/in/**", root.display())).unwrap();
        let cwd = root.join("in");
        let looked = Looked::default();
        let place = Place { cwd: &cwd, home: None, files: &[], looked: &looked };
        let is = |token: &str, reach| {
            let token = token.replace('@', root.to_str().unwrap());
            pattern.means(token.as_bytes(), place, reach).is_some()
        };
        for (token, narrow, wide) in [
            ("@/in/dir", true, true),
            ("dir", true, true),
            ("dir/new/file", true, true),
            ("@/in/link/x", false, true),
            ("link", false, true),
            ("dangling", false, true),
            ("by_process", false, true),
            ("@/out/by_root@/in/dir", false, true),
            ("/dev/stdin", false, false),
            ("@/in/dir/../dir", false, true),
            ("../out", false, false),
            ("@/out/back/dir", false, true),
            ("@/out", false, false),
            ("-dir", false, true),
            ("dir/", false, true),
            ("di\u{200b}r", false, true),
            ("", false, false),
        ] {
            assert_eq!((is(token, Reach::Narrow), is(token, Reach::Wide)), (narrow, wide), "{token}");
        }
    }
}
