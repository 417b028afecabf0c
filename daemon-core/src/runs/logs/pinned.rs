//! A log as it was settled at one moment, to be read, and then followed from there.
//!
//! Whoever shows history and goes on with what comes must have one moment at
//! which the first ends and the other begins. That moment is when the position
//! of the capture was taken, and the file that it is in is held open from then
//! on, whatever becomes of its name. With several logs all are pinned before the
//! first is read, so that their lines meet at about the same time.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Error;
use super::cri::{self, Stream};
use super::follow::{Beginning, Follow};
use super::level::{self, Guess};
use super::place::Place;
use super::read::{self, Page, Query};
use super::scan::{self, Backward};
use super::sieve::{Past, Sieve};
use super::source::Position;
use super::text::Text;

/// A rotation takes no longer than this; then `current` is not what the capture wrote.
const ROTATION: Duration = Duration::from_secs(1);

/// A log as it was at one moment.
#[derive(Debug)]
pub struct Pinned {
    log: PathBuf,
    settled: watch::Receiver<Position>,
    position: Position,
    /// The file that is written; `None` if there is no log yet.
    text: Option<Text>,
}

/// Where a follower begins.
#[derive(Debug, Clone, Copy)]
pub enum From {
    /// With what comes after this moment.
    Now,
    /// With the first line that is not earlier.
    Since(Timestamp),
    /// Behind this place.
    After(Place),
}

impl Pinned {
    /// Pins the log in the directory `log` where it is settled.
    pub(super) async fn new(log: PathBuf, mut settled: watch::Receiver<Position>) -> Result<Pinned, Error> {
        loop {
            let position = *settled.borrow_and_update();
            let found = scan::settled(&log, position);
            let text = found.map_err(|source| Error::Read { path: log.clone(), source })?;
            if text.is_some() || position.inode == 0 {
                return Ok(Pinned { log, settled, position, text });
            }
            // It is being rotated, and the new position is about to be told.
            if tokio::time::timeout(ROTATION, settled.changed()).await.is_err() {
                return Ok(Pinned { log, settled, position: Position::default(), text: None });
            }
        }
    }

    /// Reads lines up to this moment. It blocks on files.
    pub fn read(&self, query: &Query) -> Result<Page, Error> {
        let Some(text) = &self.text else { return Ok(Page::default()) };
        let parts = text.again().and_then(|text| scan::before(&self.log, text));
        read::read_parts(&self.log, parts.map_err(|source| self.failed(source))?, query)
    }

    /// Follows the log from there on, which may be before this moment. It blocks on files.
    pub fn follow(&self, from: From) -> Result<Follow, Error> {
        let beginning = self.beginning(from).map_err(|source| self.failed(source))?;
        Ok(Follow::new(self.log.clone(), self.settled.clone(), self.position, beginning))
    }

    /// Chooses among the lines that come from there on.
    pub fn sieve(&self, query: &Query, from: From) -> Result<Sieve, Error> {
        let mut streams = <[Past; 2]>::default();
        let until = match from {
            From::Now => Timestamp::MAX,
            From::Since(stamp) => stamp.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN),
            From::After(place) => place.stamp,
        };
        for stream in Stream::BOTH.into_iter().filter(|_| query.level.is_some()) {
            let past =
                Query { lines: level::REACH, until: Some(until), stream: Some(stream), ..Query::default() };
            let lines = self.read(&past)?.lines;
            let guesses = lines.iter().rev().map(|line| level::guess(&line.text));
            let head = guesses.enumerate().find(|(_, guess)| *guess != Guess::Continues);
            streams[stream.index()] =
                head.map_or_else(Past::default, |(distance, guess)| Past::of(guess.or_info(), distance));
        }
        Ok(Sieve::new(query.clone(), streams))
    }

    fn beginning(&self, from: From) -> io::Result<Beginning> {
        let Some(text) = &self.text else {
            return Ok(Beginning { files: Vec::new(), offset: 0, place: Place::default(), resumed: None });
        };
        let (stamp, resumed) = match from {
            From::Now => {
                let (place, offset) = (self.place()?, text.length);
                return Ok(Beginning { files: vec![text.again()?], offset, place, resumed: None });
            }
            From::Since(stamp) => (stamp, None),
            From::After(place) => (place.stamp, Some(place)),
        };
        let mut files = Vec::new();
        for part in scan::before(&self.log, text.again()?)? {
            let is_earlier = part.latest.is_some_and(|latest| latest < stamp);
            let Some(text) = part.open()?.filter(|_| !is_earlier) else { break };
            files.push(text);
        }
        let offset = files.last_mut().map_or(Ok(0), |oldest| oldest.seek(stamp))?;
        Ok(Beginning { files, offset, place: Place { stamp, records: 0, lines: 0 }, resumed })
    }

    /// What this moment is.
    fn place(&self) -> io::Result<Place> {
        let mut place = Place::default();
        let Some(text) = &self.text else { return Ok(place) };
        for part in scan::before(&self.log, text.again()?)? {
            let Some(mut text) = part.open()? else { break };
            let end = text.length;
            let mut lines = Backward::new(&mut text, end);
            while let Some(stamp) = lines.next(|line| cri::parse(line).map(|record| record.stamp))? {
                match stamp {
                    Some(stamp) if place.records == 0 || stamp == place.stamp => place.pass(stamp),
                    Some(_) => return Ok(place),
                    None => {}
                }
            }
        }
        Ok(place)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Read { path: self.log.clone(), source }
    }
}
