//! The text of one log file, by the place that each byte had when it was written.
//!
//! Whether the file has been compressed since makes no difference to a reader:
//! places are those in the text. What is read is counted by the system, so that
//! tests can tell how much a search costs (proc_pid_io(5)).

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;

use super::cri;

/// What is read at once from a plain file.
pub(super) const BLOCK: u64 = 64 * 1024;
/// What is read first to look at a single record.
const PROBE: u64 = 2 * 1024;

/// One file of a log.
#[derive(Debug)]
pub(super) struct Text {
    file: File,
    /// Which file that is, whatever its name becomes.
    pub(super) inode: u64,
    /// How much of it is to be read.
    pub(super) length: u64,
}

impl Text {
    /// The file of this name; `None` if there is none.
    pub(super) fn open(path: &Path) -> io::Result<Option<Text>> {
        let file = match fs_err::File::open(path) {
            Ok(file) => file.into_file(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let known = file.metadata()?;
        let mut text = Text { file, inode: known.ino(), length: known.len() };
        text.length = text.whole_lines()?;
        Ok(Some(text))
    }

    /// How long it is by now.
    pub(super) fn grown(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Some of what is before `end`, and where that begins; empty at the beginning.
    pub(super) fn before(&mut self, end: u64) -> io::Result<(u64, Vec<u8>)> {
        let start = end.saturating_sub(BLOCK);
        Ok((start, self.exactly(start, end)?))
    }

    /// Some of what is between `start` and `end`, at most about `most`.
    pub(super) fn from(&mut self, start: u64, end: u64, most: u64) -> io::Result<Vec<u8>> {
        self.exactly(start, end.min(start + most))
    }

    /// The stamp of the first record before `length`.
    pub(super) fn first_stamp(&mut self) -> io::Result<Option<Timestamp>> {
        Ok(self.record_after(0, self.length)?.map(|(_, stamp)| stamp))
    }

    /// Where the first record begins that is not before `stamp`; the length if there is none.
    ///
    /// Stamps in a file never decrease, so this reads a few places of it and no index.
    pub(super) fn seek(&mut self, stamp: Timestamp) -> io::Result<u64> {
        // All records before `low` are earlier; the one at `high` is not. What lies from `ceiling` to
        // `high` is the inside of a record.
        let (mut low, mut high) = (0, self.length);
        let mut ceiling = high;
        while PROBE < ceiling - low {
            let middle = low + (ceiling - low) / 2;
            match self.record_after(middle, ceiling)? {
                Some((place, found)) if found < stamp => low = place + 1,
                Some((place, _)) => (high, ceiling) = (place, middle),
                None => ceiling = middle,
            }
        }
        match self.records_from(low, high, stamp)? {
            Some(place) => Ok(place),
            None => Ok(high),
        }
    }

    /// The first record that begins at or after `start` and before `end`, its place and its stamp.
    fn record_after(&mut self, start: u64, end: u64) -> io::Result<Option<(u64, Timestamp)>> {
        // A record begins behind a newline, which may be the last byte before `start`.
        let mut place = start.saturating_sub(1);
        let (mut seeks_newline, mut most) = (0 < start, PROBE);
        loop {
            let block = self.from(place, self.length, most)?;
            let mut at = 0;
            if seeks_newline {
                match memchr::memchr(b'\n', &block) {
                    Some(newline) => (at, seeks_newline) = (newline + 1, false),
                    None if block.is_empty() => return Ok(None),
                    None => {
                        place += block.len() as u64;
                        continue;
                    }
                }
            }
            loop {
                if end <= place + at as u64 {
                    return Ok(None);
                }
                let Some(length) = memchr::memchr(b'\n', &block[at..]) else { break };
                if let Some(record) = cri::parse(&block[at..at + length]) {
                    return Ok(Some((place + at as u64, record.stamp)));
                }
                at += length + 1;
            }
            if self.length <= place + block.len() as u64 {
                return Ok(None);
            }
            // The record does not end in this block: more of it, from its beginning.
            most = if at == 0 { most * 8 } else { BLOCK };
            place += at as u64;
        }
    }

    /// The first record from `start` (the beginning of a line, or the byte behind one) to `end` that is not before `stamp`.
    fn records_from(&mut self, start: u64, end: u64, stamp: Timestamp) -> io::Result<Option<u64>> {
        let mut place = start;
        while let Some((found, its)) = self.record_after(place, end)? {
            if stamp <= its {
                return Ok(Some(found));
            }
            place = found + 1;
        }
        Ok(None)
    }

    /// The length without a record that is being written.
    fn whole_lines(&mut self) -> io::Result<u64> {
        let (start, end) = self.before(self.length)?;
        Ok(memchr::memrchr(b'\n', &end).map_or(start, |newline| start + newline as u64 + 1))
    }

    fn exactly(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; end.saturating_sub(start) as usize];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}
