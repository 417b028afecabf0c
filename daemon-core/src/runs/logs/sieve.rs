//! Choosing among lines as they come, the oldest first.
//!
//! `search` does the same for lines that come the newest first. The two must
//! agree, and a test sees to it: where a line continues another one, here the
//! other one was seen before.

use super::level::{self, Guess, Level};
use super::read::{Line, Query};

/// Chooses among the lines of one service.
#[derive(Debug)]
pub struct Sieve {
    query: Query,
    streams: [Past; 2],
}

/// What has come on a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// How serious the last line was.
    pub(super) level: Level,
    /// So many lines ago somebody said so.
    pub(super) distance: usize,
    /// Whether its line goes on.
    is_open: bool,
}

impl Default for Past {
    fn default() -> Past {
        Past { level: Level::Info, distance: 0, is_open: false }
    }
}

impl Past {
    /// What the next line of this stream is as serious as, if it continues.
    pub(super) fn of(level: Level, distance: usize) -> Past {
        Past { level, distance, is_open: false }
    }
}

impl Sieve {
    /// Chooses what `query` asks for; its times and its run are for others to look after.
    pub(super) fn new(query: Query, streams: [Past; 2]) -> Sieve {
        Sieve { query, streams }
    }

    /// Whether the line is wanted.
    pub fn wants(&mut self, line: &Line) -> bool {
        if self.query.stream.is_some_and(|stream| stream != line.stream) {
            return false;
        }
        // Each line's is guessed, wanted or not, for the lines that continue it.
        let level = self.query.level.map(|_| self.level(line));
        level.is_none_or(|level| self.query.wants_level(level)) && self.query.wants_text(&line.text)
    }

    /// Whether looking at a line may take long.
    pub fn is_slow(&self) -> bool {
        self.query.grep.is_some()
    }

    fn level(&mut self, line: &Line) -> Level {
        let past = &mut self.streams[line.stream.index()];
        let is_rest = std::mem::replace(&mut past.is_open, !line.ends);
        if is_rest {
            return past.level;
        }
        past.distance += 1;
        match level::guess(&line.text) {
            Guess::Continues if past.distance <= level::REACH => {}
            guess => (past.level, past.distance) = (guess.or_info(), 0),
        }
        past.level
    }
}
