//! Which run wrote a line.
//!
//! A line does not say; CRI has no place for it. But the log of a run has ended
//! before the next one's begins, and stamps never decrease: so the file `runs`
//! beside the log, with a line `stamp run` per run, tells whose a stamp is.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use jiff::Timestamp;

/// When the file is longer, its older half goes.
const LONGEST: u64 = 64 * 1024;

/// No line is longer.
const LINE: u64 = 128;

/// The runs of a service and when they began, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<(Timestamp, u64)>);

impl Runs {
    /// Reads the file in the directory `log`; without one there are none.
    pub(super) fn load(log: &Path) -> io::Result<Runs> {
        let text = match fs_err::read_to_string(log.join("runs")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Runs::default()),
            Err(error) => return Err(error),
        };
        let line = |line: &str| {
            let (stamp, run) = line.split_once(' ')?;
            Some((stamp.parse().ok()?, run.parse().ok()?))
        };
        Ok(Runs(text.lines().filter_map(line).collect()))
    }

    /// The run that was writing at `stamp`.
    pub(super) fn at(&self, stamp: Timestamp) -> Option<u64> {
        let begun = self.0.partition_point(|&(start, _)| start <= stamp);
        begun.checked_sub(1).map(|last| self.0[last].1)
    }

    /// When `run` began, and when the next one did.
    pub(super) fn span(&self, run: u64) -> Option<(Timestamp, Option<Timestamp>)> {
        let at = self.0.iter().rposition(|&(_, known)| known == run)?;
        Some((self.0[at].0, self.0.get(at + 1).map(|&(next, _)| next)))
    }

    /// The number of the run so many before the latest one.
    pub(super) fn back(&self, count: u64) -> Option<u64> {
        let last = self.0.len().checked_sub(1)?;
        Some(self.0[last.checked_sub(usize::try_from(count).ok()?)?].1)
    }
}

/// When the latest run began, by the last line of the file: that is needed at every start, the rest seldom.
pub(super) fn latest(log: &Path) -> io::Result<Option<Timestamp>> {
    let mut file = match fs_err::File::open(log.join("runs")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(LINE)))?;
    file.read_to_end(&mut end)?;
    let last = end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let stamp = std::str::from_utf8(last).ok().and_then(|line| line.split_once(' '));
    Ok(stamp.and_then(|(stamp, _)| stamp.parse().ok()))
}

/// Notes that `run` begins at `start`.
pub(super) fn begin(log: &Path, run: u64, start: Timestamp) -> io::Result<()> {
    let path = log.join("runs");
    let mut file = fs_err::OpenOptions::new().append(true).create(true).open(&path)?;
    // In one piece: a kill must not leave half a line.
    file.write_all(format!("{start:.9} {run}\n").as_bytes())?;
    if LONGEST < file.metadata()?.len() {
        let text = fs_err::read_to_string(&path)?;
        let half = text.len() / 2;
        let kept = text[half..].split_once('\n').map_or("", |(_, kept)| kept);
        fs_err::write(log.join("runs.new"), kept)?;
        fs_err::rename(log.join("runs.new"), &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_line_belongs_to_the_run_that_began_last() {
        let log = tempfile::tempdir().unwrap();
        for (run, start) in [(1, 10), (2, 20), (7, 30)] {
            begin(log.path(), run, stamp(start)).unwrap();
        }
        let runs = Runs::load(log.path()).unwrap();
        let found: Vec<_> = [9, 10, 29, 30, 99].map(|second| runs.at(stamp(second))).into();
        assert_eq!(found, [None, Some(1), Some(2), Some(7), Some(7)]);
        assert_eq!(runs.span(2), Some((stamp(20), Some(stamp(30)))));
        assert_eq!(runs.span(7), Some((stamp(30), None)));
        assert_eq!(runs.span(3), None);
        assert_eq!([0, 1, 2, 3].map(|count| runs.back(count)), [Some(7), Some(2), Some(1), None]);
    }

    #[test]
    fn the_latest_run_is_read_from_the_end() {
        let log = tempfile::tempdir().unwrap();
        assert_eq!(latest(log.path()).unwrap(), None);
        for (run, start) in [(1, 10), (u64::MAX, 20), (3, 30)] {
            begin(log.path(), run, stamp(start)).unwrap();
            assert_eq!(latest(log.path()).unwrap(), Some(stamp(start)));
        }
        fs_err::write(log.path().join("runs"), "\u{fffd}what").unwrap();
        assert_eq!(latest(log.path()).unwrap(), None);
    }

    #[test]
    fn the_file_does_not_grow_with_time() {
        let log = tempfile::tempdir().unwrap();
        for run in 0..5000 {
            begin(log.path(), run, stamp(i64::try_from(run).unwrap())).unwrap();
        }
        assert!(fs_err::metadata(log.path().join("runs")).unwrap().len() <= LONGEST);
        assert_eq!(Runs::load(log.path()).unwrap().at(stamp(4999)), Some(4999));
    }
}
