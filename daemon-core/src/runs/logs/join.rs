//! Putting lines together from records that come in the order in which they were written.
//!
//! A line in parts is held back until its end comes, as long as there is more to
//! read at all; then what there is of it is shown, since it may be a prompt that
//! waits for an answer.

use super::cri::{Record, Stream};
use super::place::Place;
use super::read::Line;
use super::search::LINE_MAX;

/// So much may come while a line is held back.
const PATIENCE: usize = 1 << 20;

/// Lines whose end has not come.
#[derive(Debug, Default)]
pub(super) struct Join {
    held: [Option<Line>; 2],
    /// What was passed since a line is held back.
    passed: usize,
    /// The last place at which none was, and the lines since then.
    clean: Place,
}

impl Join {
    /// At a place.
    pub(super) fn at(place: Place) -> Join {
        Join { clean: place, ..Join::default() }
    }

    /// Takes the record that `place` is behind, and hands on the lines that it completes.
    pub(super) fn add(&mut self, record: &Record<'_>, place: Place, ready: &mut impl FnMut(Line, Place)) {
        let held = self.held[record.stream.index()].take();
        let mut line = held.unwrap_or_else(|| Line {
            stamp: record.stamp,
            stream: record.stream,
            run: None,
            text: Vec::new(),
            ends: false,
        });
        (line.stamp, line.ends) = (record.stamp, record.ends_line);
        line.text.extend_from_slice(record.text);
        if line.ends || LINE_MAX < line.text.len() {
            self.hand_on(line, place, ready);
        } else {
            self.held[record.stream.index()] = Some(line);
        }
        self.passed += record.text.len();
        if PATIENCE < self.passed {
            self.flush(place, ready);
        }
        if self.holds_none() {
            (self.clean, self.passed) = (place, 0);
        }
    }

    /// There is no more to read for now.
    pub(super) fn flush(&mut self, place: Place, ready: &mut impl FnMut(Line, Place)) {
        let mut lines: Vec<Line> = self.held.iter_mut().filter_map(Option::take).collect();
        lines.sort_by_key(|line| line.stamp);
        (self.clean, self.passed) = (place, 0);
        for line in lines {
            ready(line, place);
        }
    }

    /// The last place from which everything that follows can be put together.
    pub(super) fn place(&self) -> Place {
        self.clean
    }

    fn holds_none(&self) -> bool {
        Stream::BOTH.into_iter().all(|stream| self.held[stream.index()].is_none())
    }

    fn hand_on(&mut self, line: Line, place: Place, ready: &mut impl FnMut(Line, Place)) {
        if self.holds_none() {
            self.clean = place;
        } else {
            self.clean.lines += 1;
        }
        ready(line, self.clean);
    }
}
