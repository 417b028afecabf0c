//! Where the parts of a record are in its directory, and reading them line by line.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use fs_err::File;

use crate::leaf::{MAX_LEAF, decimal_of};

/// The directory of the leaves.
pub const DIRECTORY: &str = "leaves";
/// The signed heads.
pub const CHECKPOINTS: &str = "checkpoints";
/// The public key.
pub const KEY: &str = "vkey";
/// How files of leaves end.
pub const LEAVES: &str = "jsonl";
/// How files of their hashes end.
pub const HASHES: &str = "sha256";
/// Leaves in one file.
pub const SEGMENT: u64 = 65_536;

/// The file that leaf `index` is in, or its hash, by the file's ending.
pub fn segment(record: &Path, index: u64, ending: &str) -> PathBuf {
    let first = index - index % SEGMENT;
    record.join(DIRECTORY).join(format!("{first:012}.{ending}"))
}

/// The lines of all segments with one ending, in order.
pub struct Lines {
    /// Those that were not opened yet, the last first; each with the index of its first line.
    segments: Vec<(u64, PathBuf)>,
    reader: Option<BufReader<File>>,
    line: Vec<u8>,
    read: u64,
}

impl Lines {
    /// The lines of the segments that end with `ending`.
    ///
    /// # Errors
    /// If the directory cannot be read, or has no such file.
    pub fn open(record: &Path, ending: &str) -> io::Result<Lines> {
        let directory = record.join(DIRECTORY);
        let mut segments = Vec::new();
        for entry in fs_err::read_dir(&directory)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('.'));
            if let Some((first, found)) = name
                && found == ending
                && let Some(first) = decimal_of(first.trim_start_matches('0')).or(is_zero(first))
            {
                segments.push((first, path));
            }
        }
        if segments.is_empty() {
            let what = format!("{} has no file that ends with .{ending}", directory.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, what));
        }
        segments.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Lines { segments, reader: None, line: Vec::new(), read: 0 })
    }

    /// The next line, without its line feed.
    ///
    /// # Errors
    /// Those of reading; `InvalidData` for a line that is too long or has no end, and where a file
    /// does not begin where the one before it ends.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let Some(reader) = &mut self.reader else {
                let Some((first, path)) = self.segments.pop() else { return Ok(None) };
                if first != self.read {
                    let what = format!("{} should begin with leaf {}", path.display(), self.read);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
                self.reader = Some(BufReader::with_capacity(256 << 10, open(&path)?));
                continue;
            };
            self.line.clear();
            let limit = MAX_LEAF as u64 + 1;
            if reader.by_ref().take(limit).read_until(b'\n', &mut self.line)? == 0 {
                self.reader = None;
                continue;
            }
            if self.line.pop() != Some(b'\n') {
                let what = "a line is too long, or was cut off";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            self.read += 1;
            return Ok(Some(&self.line));
        }
    }
}

/// Opens a file of a record to be read, if it is one: a FIFO would keep whoever opens it waiting.
///
/// # Errors
/// Those of opening; `InvalidData` if it is something else.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if fs_err::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is no regular file", path.display())))
}

fn is_zero(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.bytes().all(|digit| digit == b'0')).then_some(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_no_file_is_not_opened() {
        let error = super::open(&std::env::temp_dir()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    }
}
