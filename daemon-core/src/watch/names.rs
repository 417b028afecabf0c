//! The files of one directory and how each of them was, in little memory.
//!
//! A glob may match a hundred thousand files, and all of them are remembered, so
//! that after events were lost it can be told what has changed. Names stand one
//! behind the other in one buffer; 16 bytes besides say where, and how the file
//! was. A hundred thousand files of 20 letters take 3.6 MB.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// How a file was when it was looked at: equal if it is the same, except by a chance of 1 in 2^63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    /// `is_fresh`: it was written so shortly before that the next write may leave the same time.
    pub(super) fn new(hash: u64, is_fresh: bool) -> Mark {
        Mark(hash & !1 | u64::from(is_fresh))
    }

    pub(super) fn is_same_as(self, other: Mark) -> bool {
        self.0 | 1 == other.0 | 1
    }

    pub(super) fn is_fresh(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The files of one directory.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    /// In the order of the names.
    index: Vec<Entry>,
    /// Bytes of `text` that nothing refers to.
    unused: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    mark: Mark,
    start: u32,
    len: u32,
}

impl Names {
    /// Of a list without duplicates.
    pub(super) fn new(mut files: Vec<(OsString, Mark)>) -> Names {
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut names = Names::default();
        names.text.reserve_exact(files.iter().map(|(name, _)| name.len()).sum());
        names.index.reserve_exact(files.len());
        for (name, mark) in &files {
            let entry = names.written(name, *mark);
            names.index.push(entry);
        }
        names
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn get(&self, name: &OsStr) -> Option<Mark> {
        self.find(name).ok().map(|at| self.index[at].mark)
    }

    /// Remembers how a file is; returns how it was.
    pub(super) fn put(&mut self, name: &OsStr, mark: Mark) -> Option<Mark> {
        match self.find(name) {
            Ok(at) => Some(std::mem::replace(&mut self.index[at].mark, mark)),
            Err(at) => {
                let entry = self.written(name, mark);
                self.index.insert(at, entry);
                None
            }
        }
    }

    /// Forgets a file; returns how it was.
    pub(super) fn take(&mut self, name: &OsStr) -> Option<Mark> {
        let at = self.find(name).ok()?;
        let entry = self.index.remove(at);
        self.unused += entry.len as usize;
        if self.text.len() < self.unused * 2 {
            *self = Names::new(self.iter().map(|(name, mark)| (name.to_owned(), mark)).collect());
        }
        Some(entry.mark)
    }

    /// In the order of the names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&OsStr, Mark)> {
        self.index.iter().map(|entry| (OsStr::from_bytes(self.bytes(entry)), entry.mark))
    }

    fn find(&self, name: &OsStr) -> Result<usize, usize> {
        self.index.binary_search_by(|entry| self.bytes(entry).cmp(name.as_bytes()))
    }

    fn bytes(&self, entry: &Entry) -> &[u8] {
        &self.text[entry.start as usize..][..entry.len as usize]
    }

    fn written(&mut self, name: &OsStr, mark: Mark) -> Entry {
        let place =
            |count: usize| u32::try_from(count).expect("the names of a directory are less than 4 GiB");
        let entry = Entry { mark, start: place(self.text.len()), len: place(name.len()) };
        self.text.extend_from_slice(name.as_bytes());
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn names_are_a_map(steps in prop::collection::vec(("[abc]{1,3}", prop::option::of(any::<u64>())), 0..80)) {
            let (mut names, mut model) = (Names::default(), BTreeMap::new());
            for (name, mark) in steps {
                let name = OsString::from(name);
                match mark.map(|hash| Mark::new(hash, false)) {
                    Some(mark) => prop_assert_eq!(names.put(&name, mark), model.insert(name, mark)),
                    None => prop_assert_eq!(names.take(&name), model.remove(&name)),
                }
            }
            prop_assert_eq!(names.len(), model.len());
            let listed: Vec<_> = names.iter().map(|(name, mark)| (name.to_owned(), mark)).collect();
            let expected: Vec<_> = model.into_iter().collect();
            prop_assert_eq!(&listed, &expected);
            prop_assert!(names.text.len() <= 2 * expected.iter().map(|(name, _)| name.len()).sum::<usize>());
        }
    }

    #[test]
    fn a_fresh_mark_is_the_same_as_a_settled_one() {
        let (fresh, settled) = (Mark::new(8, true), Mark::new(8, false));
        assert!(fresh.is_same_as(settled) && fresh.is_fresh() && !settled.is_fresh());
        assert!(!Mark::new(8, true).is_same_as(Mark::new(10, true)));
    }
}
