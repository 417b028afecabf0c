//! Following a log: what there is from some place on, then what comes.
//!
//! The thread that writes tells how far the log is settled, as a value that can
//! be watched; a follower reads the files up to there by itself. So history and
//! live lines come from one place, and there is no seam to get wrong. The
//! capture never waits for a follower, and pays nothing when there is none.
//!
//! A follower keeps its file open while that is rotated, compressed or removed,
//! reads it to its end and goes on with the next one. Which that is, stamps tell:
//! the one whose first stamp comes after the last one read. If it was so slow
//! that its file has been removed, it goes on with `current` and says how many
//! lines it left out. With each line comes its place, from which another daemon
//! can go on.

use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use tokio::sync::watch;

use super::Error;
use super::files;
use super::join::Join;
use super::place::Place;
use super::read::Line;
use super::scan::{self, Forward};
use super::source::Position;
use super::text::{BLOCK, Text};

/// What comes to a follower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// A line, or a part of one as long as `ends` is false, and the place behind it.
    Line(Line, Place),
    /// So many lines were removed before they could be read.
    Skipped(u64),
    /// Lines were removed that nobody has counted: the place to begin at is gone.
    Lost,
}

/// What there is at the moment.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The next thing.
    Is(Followed),
    /// Nothing before [`Follow::changed`].
    Nothing,
    /// Nothing any more: only what was there at the beginning was asked for.
    End,
}

/// A log as it grows.
#[derive(Debug)]
pub struct Follow {
    log: PathBuf,
    settled: watch::Receiver<Position>,
    /// What was settled at the beginning.
    position: Position,
    /// Files to be read before the one that was settled at the beginning, the newest first.
    older: Vec<Text>,
    reading: Option<Reading>,
    /// Behind the last record read.
    place: Place,
    /// Where somebody else has stopped reading before us.
    resumed: Option<Place>,
    /// Lines that were read then, too.
    known: u64,
    join: Join,
    ready: VecDeque<Followed>,
    goes_on: bool,
    most: u64,
}

#[derive(Debug)]
struct Reading {
    lines: Forward,
    end: u64,
    /// What [`Position::records`] was where `lines` began; not known before what
    /// was settled at the beginning has been read.
    records: Option<u64>,
}

/// Where a follower begins.
#[derive(Debug)]
pub(super) struct Beginning {
    /// The files, the newest first, and where in the oldest to begin.
    pub(super) files: Vec<Text>,
    pub(super) offset: u64,
    /// What that place is.
    pub(super) place: Place,
    /// Where somebody else has stopped.
    pub(super) resumed: Option<Place>,
}

impl Follow {
    /// Reads from `beginning` to `position`, and then what comes.
    pub(super) fn new(
        log: PathBuf,
        settled: watch::Receiver<Position>,
        position: Position,
        beginning: Beginning,
    ) -> Follow {
        let Beginning { files: mut older, offset, place, resumed } = beginning;
        let reading = older.pop().map(|text| Reading::new(text, offset, None, BLOCK));
        Follow {
            log,
            settled,
            position,
            older,
            reading,
            place,
            resumed,
            known: resumed.map_or(0, |resumed| resumed.lines),
            join: Join::at(place),
            ready: VecDeque::new(),
            goes_on: true,
            most: BLOCK,
        }
    }

    /// Ends where the log was settled at the beginning.
    #[must_use]
    pub fn until_now(mut self) -> Follow {
        self.goes_on = false;
        self
    }

    /// Reads in pieces of `most` bytes: there are many like this one.
    #[must_use]
    pub fn in_pieces(mut self, most: u64) -> Follow {
        self.most = most.min(BLOCK);
        if let Some(reading) = &mut self.reading {
            reading.lines.most = self.most;
        }
        self
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.join.place()
    }

