//! Several logs as one, by time.
//!
//! Of each log only the next wanted line is known; the earliest of these goes
//! out, and its log is read on. So what is in memory does not depend on how much
//! history there is. Once all of it has been read, lines come in the order in
//! which they were read from the services, which is that of their stamps but for
//! lines of the same instant.
//!
//! Nothing here waits or spawns: [`Merge::batch`] reads what is there, a bounded
//! piece at a time, and the caller decides on which thread.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use futures_util::future::select_all;
use jiff::Timestamp;

use super::super::ops::{FollowItem, LogLine};
use super::log_line;
use crate::runs::logs::{Error, Follow, Followed, Line, Next, Place, Sieve};

/// Bytes of text in an item, and a little more.
const ITEM: usize = 64 << 10;
/// Lines in an item.
const ITEM_LINES: usize = 1000;
/// Bytes of text that are looked through before others get a turn.
const TURN: usize = 1 << 20;
/// With more logs than this each is read in small pieces.
const FEW: usize = 16;
const PIECE: u64 = 16 << 10;

/// Several logs, and what has happened to their services.
pub(super) struct Merge {
    sources: Vec<Source>,
    /// When the next of each source is; behind the sources come the events.
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
    events: VecDeque<LogLine>,
    until: Timestamp,
}

/// One log.
pub(super) struct Source {
    /// Of which service.
    pub(super) service: String,
    /// Where its lines come from.
    pub(super) follow: Follow,
    /// Which of them are wanted.
    pub(super) sieve: Sieve,
    /// What goes out next.
    head: Option<Followed>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be something to read.
    Ready,
    /// There is nothing to read before its log changes.
    Waits,
    /// Nothing more will come.
    Over,
}

/// What came of reading for a while.
#[derive(Debug)]
pub(super) enum Batch {
    /// This goes out.
    Item(FollowItem),
    /// Nothing yet, but there is more to look through.
    More,
    /// Nothing before [`Merge::changed`].
    Nothing,
    /// Nothing any more.
    End,
}

impl Source {
    /// A log to be merged with others.
    pub(super) fn new(service: String, follow: Follow, sieve: Sieve) -> Source {
        Source { service, follow, sieve, head: None, state: State::Ready }
    }
}

impl Merge {
    /// Merges logs, and events that have happened already, in their order; nothing after `until`.
    pub(super) fn new(sources: Vec<Source>, events: VecDeque<LogLine>, until: Option<Timestamp>) -> Merge {
        let most = if sources.len() <= FEW { u64::MAX } else { PIECE };
        let sources: Vec<Source> = sources
            .into_iter()
            .map(|source| Source { follow: source.follow.in_pieces(most), ..source })
            .collect();
        let heads = events.front().map(|event| Reverse((event.time, sources.len())));
        Merge { sources, heads: heads.into_iter().collect(), events, until: until.unwrap_or(Timestamp::MAX) }
    }

    /// Where each log will be read on.
    pub(super) fn places(&self) -> BTreeMap<String, String> {
        let place = |source: &Source| (source.service.clone(), source.follow.place().to_string());
        self.sources.iter().map(place).collect()
    }

    /// Whether reading may take its time.
    pub(super) fn is_slow(&self) -> bool {
        self.sources.iter().any(|source| source.sieve.is_slow() || source.follow.is_behind())
    }

    /// Reads what is there, up to an item of it.
    pub(super) fn batch(&mut self) -> Result<Batch, Error> {
        let mut item = FollowItem::default();
        let (mut bytes, mut turn) = (0, TURN);
        for index in 0..self.sources.len() {
            self.pull(index, &mut turn)?;
        }
        while self.has_all_heads() && bytes < ITEM && item.lines.len() < ITEM_LINES {
            let Some(Reverse((time, index))) = self.heads.pop() else { break };
            let Some(source) = self.sources.get_mut(index) else {
                item.lines.extend(self.events.pop_front());
                self.heads.extend(self.events.front().map(|event| Reverse((event.time, index))));
                continue;
            };
            match source.head.take() {
                Some(Followed::Line(line, place)) => {
                    bytes += line.text.len();
                    put(&mut item, source, line, place);
                }
                notice if !item.lines.is_empty() => {
                    // A notice goes out alone, behind the lines that were before it.
                    source.head = notice;
                    self.heads.push(Reverse((time, index)));
                    break;
                }
                notice => {
                    item.service = Some(source.service.clone());
                    item.uncounted = matches!(notice, Some(Followed::Lost));
                    item.skipped = if let Some(Followed::Skipped(count)) = notice { count } else { 0 };
                    return Ok(Batch::Item(item));
                }
            }
            self.pull(index, &mut turn)?;
        }
        if !item.lines.is_empty() {
            return Ok(Batch::Item(item));
        }
        Ok(match self.has_all_heads() && self.heads.is_empty() {
            false => Batch::More,
            true if self.sources.iter().all(|source| source.state == State::Over) => Batch::End,
            true => Batch::Nothing,
        })
    }

    /// Waits until a log that had nothing more may have something.
    pub(super) async fn changed(&mut self) -> Result<(), Error> {
        let waiting = self.sources.iter_mut().filter(|source| source.state == State::Waits);
        let changes: Vec<_> = waiting.map(|source| Box::pin(source.follow.changed())).collect();
        if changes.is_empty() {
            return std::future::pending().await;
        }
        select_all(changes).await.0?;
        for source in self.sources.iter_mut().filter(|source| source.state == State::Waits) {
            source.state = State::Ready;
        }
        Ok(())
    }

    fn has_all_heads(&self) -> bool {
        self.sources.iter().all(|source| source.state != State::Ready || source.head.is_some())
    }

    /// Finds the next wanted line of a log.
    fn pull(&mut self, index: usize, turn: &mut usize) -> Result<(), Error> {
        let source = &mut self.sources[index];
        while source.state == State::Ready && source.head.is_none() && 0 < *turn {
            match source.follow.read()? {
                Next::Nothing => source.state = State::Waits,
                Next::End => source.state = State::Over,
                Next::Is(Followed::Line(line, _)) if self.until < line.stamp => source.state = State::Over,
                Next::Is(Followed::Line(line, place)) => {
                    *turn = turn.saturating_sub(line.text.len() + 1);
                    if source.sieve.wants(&line) {
                        self.heads.push(Reverse((line.stamp, index)));
                        source.head = Some(Followed::Line(line, place));
                    }
                }
                Next::Is(notice) => {
                    self.heads.push(Reverse((source.follow.place().stamp, index)));
                    source.head = Some(notice);
                }
            }
        }
        Ok(())
    }
}

fn put(item: &mut FollowItem, source: &Source, line: Line, place: Place) {
    item.lines.push(log_line(&source.service, line));
    match item.places.get_mut(&source.service) {
        Some(known) => *known = place.to_string(),
        None => drop(item.places.insert(source.service.clone(), place.to_string())),
    }
}
