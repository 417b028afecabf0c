//! Reading the newest lines of a log.
//!
//! The files are gone through backwards from where the time asked for ends,
//! which is sought and not scanned, to where enough was found or it begins. So
//! the cost is that of what is returned, however large the log is. What is kept
//! in memory is what is returned, too: a bounded number of lines, and of bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use regex::bytes::Regex;

use super::Error;
use super::cri::{self, Stream};
use super::level::Level;
use super::runs::Runs;
use super::scan::{self, Backward, Part};
use super::search::Search;

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
    /// Only lines that [`Query::grep`] does not match.
    pub invert: bool,
    /// Only lines that are as serious as this, or more.
    pub level: Option<Level>,
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
    /// The run that wrote it, where that is known.
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

impl Query {
    /// Whether a line of this text is wanted, as far as its text decides that.
    pub fn wants_text(&self, text: &[u8]) -> bool {
        self.grep.as_ref().is_none_or(|grep| grep.is_match(text) != self.invert)
    }

    /// Whether a line of this level is wanted.
    pub fn wants_level(&self, level: Level) -> bool {
        self.level.is_none_or(|least| least <= level)
    }
}

/// Reads from the directory `log`; a log that does not exist is empty.
pub(super) fn read(log: &Path, query: &Query) -> Result<Page, Error> {
    let parts = scan::parts(log).map_err(|source| Error::Read { path: log.to_owned(), source })?;
    read_parts(log, parts, query)
}

/// Reads from these files of the directory `log`, which are the newest first.
pub(super) fn read_parts(log: &Path, parts: Vec<Part>, query: &Query) -> Result<Page, Error> {
    let failed = |source| Error::Read { path: log.to_owned(), source };
    let runs = Runs::load(log).map_err(failed)?;
    let Some((since, until)) = window(query, &runs) else { return Ok(Page::default()) };
    let mut search = Search::new(query, since);
    if query.lines == 0 || until < since {
        return Ok(Page::default());
    }
    'files: for part in parts {
        if part.after.is_some_and(|after| until < after) {
            continue;
        }
        if part.latest.is_some_and(|latest| latest < since) && !search.looks_back() {
            break;
        }
        // What has been removed meanwhile was the oldest.
        let Some(mut text) = part.open().map_err(failed)? else { break };
        let behind = until.checked_add(SignedDuration::from_nanos(1));
        let end = behind.map_or(Ok(text.length), |behind| text.seek(behind)).map_err(failed)?;
        let mut lines = Backward::new(&mut text, end);
        loop {
            if query.given_up.load(Ordering::Relaxed) {
                return Ok(Page::default());
            }
            let step = lines.next(|line| cri::parse(line).is_none_or(|record| search.add(&record)));
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
