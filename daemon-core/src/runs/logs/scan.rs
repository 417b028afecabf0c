//! The files of a log in their order, and going through one backwards or forwards.
//!
//! A file is told from others by its stamps: those of two files do not mix, and
//! a rotated one is named for its latest. An inode would not do, since a file
//! gets another one when it is compressed. That may happen at any moment, and so
//! may rotation and removal; whoever took a list of files reads each of them
//! once, unless it is gone.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::cri::{self, Record};
use super::files::{self, Rotated};
use super::source::Position;
use super::text::{BLOCK, Text};

/// A line that is longer is none of ours; it is taken in pieces.
const LINE_MAX: usize = 1024 * 1024;

/// A file of a log, and what is known of it without reading it.
#[derive(Debug)]
pub(super) struct Part {
    /// No stamp of this file is earlier.
    pub(super) after: Option<Timestamp>,
    /// No stamp of this file is later; unknown for `current`.
    pub(super) latest: Option<Timestamp>,
    file: Which,
}

#[derive(Debug)]
enum Which {
    Open(Text),
    Named(Rotated),
}

impl Part {
    /// Its text; `None` if it has been removed.
    pub(super) fn open(self) -> io::Result<Option<Text>> {
        match self.file {
            Which::Open(text) => Ok(Some(text)),
            Which::Named(rotated) => open(&rotated),
        }
    }
}

/// The files of a log as they are now, the newest first.
pub(super) fn parts(log: &Path) -> io::Result<Vec<Part>> {
    match Text::plain(&current(log))? {
        Some(text) => before(log, text),
        None => Ok(files::rotated(log)?.into_iter().rev().map(named).collect()),
    }
}

/// The file that was settled up to there, opened; `None` if that is not `current`
/// any more, or not yet, and the position is about to change.
pub(super) fn settled(log: &Path, position: Position) -> io::Result<Option<Text>> {
    let text = Text::plain(&current(log))?.filter(|text| text.inode == position.inode);
    Ok(text.map(|text| text.up_to(position.offset)))
}

/// The files up to this one, the newest first.
pub(super) fn before(log: &Path, mut newest: Text) -> io::Result<Vec<Part>> {
    // It may have been rotated since it was opened, and is known by its stamps then.
    let mut rotated = files::rotated(log)?;
    let (length, grown) = (newest.length, newest.grown()?);
    newest.length = grown;
    if let Some(first) = newest.first_stamp()? {
        rotated.retain(|file| file.latest <= first);
        let is_the_same = |file: &Rotated| -> io::Result<bool> {
            let Some(mut text) = open(file)?.filter(|_| file.latest == first) else { return Ok(false) };
            Ok(text.first_stamp()? == Some(first))
        };
        if rotated.last().map(is_the_same).transpose()? == Some(true) {
            rotated.pop();
        }
    }
    newest.length = length;
    let after = rotated.last().map(|file| file.latest);
    let mut parts: Vec<Part> = rotated.into_iter().map(named).collect();
    let mut latest = None;
    for part in &mut parts {
        part.after = latest;
        latest = part.latest;
    }
    parts.push(Part { after, latest: None, file: Which::Open(newest) });
    parts.reverse();
    Ok(parts)
}

/// A rotated file, under the name that it has by now; `None` if it has been removed.
pub(super) fn open(rotated: &Rotated) -> io::Result<Option<Text>> {
    if rotated.is_packed {
        return Text::packed(&rotated.path);
    }
    match Text::plain(&rotated.path)? {
        Some(text) => Ok(Some(text)),
        None => Text::packed(&rotated.path.with_added_extension("zst")),
    }
}

/// The file that is being written.
pub(super) fn current(log: &Path) -> PathBuf {
    log.join("current")
}

fn named(rotated: Rotated) -> Part {
    Part { after: None, latest: Some(rotated.latest), file: Which::Named(rotated) }
}

/// The lines of a file from its end to its beginning.
#[derive(Debug)]
pub(super) struct Backward<'a> {
    text: &'a mut Text,
    /// Where in the text `buffer` begins.
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Backward<'a> {
    /// The lines that end before `end`.
    pub(super) fn new(text: &'a mut Text, end: u64) -> Backward<'a> {
        Backward { text, start: end, buffer: Vec::new() }
    }

    /// Hands the line before the last one to `take`, without its newline; `None` at the beginning.
    pub(super) fn next<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> io::Result<Option<T>> {
        loop {
            let text = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
            let line = match memchr::memrchr(b'\n', text) {
                Some(newline) => newline + 1,
                None if self.start == 0 && self.buffer.is_empty() => return Ok(None),
                None if self.start == 0 || LINE_MAX < text.len() => 0,
                None => {
                    self.load()?;
                    continue;
                }
            };
            let taken = take(&text[line..]);
            self.buffer.truncate(line);
            return Ok(Some(taken));
        }
    }

    fn load(&mut self) -> io::Result<()> {
        let (start, mut block) = self.text.before(self.start)?;
        block.append(&mut self.buffer);
        (self.start, self.buffer) = (start, block);
        Ok(())
    }
}

