//! The files of a log: `current`, and the rotated ones beside it.
//!
//! A rotated file is named by the latest stamp in it, and the next file's
//! stamps are later than that. So names sort as the lines do, never collide,
//! and tell a reader which files it need not open. Later it is compressed
//! (`archive`) and has `.zst` behind its name; the text in it is the same, and
//! for a moment there are both. So the stamp says which file it is, not the
//! inode, and who finds a `.log` gone finds its `.log.zst`.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::crash;
use super::cri;

/// The log file being written.
#[derive(Debug)]
pub(super) struct LogFile {
    /// `None` as long as there is nothing to be written to it.
    file: Option<File>,
    /// Which file that is, whatever its name becomes.
    pub inode: u64,
    /// The file system that it is on.
    pub device: u64,
}

impl LogFile {
    /// Opens `current` in the directory `log`, creating both if need be.
    pub(super) fn open(log: &Path) -> io::Result<LogFile> {
        let current = log.join("current");
        match LogFile::open_file(&current, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs_err::create_dir_all(log)?;
                LogFile::open_file(&current, false)
            }
            opened => opened,
        }
    }

    /// One that is not made yet.
    pub(super) fn not_yet() -> LogFile {
        LogFile { file: None, inode: 0, device: 0 }
    }

    /// Whether it is made.
    pub(super) fn is_there(&self) -> bool {
        self.file.is_some()
    }

    /// Its length, after an end that a power cut has torn off was given a newline.
    pub(super) fn mend(&self) -> io::Result<u64> {
        let Some(file) = &self.file else { return Ok(0) };
        let length = file.metadata()?.len();
        let mut last = [b'\n'];
        if 0 < length {
            file.read_exact_at(&mut last, length - 1)?;
        }
        if last == *b"\n" {
            return Ok(length);
        }
        crash::write_at(file, b"\n", length)?;
        Ok(length + 1)
    }

    /// The stamp of its first record, if it has one.
    pub(super) fn first_stamp(&self) -> io::Result<Option<Timestamp>> {
        let Some(file) = &self.file else { return Ok(None) };
        let mut start = [0; cri::PREFIX_LEN];
        let count = file.read_at(&mut start, 0)?;
        Ok(cri::parse(&start[..count]).map(|record| record.stamp))
    }

    /// Cuts off what is behind `length` and returns the length the file now has.
    pub(super) fn cut(&self, length: u64) -> io::Result<u64> {
        let Some(file) = &self.file else { return Ok(0) };
        let present = file.metadata()?.len();
        if length < present {
            file.set_len(length)?;
        }
        Ok(length.min(present))
    }

    /// Writes `bytes` at `offset`.
    #[inline]
    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        crash::write_at(self.file.as_ref().ok_or(io::ErrorKind::NotFound)?, bytes, offset)
    }

    /// A log file that cannot be written, because `file` is open for reading only.
    #[cfg(test)]
    pub(super) fn unwritable(file: File) -> LogFile {
        let known = file.metadata().expect("an open file is there");
        LogFile { file: Some(file), inode: known.ino(), device: known.dev() }
    }

    fn open_file(path: &Path, fresh: bool) -> io::Result<LogFile> {
        let mut options = fs_err::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(fresh);
        options.options_mut().mode(0o600);
        let file = options.open(path)?.into_file();
        let known = file.metadata()?;
        Ok(LogFile { file: Some(file), inode: known.ino(), device: known.dev() })
    }
}

/// Names `current` for the latest stamp in it and begins a new one. If that fails, `current` is as it was.
pub(super) fn rotate(log: &Path, latest: Timestamp) -> io::Result<LogFile> {
    let (current, next) = (log.join("current"), log.join("next"));
    let file = LogFile::open_file(&next, true)?;
    crash::point();
    let old = log.join(format!("{latest:.9}.log"));
    match fs_err::rename(&current, &old) {
        // Somebody removed it; then there is nothing to keep.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => renamed?,
    }
    crash::point();
    if let Err(error) = fs_err::rename(&next, &current) {
        fs_err::rename(&old, &current)?;
        return Err(error);
    }
    crash::point();
    Ok(file)
}

