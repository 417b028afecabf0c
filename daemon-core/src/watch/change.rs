//! What has changed, and how changes add up.
//!
//! Whoever is told late is told once, of the difference: a file that was made
//! and removed meanwhile was nothing. The list of paths has a bound; beyond it
//! they are only counted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A change names so many files at most.
pub const MOST_NAMED: usize = 10_000;

/// Files have changed, and are quiet again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The files, in the order of their paths; at most [`MOST_NAMED`].
    pub files: Vec<Changed>,
    /// How many more have changed.
    pub more: usize,
    /// Nobody can tell which: any of the files may have changed, also others than these.
    pub all: bool,
    /// When it was found.
    pub at: Timestamp,
}

/// One file that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its absolute path; as JSON, what is no UTF-8 is replaced.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// What became of it.
    pub how: How,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was not there before.
    Created,
    /// It is another one, or has other contents.
    Changed,
    /// It is not there any more.
    Removed,
}

fn lossy<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&path.display())
}

impl Change {
    /// One JSON object a line: `{"path":"/a/b","how":"changed"}`; then, if there are more,
    /// `{"more":12}`, and if nobody can tell which, `{"all":true}`.
    pub fn json_lines(&self) -> String {
        let line = |it: &Changed| serde_json::to_string(it).expect("a path and a word are JSON");
        let mut lines: Vec<String> = self.files.iter().map(line).collect();
        if 0 < self.more {
            lines.push(format!("{{\"more\":{}}}", self.more));
        }
        if self.all {
            lines.push("{\"all\":true}".to_owned());
        }
        lines.into_iter().map(|line| line + "\n").collect()
    }
}

/// A change that grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    files: BTreeMap<PathBuf, How>,
    more: usize,
    all: bool,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.more == 0 && !self.all
    }

    pub(super) fn add(&mut self, path: PathBuf, how: How) {
        let full = MOST_NAMED <= self.files.len();
        match self.files.entry(path) {
            Entry::Vacant(_) if full => self.more += 1,
            Entry::Vacant(entry) => {
                entry.insert(how);
            }
            Entry::Occupied(mut entry) => match sum(*entry.get(), how) {
                Some(how) => *entry.get_mut() = how,
                None => {
                    entry.remove();
                }
            },
        }
    }

    /// Nobody can tell which.
    pub(super) fn add_all(&mut self) {
        self.all = true;
    }

    /// Takes in what was found later.
    pub(super) fn merge(&mut self, later: Found) {
        for (path, how) in later.files {
            self.add(path, how);
        }
        self.more += later.more;
        self.all |= later.all;
    }

    pub(super) fn at(self, at: Timestamp) -> Change {
        let files = self.files.into_iter().map(|(path, how)| Changed { path, how }).collect();
        Change { files, more: self.more, all: self.all, at }
    }
}

/// `None`: it is not there, as before.
fn sum(first: How, then: How) -> Option<How> {
    match (first, then) {
        (How::Created, How::Removed) => None,
        (How::Created, _) => Some(How::Created),
        (_, How::Removed) => Some(How::Removed),
        (How::Changed | How::Removed, How::Created | How::Changed) => Some(How::Changed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file is absent or has contents that were never there before.
    type Files = BTreeMap<u8, u32>;

    fn difference(before: &Files, after: &Files) -> Found {
        let mut found = Found::default();
        for name in before.keys().chain(after.keys()) {
            let path = PathBuf::from(name.to_string());
            let how = match (before.get(name), after.get(name)) {
                (None, Some(_)) => How::Created,
                (Some(_), None) => How::Removed,
                (Some(old), Some(new)) if old != new => How::Changed,
                _ => continue,
            };
            found.files.insert(path, how);
        }
        found
    }

    proptest! {
        #[test]
        fn changes_add_up_to_the_difference(
            steps in prop::collection::vec(prop::collection::vec((0..5_u8, any::<bool>()), 0..6), 1..6),
        ) {
            let (mut files, mut fresh) = (Files::from([(0, 0), (1, 0)]), 0);
            let (first, mut sum) = (files.clone(), Found::default());
            for step in steps {
                let before = files.clone();
                for (name, remains) in step {
                    fresh += 1;
                    if remains {
                        files.insert(name, fresh);
                    } else {
                        files.remove(&name);
                    }
                }
                sum.merge(difference(&before, &files));
            }
            prop_assert_eq!(sum, difference(&first, &files));
        }
    }

    #[test]
    fn beyond_the_bound_files_are_counted() {
        let mut found = Found::default();
        for number in 0..MOST_NAMED + 3 {
            found.add(number.to_string().into(), How::Created);
        }
        let change = found.at(Timestamp::UNIX_EPOCH);
        assert_eq!((change.files.len(), change.more), (MOST_NAMED, 3));
        assert!(change.json_lines().ends_with("}\n{\"more\":3}\n"));
    }

    #[test]
    fn a_line_says_what_became_of_a_file() {
        let mut found = Found::default();
        found.add("/a \"b\"".into(), How::Removed);
        found.add_all();
        let lines = found.at(Timestamp::UNIX_EPOCH).json_lines();
        assert_eq!(lines, "{\"path\":\"/a \\\"b\\\"\",\"how\":\"removed\"}\n{\"all\":true}\n");
    }
}
