//! Following a log: what there is, then what comes.
//!
//! The thread that writes tells how far the log is settled, as a value that can
//! be watched; a follower reads the files up to there by itself. So history and
//! live lines come from one place, and there is no seam to get wrong. The
//! capture never waits for a follower, and pays nothing when there is none.
//!
//! A follower keeps its file open while that is rotated, reads it to its end and
//! goes on with the next one. If it was so slow that its file has been removed,
//! it goes on with `current` and says how many lines it left out.
//!
//! Its reads are of what was just written, in pieces of 64 KiB, so they are done
//! in place and not on a thread for blocking work.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

use tokio::sync::watch;

use super::Error;
use super::cri;
use super::read::Line;
use super::scan::{self, Backward, LogPart};
use super::source::Position;

const BLOCK: u64 = 64 * 1024;

/// What comes to a follower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// A line, or a part of one as long as `ends` is false.
    Line(Line),
    /// So many lines were removed before they could be read.
    Skipped(u64),
}

/// A log as it grows.
#[derive(Debug)]
pub struct Follow {
    log: PathBuf,
    settled: watch::Receiver<Position>,
    history: usize,
    reading: Option<Reading>,
    read: VecDeque<Followed>,
}

#[derive(Debug)]
struct Reading {
    file: File,
    inode: u64,
    offset: u64,
    /// What [`Position::records`] was when this place was written; below zero in an earlier daemon's time.
    records: i128,
}

impl Follow {
    /// Begins `history` records before what is settled now.
    pub(super) fn new(
        log: PathBuf,
        mut settled: watch::Receiver<Position>,
        history: usize,
    ) -> Result<Follow, Error> {
        let now = *settled.borrow_and_update();
        // When there is no log yet, all of it is still to come.
        let history = if now.inode == 0 { usize::MAX } else { history };
        let reading =
            begin(&log, now, history).map_err(|source| Error::Read { path: log.clone(), source })?;
        Ok(Follow { log, settled, history, reading, read: VecDeque::new() })
    }

    /// Waits for the next line. It may be dropped while it waits; nothing is lost.
    pub async fn next(&mut self) -> Result<Followed, Error> {
        loop {
            if let Some(next) = self.read.pop_front() {
                return Ok(next);
            }
            let settled = *self.settled.borrow_and_update();
            let went_on = self.go_on(settled);
            if !went_on.map_err(|source| Error::Read { path: self.log.clone(), source })? {
                self.settled.changed().await.map_err(|_| Error::Stopped)?;
            }
        }
    }

    /// Reads a little more; false if there is nothing to read before `settled` changes.
    fn go_on(&mut self, settled: Position) -> io::Result<bool> {
        let Some(reading) = &mut self.reading else {
            self.reading = begin(&self.log, settled, self.history)?;
            return Ok(self.reading.is_some());
        };
        if reading.inode == settled.inode {
            return reading.read(settled.offset, &mut self.read);
        }
        let current = match fs_err::metadata(self.log.join("current")) {
            Ok(current) => current.ino(),
            // Between two names, in the middle of a rotation.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if reading.inode == current {
            // Newer than what was told: that will be told, too.
            return Ok(false);
        }
        let length = reading.file.metadata()?.len();
        if reading.read(length, &mut self.read)? {
            return Ok(true);
        }
        self.turn_over(settled)
    }

    /// Goes on with the file after this one.
    fn turn_over(&mut self, settled: Position) -> io::Result<bool> {
        let Some(reading) = &mut self.reading else { return Ok(false) };
        let mut parts = scan::parts(&self.log)?;
        parts.reverse();
        let next = parts.iter().position(|part| part.inode == reading.inode).map(|at| at + 1);
        let was_removed = next.is_none();
        let next = next.unwrap_or(parts.len().saturating_sub(1));
        if parts.len() <= next || (was_removed && parts[next].inode != settled.inode) {
            return Ok(false);
        }
        let LogPart { file, inode, .. } = parts.swap_remove(next);
        let mut records = reading.records;
        if was_removed {
            records = i128::from(settled.records) - i128::from(count_lines(&file, settled.offset)?);
            let skipped = u64::try_from(records - reading.records).unwrap_or(0).max(1);
            self.read.push_back(Followed::Skipped(skipped));
        }
        *reading = Reading { file, inode, offset: 0, records };
        Ok(true)
    }
}

impl Reading {
    /// Reads whole lines of the next block before `end`; false if there are none.
    fn read(&mut self, end: u64, lines: &mut VecDeque<Followed>) -> io::Result<bool> {
        let length = end.saturating_sub(self.offset).min(BLOCK);
        let mut block = vec![0; length as usize];
        self.file.read_exact_at(&mut block, self.offset)?;
        // What has no end in so many bytes is none of our lines; it is left out.
        let whole = memchr::memrchr(b'\n', &block).map_or(length as usize, |newline| newline + 1);
        for line in block[..whole].split_inclusive(|&byte| byte == b'\n') {
            self.records += 1;
            let Some(record) = cri::parse(line.strip_suffix(b"\n").unwrap_or(line)) else { continue };
            lines.push_back(Followed::Line(Line {
                stamp: record.stamp,
                stream: record.stream,
                run: None,
                text: record.text.to_vec(),
                ends: record.ends_line,
            }));
        }
        self.offset += whole as u64;
        Ok(0 < whole)
    }
}

/// The place `history` records before the settled end of the log; `None` if there is no log.
fn begin(log: &std::path::Path, settled: Position, history: usize) -> io::Result<Option<Reading>> {
    let mut parts = scan::parts(log)?;
    // What is newer than the settled file is not settled.
    let newest = parts.iter().position(|part| part.inode == settled.inode);
    let Some(newest) = newest else { return Ok(None) };
    parts.drain(..newest);
    parts[0].length = settled.offset;
    let mut begun = None;
    let mut records = 0;
    for part in parts {
        let mut offset = part.length;
        let mut lines = Backward::new(&part.file, part.length);
        while records < history
            && let Some(start) = lines.next(|start, _| start)?
        {
            offset = start;
            records += 1;
        }
        drop(lines);
        let records_here = i128::from(settled.records) - records as i128;
        begun = Some(Reading { file: part.file, inode: part.inode, offset, records: records_here });
        if history <= records {
            break;
        }
    }
    Ok(begun)
}

fn count_lines(file: &File, end: u64) -> io::Result<u64> {
    let (mut count, mut offset) = (0, 0);
    while offset < end {
        let mut block = vec![0; (end - offset).min(BLOCK) as usize];
        file.read_exact_at(&mut block, offset)?;
        count += memchr::memchr_iter(b'\n', &block).count() as u64;
        offset += block.len() as u64;
    }
    Ok(count)
}