/// A rotated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rotated {
    /// The latest stamp in it.
    pub latest: Timestamp,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is an archive.
    pub is_packed: bool,
}

impl Rotated {
    /// Removes it, and its text if that is still there beside the archive.
    pub(super) fn remove(&self) -> io::Result<()> {
        if self.is_packed {
            remove(&self.path.with_extension(""))?;
        }
        remove(&self.path)
    }
}

/// Removes a file that may be gone.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The rotated files of a log, the oldest first; none if there is no log. One
/// that is there as text and as an archive is the archive: that one will stay.
pub(super) fn rotated(log: &Path) -> io::Result<Vec<Rotated>> {
    let mut files = Vec::new();
    let entries = match fs_err::read_dir(log) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (name, is_packed) = name.strip_suffix(".zst").map_or((name, false), |name| (name, true));
        let Some(latest) = name.strip_suffix(".log").and_then(|stamp| stamp.parse().ok()) else { continue };
        files.push(Rotated { latest, path, is_packed });
    }
    files.sort_by_key(|file| (file.latest, !file.is_packed));
    files.dedup_by_key(|file| file.latest);
    Ok(files)
}

/// Whether a rotated file may have this name, without what is behind it.
pub(super) fn is_stamp(name: &str) -> bool {
    name.parse::<Timestamp>().is_ok()
}

/// Removes the oldest rotated files until `keep` are left.
pub(super) fn prune(log: &Path, keep: u32) -> io::Result<()> {
    let files = rotated(log)?;
    let surplus = files.len().saturating_sub(keep as usize);
    for file in &files[..surplus] {
        file.remove()?;
    }
    Ok(())
}

/// The latest stamp that the log holds, for a capture that knows nothing of it.
pub(super) fn latest_stamp(log: &Path) -> io::Result<Option<Timestamp>> {
    let named = rotated(log)?.last().map(|file| file.latest);
    let file = match fs_err::File::open(log.join("current")) {
        Ok(file) => file.into_file(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(named),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    // Two records of the greatest length and their prefixes.
    let start = length.saturating_sub(2 * (cri::PART_MAX + cri::PREFIX_LEN + 1) as u64);
    let mut end = vec![0; (length - start) as usize];
    file.read_exact_at(&mut end, start)?;
    let written = end.split(|&byte| byte == b'\n').rev().find_map(cri::parse).map(|record| record.stamp);
    Ok(named.max(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn rotated_files_sort_by_time_and_the_oldest_go() {
        let log = tempfile::tempdir().unwrap();
        let mut file = LogFile::open(log.path()).unwrap();
        for second in [30, 100, 1_000_000_000] {
            file.write_at(format!("{second}").as_bytes(), 0).unwrap();
            file = rotate(log.path(), stamp(second)).unwrap();
        }
        fs_err::write(log.path().join("notes.log"), "not ours").unwrap();
        prune(log.path(), 2).unwrap();
        let left: Vec<_> = rotated(log.path()).unwrap().into_iter().map(|file| file.latest).collect();
        assert_eq!(left, [stamp(100), stamp(1_000_000_000)]);
        assert!(log.path().join("notes.log").exists());
        assert_eq!(latest_stamp(log.path()).unwrap(), Some(stamp(1_000_000_000)));
    }

    #[test]
    fn a_torn_end_gets_its_newline() {
        let log = tempfile::tempdir().unwrap();
        let file = LogFile::open(log.path()).unwrap();
        assert_eq!(file.mend().unwrap(), 0);
        file.write_at(b"1970-01-01T00:00:09Z stdout F to", 0).unwrap();
        assert_eq!(file.mend().unwrap(), 33);
        assert_eq!(file.mend().unwrap(), 33);
        assert_eq!(latest_stamp(log.path()).unwrap(), Some(stamp(9)));
    }

    #[test]
    fn a_log_that_nobody_wrote_is_empty() {
        let nowhere = Path::new("/nonexistent/log");
        assert_eq!(rotated(nowhere).unwrap(), []);
        assert_eq!(latest_stamp(nowhere).unwrap(), None);
    }
}
