//! Putting lines together and choosing among them, while records come the newest first.
//!
//! Two things about a line may be unknown when its end comes: its beginning,
//! which comes later (a line over 16 KiB is in parts, and the other stream may
//! be between them), and its level, if it is a line of a stack trace, whose head
//! comes later. So a line waits here until both are known, and newer lines than
//! the oldest one that is wanted are waited for before there are enough.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cri::{Record, Stream};
use super::level::{self, Guess, Level};
use super::read::{Line, Page, Query};
use super::runs::Runs;

/// A page holds about so many bytes of text at most.
const PAGE_MAX: usize = 8 << 20;
/// Of a longer line only the end is returned.
pub(super) const LINE_MAX: usize = 1 << 20;
/// So much is searched for the beginning of a line when nothing else is missing.
const PATIENCE: usize = 1 << 20;

/// The lines found so far.
#[derive(Debug)]
pub(super) struct Search<'a> {
    query: &'a Query,
    since: Timestamp,
    /// By how many lines came before: the newest line first.
    lines: BTreeMap<u64, Found>,
    streams: [Open; 2],
    count: u64,
    wanted: usize,
    bytes: usize,
    waited: usize,
    enough: bool,
    /// Records are those of before the time asked for.
    is_outside: bool,
}

/// What is not known yet of the lines of one stream.
#[derive(Debug, Default)]
struct Open {
    /// The line whose beginning may still come.
    unbegun: Option<u64>,
    /// Lines that are as serious as the one before them, the newest first.
    levelless: Vec<u64>,
}

#[derive(Debug)]
struct Found {
    stamp: Timestamp,
    stream: Stream,
    ends: bool,
    /// Whether it is in the time asked for.
    is_inside: bool,
    /// Whether it is known to be wanted.
    decided: bool,
    /// The last part first.
    parts: Vec<Vec<u8>>,
}

impl<'a> Search<'a> {
    /// For lines that `query` describes and that are not before `since`.
    pub(super) fn new(query: &'a Query, since: Timestamp) -> Search<'a> {
        Search {
            query,
            since,
            lines: BTreeMap::new(),
            streams: Default::default(),
            count: 0,
            wanted: 0,
            bytes: 0,
            waited: 0,
            enough: false,
            is_outside: false,
        }
    }

    /// Takes the record before the last one; whether an earlier one is of interest.
    pub(super) fn add(&mut self, record: &Record<'_>) -> bool {
        if record.stamp < self.since {
            return self.look_back(record);
        }
        if self.query.stream.is_none_or(|stream| stream == record.stream) {
            self.take(record);
        }
        if self.is_full() {
            self.waited += record.text.len();
            // A line that began long ago, on the stream that says little.
            self.enough = PATIENCE < self.waited || !self.waits_for_newer();
        }
        !self.enough
    }

    /// Whether what is before the time asked for still decides something.
    pub(super) fn looks_back(&self) -> bool {
        // Before the first such record, the lines that it would complete count, too.
        let may_continue = !self.is_outside && self.query.level.is_some();
        self.streams
            .iter()
            .any(|stream| !stream.levelless.is_empty() || (may_continue && stream.unbegun.is_some()))
    }

    /// What was found.
    pub(super) fn finish(mut self, runs: &Runs) -> Page {
        if !self.enough || PATIENCE < self.waited {
            for stream in Stream::BOTH {
                self.complete(stream);
                self.decide(stream, Level::Info);
            }
        }
        let lines = self.lines.into_values().rev().filter(|line| line.decided);
        let lines = lines.map(|mut found| Line {
            stamp: found.stamp,
            stream: found.stream,
            run: runs.at(found.stamp),
            text: found.parts.swap_remove(0),
            ends: found.ends,
        });
        Page { lines: lines.collect(), more: self.enough }
    }

    /// What is before the time asked for tells the level of what follows it, at most.
    fn look_back(&mut self, record: &Record<'_>) -> bool {
        if !self.is_outside {
            self.is_outside = true;
            Stream::BOTH.into_iter().for_each(|stream| self.complete(stream));
        }
        if !self.streams[record.stream.index()].levelless.is_empty() {
            self.take(record);
        }
        self.waited += record.text.len().max(1);
        self.looks_back() && self.waited < PATIENCE
    }

    fn take(&mut self, record: &Record<'_>) {
        let place = record.stream.index();
        let unbegun = self.streams[place].unbegun.filter(|_| !record.ends_line);
        if let Some(line) = unbegun.and_then(|at| self.lines.get_mut(&at)) {
            if line.parts.iter().map(Vec::len).sum::<usize>() < LINE_MAX {
                self.bytes += record.text.len();
                line.parts.push(record.text.to_vec());
            }
            return;
        }
        self.complete(record.stream);
        self.streams[place].unbegun = Some(self.count);
        self.bytes += record.text.len();
        let found = Found {
            stamp: record.stamp,
            stream: record.stream,
            ends: record.ends_line,
            is_inside: !self.is_outside,
            decided: false,
            parts: vec![record.text.to_vec()],
        };
        self.lines.insert(self.count, found);
        self.count += 1;
    }

    /// The unbegun line of `stream` has all its parts.
    fn complete(&mut self, stream: Stream) {
        let open = &mut self.streams[stream.index()];
        let Some(at) = open.unbegun.take() else { return };
        let Some(line) = self.lines.get_mut(&at) else { return };
        if 1 < line.parts.len() {
            line.parts = vec![line.parts.iter().rev().flatten().copied().collect()];
        }
        let guess = match self.query.level {
            None => Guess::Silent,
            Some(_) => level::guess(&line.parts[0]),
        };
        if guess == Guess::Continues && open.levelless.len() < level::REACH {
            open.levelless.push(at);
            return;
        }
        self.decide(stream, guess.or_info());
        self.judge(at, guess.or_info());
    }

    /// The lines of `stream` that continue are now known to be as serious as this.
    fn decide(&mut self, stream: Stream, level: Level) {
        for at in std::mem::take(&mut self.streams[stream.index()].levelless) {
            self.judge(at, level);
        }
    }

    fn judge(&mut self, at: u64, level: Level) {
        let Some(line) = self.lines.get_mut(&at) else { return };
        line.decided =
            line.is_inside && self.query.wants_level(level) && self.query.wants_text(&line.parts[0]);
        if line.decided {
            self.wanted += 1;
        } else {
            self.remove(at);
        }
        if self.query.lines < self.wanted
            && let Some(oldest) = self.oldest_wanted()
        {
            self.remove(oldest);
            self.wanted -= 1;
        }
    }

    fn remove(&mut self, at: u64) {
        let removed = self.lines.remove(&at);
        self.bytes -= removed.map_or(0, |line| line.parts.iter().map(Vec::len).sum());
    }

    fn is_full(&self) -> bool {
        self.query.lines <= self.wanted || (PAGE_MAX < self.bytes && 0 < self.wanted)
    }

    fn waits_for_newer(&self) -> bool {
        let oldest = self.oldest_wanted();
        let is_newer = |at: &u64| oldest.is_some_and(|oldest| *at < oldest);
        self.streams.iter().any(|stream| stream.unbegun.iter().chain(stream.levelless.first()).any(is_newer))
    }

    fn oldest_wanted(&self) -> Option<u64> {
        self.lines.iter().rev().find(|(_, line)| line.decided).map(|(at, _)| *at)
    }
}
