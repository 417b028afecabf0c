//! Which directories decide what a path means.
//!
//! A path can come to mean something else without a change of the directory that
//! it is in: a link on the way is set anew (`current -> releases/7`), a directory
//! above it is moved away, one that was missing is made. So each step of the way
//! is looked at: where a name is missing, or is a link, its directory has to be
//! watched for that name; where it is a directory, for its own going away.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// More links than the kernel follows.
const MOST_LINKS: usize = 40;

/// The way to a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// A change of this name in this directory changes what the path means.
    pub(super) names: Vec<(PathBuf, OsString)>,
    /// So does the going away of these directories.
    pub(super) dirs: Vec<PathBuf>,
    /// Whether there is something at the end.
    pub(super) leads_somewhere: bool,
}

/// Follows an absolute path.
pub(super) fn trace(path: &Path) -> Trace {
    let mut trace = Trace::default();
    let mut at = PathBuf::from("/");
    let mut links = 0;
    let mut ahead = steps(path);
    while let Some(step) = ahead.pop_front() {
        if step == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&step);
        if let Ok(target) = fs_err::read_link(&next) {
            trace.names.push((at.clone(), step));
            links += 1;
            if MOST_LINKS < links {
                return trace;
            }
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            let mut steps = steps(&target);
            steps.append(&mut ahead);
            ahead = steps;
        } else if next.symlink_metadata().is_err() || (!ahead.is_empty() && !next.is_dir()) {
            trace.names.push((at, step));
            return trace;
        } else {
            if next.is_dir() {
                trace.dirs.push(next.clone());
            } else {
                // A file; one may be renamed over it.
                trace.names.push((at.clone(), step));
            }
            at = next;
        }
    }
    trace.leads_somewhere = true;
    trace
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let step = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(trace: &Trace, top: &Path) -> Vec<String> {
        let below = |(dir, name): &(PathBuf, OsString)| {
            dir.join(name).strip_prefix(top).unwrap().display().to_string()
        };
        trace.names.iter().map(below).collect()
    }

    #[test]
    fn every_link_and_what_is_missing_is_on_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let top = fs_err::canonicalize(dir.path()).unwrap();
        fs_err::create_dir_all(top.join("v1/conf")).unwrap();
        fs_err::write(top.join("v1/conf/a"), "").unwrap();
        symlink("v1", top.join("current")).unwrap();
        symlink("../current/conf/a", top.join("v1/a")).unwrap();
        symlink("loop", top.join("loop")).unwrap();

        let there = trace(&top.join("v1/a"));
        assert_eq!(names(&there, &top), ["v1/a", "current", "v1/conf/a"]);
        assert!(there.leads_somewhere && there.dirs.contains(&top.join("v1/conf")));
        for (path, expected) in
            [("current/no/such", vec!["current", "v1/no"]), ("v1/conf/a/b", vec!["v1/conf/a"])]
        {
            let missing = trace(&top.join(path));
            assert_eq!(names(&missing, &top), expected);
            assert!(!missing.leads_somewhere);
        }
        assert!(!trace(&top.join("loop")).leads_somewhere);
    }
}