/// The records of a file from some place on.
#[derive(Debug)]
pub(super) struct Forward {
    /// The file.
    pub(super) text: Text,
    /// So many lines were passed, records or not.
    pub(super) lines: u64,
    /// Where in the text `block` begins.
    start: u64,
    block: Vec<u8>,
    at: usize,
    /// What is read at once.
    pub(super) most: u64,
}

impl Forward {
    /// The records from `start`, where a line begins; read in pieces of about `most` bytes.
    pub(super) fn new(text: Text, start: u64, most: u64) -> Forward {
        Forward { text, lines: 0, start, block: Vec::new(), at: 0, most }
    }

    /// Hands the next record that ends before `end` to `take`; `None` if there is none.
    pub(super) fn next<T>(&mut self, end: u64, take: impl FnOnce(Record<'_>) -> T) -> io::Result<Option<T>> {
        loop {
            let Some(length) = memchr::memchr(b'\n', &self.block[self.at..]) else {
                if !self.load(end)? {
                    return Ok(None);
                }
                continue;
            };
            let (start, end_of_line) = (self.at, self.at + length);
            self.at = end_of_line + 1;
            self.lines += 1;
            if let Some(record) = cri::parse(&self.block[start..end_of_line]) {
                return Ok(Some(take(record)));
            }
        }
    }

    /// Reads on behind the last whole line; false if there is no other before `end`.
    fn load(&mut self, end: u64) -> io::Result<bool> {
        let start = self.start + self.at as u64;
        let mut most = self.most;
        loop {
            let mut block = self.text.from(start, end, most)?;
            let whole = memchr::memrchr(b'\n', &block).map(|newline| newline + 1);
            let goes_on = start + (block.len() as u64) < end;
            if whole.is_none() && goes_on && most < BLOCK {
                most = BLOCK;
                continue;
            }
            // What has no end in a block is none of our lines; it is left out.
            let junk = if whole.is_none() && goes_on { block.len() } else { 0 };
            block.truncate(whole.unwrap_or(junk));
            (self.start, self.block, self.at) = (start, block, junk);
            return Ok(whole.is_some() || 0 < junk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all_backward(mut text: Text) -> Vec<Vec<u8>> {
        let end = text.length;
        let mut backward = Backward::new(&mut text, end);
        let mut found = Vec::new();
        while let Some(line) = backward.next(<[u8]>::to_vec).unwrap() {
            found.push(line);
        }
        found.reverse();
        found
    }

    fn write(directory: &Path, text: &[u8], packed: bool) -> Text {
        if !packed {
            fs_err::write(current(directory), text).unwrap();
            return Text::plain(&current(directory)).unwrap().unwrap();
        }
        let path = directory.join("x.log.zst");
        let mut file = fs_err::File::create(&path).unwrap();
        super::super::archive::write(&mut &text[..], &mut file, || Ok(())).unwrap();
        Text::packed(&path).unwrap().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn lines_come_whole_and_once_in_both_directions(
            lengths in proptest::collection::vec(0usize..16_000, 0..60),
            packed in any::<bool>(),
            most in prop_oneof![Just(100), Just(BLOCK)],
        ) {
            let directory = tempfile::tempdir().unwrap();
            let head = b"1970-01-01T00:00:09.000000000Z stdout F ";
            let lines: Vec<Vec<u8>> =
                lengths.iter().map(|&length| [&head[..], &vec![b'x'; length]].concat()).collect();
            let bytes: Vec<u8> = lines.iter().flat_map(|line| [&line[..], b"\n"].concat()).collect();
            let text = || write(directory.path(), &bytes, packed);
            prop_assert_eq!(&all_backward(text()), &lines);

            let mut forward = Forward::new(text(), 0, most);
            let mut found = Vec::new();
            while let Some(length) = forward.next(bytes.len() as u64, |record| record.text.len()).unwrap() {
                found.push(length);
            }
            prop_assert_eq!(found, lengths);
        }

        #[test]
        fn a_moment_is_found_wherever_it_is(
            steps in proptest::collection::vec((0i64..4, prop_oneof![9 => 0usize..300, 1 => 0usize..16_000]), 0..400),
            sought in 0i64..1000,
            packed in any::<bool>(),
        ) {
            let directory = tempfile::tempdir().unwrap();
            let (mut bytes, mut second, mut expected) = (Vec::new(), 0, None);
            for (step, length) in steps {
                second += step;
                if sought <= second {
                    expected.get_or_insert(bytes.len() as u64);
                }
                let stamp = Timestamp::from_second(second).unwrap();
                bytes.extend_from_slice(format!("{stamp:.9} stderr F {}\n", "y".repeat(length)).as_bytes());
            }
            let mut text = write(directory.path(), &bytes, packed);
            let found = text.seek(Timestamp::from_second(sought).unwrap()).unwrap();
            prop_assert_eq!(found, expected.unwrap_or(bytes.len() as u64));
        }
    }
}
