//! Going through the files of a log backwards.
//!
//! Who wants the last ten lines of a log of ten megabytes should not read ten
//! megabytes. Lines are taken from the end of a file in blocks, and stamps,
//! which never decrease, tell which files and which end of a file to leave out.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;

use super::cri;
use super::files;

const BLOCK: u64 = 64 * 1024;
/// A line that is longer is none of ours; it is taken in pieces.
const LINE_MAX: usize = 1024 * 1024;

/// A file of a log, and what is known of it.
#[derive(Debug)]
pub(super) struct LogPart {
    /// The file.
    pub file: File,
    /// Which file that is, whatever its name becomes.
    pub inode: u64,
    /// How much of it is to be read.
    pub length: u64,
    /// The latest stamp of the file before: all of this one's are later.
    pub after: Option<Timestamp>,
    /// The latest stamp of this file; unknown for `current`.
    pub latest: Option<Timestamp>,
}

/// The files of a log, the newest first, each once, although they may be rotated meanwhile.
pub(super) fn parts(log: &Path) -> io::Result<Vec<LogPart>> {
    // `current` is opened first: should it be rotated now, it is met again under its new name, and
    // its place is there, since others may have followed it. The other way round, it would be missed.
    let mut current = open(&log.join("current"), None)?;
    let mut parts = Vec::new();
    let mut after = None;
    for rotated in files::rotated(log)? {
        let Some(part) = open(&rotated.path, Some(rotated.latest))? else { continue };
        current = current.filter(|current| current.inode != part.inode);
        parts.push(LogPart { after, ..part });
        after = Some(rotated.latest);
    }
    parts.extend(current.map(|part| LogPart { after, ..part }));
    parts.reverse();
    Ok(parts)
}

/// The lines of a file from its end to its beginning.
#[derive(Debug)]
pub(super) struct Backward<'a> {
    file: &'a File,
    /// Where in the file `buffer` begins.
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Backward<'a> {
    /// The lines that end before `end`.
    pub(super) fn new(file: &'a File, end: u64) -> Backward<'a> {
        Backward { file, start: end, buffer: Vec::new() }
    }

    /// Hands the line before the last one to `take`, with its place in the file
    /// but without its newline; `None` at the beginning of the file.
    pub(super) fn next<T>(&mut self, take: impl FnOnce(u64, &[u8]) -> T) -> io::Result<Option<T>> {
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
            let taken = take(self.start + line as u64, &text[line..]);
            self.buffer.truncate(line);
            return Ok(Some(taken));
        }
    }

    fn load(&mut self) -> io::Result<()> {
        let length = self.start.min(BLOCK);
        let mut block = vec![0; length as usize];
        self.file.read_exact_at(&mut block, self.start - length)?;
        block.append(&mut self.buffer);
        self.start -= length;
        self.buffer = block;
        Ok(())
    }
}

/// A place in the file not before the last record up to `until`, and not much after it.
pub(super) fn end_at(part: &LogPart, until: Timestamp) -> io::Result<u64> {
    let (mut low, mut high) = (0, part.length);
    while 2 * BLOCK < high - low {
        let middle = low + (high - low) / 2;
        let mut block = vec![0; BLOCK as usize];
        part.file.read_exact_at(&mut block, middle)?;
        let mut place = middle;
        let mut found = None;
        for line in block.split_inclusive(|&byte| byte == b'\n').skip(1) {
            found = cri::parse(line).map(|record| record.stamp);
            if found.is_some() {
                break;
            }
            place += line.len() as u64;
        }
        let first = block.iter().position(|&byte| byte == b'\n').map_or(0, |newline| newline as u64 + 1);
        match found {
            Some(stamp) if until < stamp => high = place + first,
            Some(_) => low = place + first,
            None => break,
        }
    }
    Ok(high)
}

fn open(path: &Path, latest: Option<Timestamp>) -> io::Result<Option<LogPart>> {
    let file = match fs_err::File::open(path) {
        Ok(file) => file.into_file(),
        // Pruned or not there yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let known = file.metadata()?;
    let length = whole_lines(&file, known.len())?;
    Ok(Some(LogPart { file, inode: known.ino(), length, after: None, latest }))
}

/// The length without a record that is being written.
fn whole_lines(file: &File, length: u64) -> io::Result<u64> {
    let start = length.saturating_sub(BLOCK);
    let mut end = vec![0; (length - start) as usize];
    file.read_exact_at(&mut end, start)?;
    Ok(memchr::memrchr(b'\n', &end).map_or(start, |newline| start + newline as u64 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_come_backwards_whole_and_once(lengths in proptest::collection::vec(0usize..40_000, 0..12)) {
            let directory = tempfile::tempdir().unwrap();
            let lines: Vec<Vec<u8>> = lengths.iter().map(|&length| vec![b'x'; length]).collect();
            let text: Vec<u8> = lines.iter().flat_map(|line| [&line[..], b"\n"].concat()).collect();
            fs_err::write(directory.path().join("current"), &text).unwrap();
            let parts = parts(directory.path()).unwrap();
            let mut backward = Backward::new(&parts[0].file, parts[0].length);
            let mut found = Vec::new();
            while let Some(line) = backward.next(|at, line| (at, line.to_vec())).unwrap() {
                prop_assert!(text[line.0 as usize..].starts_with(&line.1));
                found.push(line.1);
            }
            found.reverse();
            prop_assert_eq!(found, lines);
        }
    }

    #[test]
    fn an_end_by_time_is_after_the_wanted_and_near() {
        let directory = tempfile::tempdir().unwrap();
        let stamp = |second: i64| Timestamp::from_second(second).unwrap();
        let text: String =
            (0..20_000).map(|second| format!("{:.9} stdout F line\n", stamp(second))).collect();
        fs_err::write(directory.path().join("current"), &text).unwrap();
        let part = parts(directory.path()).unwrap().remove(0);
        for second in [0, 1, 777, 10_000, 19_999, 30_000] {
            let end = end_at(&part, stamp(second)).unwrap();
            let wanted = text.find(&format!("{:.9}", stamp(second + 1))).unwrap_or(text.len()) as u64;
            assert!(wanted <= end && end <= wanted + 2 * BLOCK, "{second}: {wanted}, {end}");
        }
    }
}
