//! Reading the newest lines of a log.
//!
//! The files are gone through backwards, and a line is put together from its
//! parts on the way. What is kept in memory is what is returned: a bounded
//! number of lines, and of bytes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;

use super::Error;
use super::cri::{self, Record, Stream};
use super::runs::Runs;
use super::scan::{self, Backward};

/// A page holds about so many bytes of text at most.
const PAGE_MAX: usize = 8 << 20;
/// Of a longer line only the end is returned.
const LINE_MAX: usize = 1 << 20;
/// So much is searched for the beginning of a line when nothing else is missing.
const PATIENCE: usize = 1 << 20;

/// Which lines of a log.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// So many of the newest.
    pub lines: usize,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Not after this.
    pub until: Option<Timestamp>,
    /// Of this run only.
    pub run: Option<u64>,
    /// Of this stream only.
    pub stream: Option<Stream>,
    /// Only lines that this matches.
    pub grep: Option<Regex>,
    /// Set when nobody waits for the lines any more.
    pub given_up: Arc<AtomicBool>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When its end was read from the service.
    pub stamp: Timestamp,
    /// Where the service wrote it.
    pub stream: Stream,
    /// The run that wrote it, where that is known; not known to followers.
    pub run: Option<u64>,
    /// As the service wrote it, without the newline.
    pub text: Vec<u8>,
    /// Whether this is the end of a line; if not, more of it may come.
    pub ends: bool,
}

/// Lines, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The newest that were asked for.
    pub lines: Vec<Line>,
    /// There may be older ones that were asked for, too.
    pub more: bool,
}

/// Reads from the directory `log`; a log that does not exist is empty.
pub(super) fn read(log: &Path, query: &Query) -> Result<Page, Error> {
    let failed = |source| Error::Read { path: log.to_owned(), source };
    let runs = Runs::load(log).map_err(failed)?;
    let Some((since, until)) = window(query, &runs) else { return Ok(Page::default()) };
    let mut search = Search::new(query);
    if query.lines == 0 {
        return Ok(Page::default());
    }
    'files: for part in scan::parts(log).map_err(failed)? {
        if part.latest.is_some_and(|latest| latest < since) {
            break;
        }
        if part.after.is_some_and(|after| until <= after) {
            continue;
        }
        let end = scan::end_at(&part, until).map_err(failed)?;
        let mut lines = Backward::new(&part.file, end);
        loop {
            if query.given_up.load(Ordering::Relaxed) {
                return Ok(Page::default());
            }
            let step = lines.next(|_, line| match cri::parse(line) {
                Some(record) if record.stamp < since => false,
                Some(record) if record.stamp <= until => !search.add(&record),
                _ => true,
            });
            match step.map_err(failed)? {
                Some(true) => {}
                Some(false) => break 'files,
                None => break,
            }
        }
    }
    Ok(search.finish(&runs))
}

/// From when to when lines are asked for; `None` if the run is not known.
fn window(query: &Query, runs: &Runs) -> Option<(Timestamp, Timestamp)> {
    let mut since = query.since.unwrap_or(Timestamp::MIN);
    let mut until = query.until.unwrap_or(Timestamp::MAX);
    if let Some(run) = query.run {
        let (start, next) = runs.span(run)?;
        since = since.max(start);
        until = next.map_or(until, |next| until.min(next - SignedDuration::from_nanos(1)));
    }
    Some((since, until))
}

/// The lines found so far, while records come the newest first.
#[derive(Debug)]
struct Search<'a> {
    query: &'a Query,
    /// By how many records came before their last one: the newest line first.
    lines: BTreeMap<u64, Found>,
    /// Lines whose beginning may still come.
    unbegun: [Option<u64>; 2],
    records: u64,
    complete: usize,
    bytes: usize,
    waited: usize,
    enough: bool,
}

#[derive(Debug)]
struct Found {
    stamp: Timestamp,
    stream: Stream,
    ends: bool,
    /// The last part first.
    parts: Vec<Vec<u8>>,
}

impl<'a> Search<'a> {
    fn new(query: &'a Query) -> Search<'a> {
        Search {
            query,
            lines: BTreeMap::new(),
            unbegun: [None; 2],
            records: 0,
            complete: 0,
            bytes: 0,
            waited: 0,
            enough: false,
        }
    }

    /// Takes the record before the last one; whether that is enough.
    fn add(&mut self, record: &Record<'_>) -> bool {
        if self.query.stream.is_none_or(|stream| stream == record.stream) {
            self.take(record);
        }
        if self.is_full() {
            self.waited += record.text.len();
            // A line that began long ago, on the stream that says little.
            self.enough = PATIENCE < self.waited || !self.waits_for_newer();
        }
        self.enough
    }

    fn take(&mut self, record: &Record<'_>) {
        let place = record.stream.index();
        let unbegun = self.unbegun[place].filter(|_| !record.ends_line);
        if let Some(line) = unbegun.and_then(|at| self.lines.get_mut(&at)) {
            if line.parts.iter().map(Vec::len).sum::<usize>() < LINE_MAX {
                self.bytes += record.text.len();
                line.parts.push(record.text.to_vec());
            }
            return;
        }
        self.complete(record.stream);
        self.unbegun[place] = Some(self.records);
        self.bytes += record.text.len();
        let found = Found {
            stamp: record.stamp,
            stream: record.stream,
            ends: record.ends_line,
            parts: vec![record.text.to_vec()],
        };
        self.lines.insert(self.records, found);
        self.records += 1;
    }

    /// The unbegun line of `stream` has all its parts.
    fn complete(&mut self, stream: Stream) {
        let Some(at) = self.unbegun[stream.index()].take() else { return };
        let Some(line) = self.lines.get_mut(&at) else { return };
        if 1 < line.parts.len() {
            line.parts = vec![line.parts.iter().rev().flatten().copied().collect()];
        }
        let is_wanted = self.query.grep.as_ref().is_none_or(|grep| grep.is_match(&line.parts[0]));
        if is_wanted {
            self.complete += 1;
        } else {
            self.remove(at);
        }
        if self.query.lines < self.complete
            && let Some(oldest) = self.oldest_complete()
        {
            self.remove(oldest);
            self.complete -= 1;
        }
    }

    fn remove(&mut self, at: u64) {
        let removed = self.lines.remove(&at);
        self.bytes -= removed.map_or(0, |line| line.parts.iter().map(Vec::len).sum());
    }

    fn is_full(&self) -> bool {
        self.query.lines <= self.complete || (PAGE_MAX < self.bytes && 0 < self.complete)
    }

    fn waits_for_newer(&self) -> bool {
        let oldest = self.oldest_complete();
        self.unbegun.iter().flatten().any(|&at| oldest.is_some_and(|oldest| at < oldest))
    }

    fn oldest_complete(&self) -> Option<u64> {
        self.lines.keys().rev().find(|&&at| !self.unbegun.contains(&Some(at))).copied()
    }

    fn finish(mut self, runs: &Runs) -> Page {
        if !self.enough || PATIENCE < self.waited {
            Stream::BOTH.into_iter().for_each(|stream| self.complete(stream));
        }
        let unbegun = self.unbegun;
        let lines = self.lines.into_iter().rev().filter(|(at, _)| !unbegun.contains(&Some(*at)));
        let lines = lines.map(|(_, mut found)| Line {
            stamp: found.stamp,
            stream: found.stream,
            run: runs.at(found.stamp),
            text: found.parts.swap_remove(0),
            ends: found.ends,
        });
        Page { lines: lines.collect(), more: self.enough }
    }
}