    /// Whether it reads what was there at the beginning, which may be much.
    pub fn is_behind(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.records.is_none())
    }

    /// The next thing, if it is there: it may be read from files.
    pub fn read(&mut self) -> Result<Next, Error> {
        self.go_on().map_err(|source| Error::Read { path: self.log.clone(), source })
    }

    /// Waits until there may be something to read again.
    pub async fn changed(&mut self) -> Result<(), Error> {
        self.settled.changed().await.map_err(|_| Error::Stopped)
    }

    /// Waits for the next thing. It may be dropped while it waits; nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Followed>, Error> {
        loop {
            match self.read()? {
                Next::Is(next) => return Ok(Some(next)),
                Next::Nothing => self.changed().await?,
                Next::End => return Ok(None),
            }
        }
    }

    fn go_on(&mut self) -> io::Result<Next> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Ok(Next::Is(next));
            }
            if self.read_one()? || self.turn_over()? {
                continue;
            }
            self.flush();
            if self.ready.is_empty() {
                return Ok(if self.goes_on { Next::Nothing } else { Next::End });
            }
        }
    }

    /// Takes one record of the file that is being read; false if there is none.
    fn read_one(&mut self) -> io::Result<bool> {
        let Some(reading) = &mut self.reading else { return Ok(false) };
        let (place, join, resumed) = (&mut self.place, &mut self.join, &mut self.resumed);
        let (ready, lines_known) = (&mut self.ready, &mut self.known);
        let taken = reading.lines.next(reading.end, |record| {
            if let Some(known) = resumed.take_if(|known| known.stamp < record.stamp)
                && place.records < known.records
            {
                ready.push_back(Followed::Lost);
                *lines_known = 0;
            }
            place.pass(record.stamp);
            if resumed.is_some_and(|known| place.records <= known.records) {
                *join = Join::at(*place);
                return;
            }
            join.add(&record, *place, &mut |line, place| match lines_known.checked_sub(1) {
                Some(fewer) => *lines_known = fewer,
                None => ready.push_back(Followed::Line(line, place)),
            });
        });
        Ok(taken?.is_some())
    }

    /// What there is of lines is shown.
    fn flush(&mut self) {
        let ready = &mut self.ready;
        self.join.flush(self.place, &mut |line, place| ready.push_back(Followed::Line(line, place)));
    }

    /// Finds more to read; false if there is none.
    fn turn_over(&mut self) -> io::Result<bool> {
        if let Some(text) = self.older.pop() {
            self.reading = Some(Reading::new(text, 0, None, self.most));
            return Ok(true);
        }
        if !self.goes_on {
            return Ok(false);
        }
        let settled = *self.settled.borrow_and_update();
        let Some(reading) = &mut self.reading else { return self.begin(settled) };
        let records = reading.count_from(self.position.records);
        let inode = reading.lines.text.inode;
        if inode == settled.inode {
            return Ok(reading.extend(settled.offset));
        }
        if inode != 0 {
            let current = match fs_err::metadata(scan::current(&self.log)) {
                Ok(current) => current.ino(),
                // Between two names, in the middle of a rotation.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            };
            if inode == current {
                // Newer than what was told: that will be told, too.
                return Ok(false);
            }
            let end = reading.lines.text.grown()?;
            if reading.extend(end) {
                return Ok(true);
            }
        }
        self.next_file(settled, records)
    }

    /// There was no log, so all of it is new.
    fn begin(&mut self, settled: Position) -> io::Result<bool> {
        let Some(text) = scan::settled(&self.log, settled)? else { return Ok(false) };
        for part in scan::before(&self.log, text)? {
            self.older.extend(part.open()?);
        }
        self.position = settled;
        self.turn_over()
    }

    /// Goes on with the file after this one.
    fn next_file(&mut self, settled: Position, records: u64) -> io::Result<bool> {
        // Opened first: should it be rotated now, it is met again under its name.
        let current = Text::plain(&scan::current(&self.log))?;
        let last = self.place.stamp;
        let (mut was_found, mut next) = (false, None);
        for file in files::rotated(&self.log)?.iter().filter(|file| last <= file.latest) {
            let Some(mut text) = scan::open(file)? else { continue };
            if was_found || text.first_stamp()?.is_some_and(|first| last < first) {
                next = Some(text);
                break;
            }
            was_found = true;
        }
        if was_found {
            let current = current.map(|text| {
                // What is not settled may yet be cut off.
                let length = if text.inode == settled.inode { settled.offset } else { 0 };
                text.up_to(length)
            });
            let Some(text) = next.or(current) else { return Ok(false) };
            self.reading = Some(Reading::new(text, 0, Some(records), self.most));
            return Ok(true);
        }
        let Some(text) = current.filter(|text| text.inode == settled.inode) else { return Ok(false) };
        let mut text = text.up_to(settled.offset);
        let begun = settled.records.saturating_sub(count_lines(&mut text)?);
        let skipped = begun.saturating_sub(records);
        if 0 < skipped {
            self.flush();
            self.ready.push_back(Followed::Skipped(skipped));
        }
        self.reading = Some(Reading::new(text, 0, Some(records + skipped), self.most));
        Ok(true)
    }
}

impl Reading {
    fn new(text: Text, offset: u64, records: Option<u64>, most: u64) -> Reading {
        Reading { end: text.length, lines: Forward::new(text, offset, most), records }
    }

    /// How many records there were when the last one here was written; so many if what was settled
    /// at the beginning has just been read.
    fn count_from(&mut self, settled: u64) -> u64 {
        match self.records {
            Some(begun) => begun + self.lines.lines,
            None => {
                (self.lines.lines, self.records) = (0, Some(settled));
                settled
            }
        }
    }

    /// Whether there is more when the file is to be read up to there.
    fn extend(&mut self, end: u64) -> bool {
        let is_more = self.end < end;
        self.end = self.end.max(end);
        is_more
    }
}

fn count_lines(text: &mut Text) -> io::Result<u64> {
    let (mut count, mut offset) = (0, 0);
    while offset < text.length {
        let block = text.from(offset, text.length, BLOCK)?;
        count += memchr::memchr_iter(b'\n', &block).count() as u64;
        offset += block.len() as u64;
    }
    Ok(count)
}
