//! How far somebody has read a log, in words that outlive the daemon and the files.
//!
//! A log is rotated, compressed and pruned, and its daemon may be another one by
//! the time a reader comes back; offsets, inodes and counts since a start would
//! all be void then. What lasts is what is in the log: stamps never decrease, so
//! a stamp and how many records of that very stamp were read is a place.
//!
//! A line in parts with lines of the other stream between them makes it longer:
//! lines that were complete before that one was are counted apart, from the last
//! place at which no line was in parts.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// A place in a log: what is before it was read. Written `stamp+records` or `stamp+records+lines`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The stamp of the last record read.
    pub stamp: Timestamp,
    /// So many records of that stamp were read.
    pub records: u64,
    /// So many lines after these.
    pub lines: u64,
}

/// A text that is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no place that a follower was told: a time, \"+\" and a number")]
pub struct NoPlace;

impl Default for Place {
    /// Before everything.
    fn default() -> Place {
        Place { stamp: Timestamp::MIN, records: 0, lines: 0 }
    }
}

impl Place {
    /// One record further.
    pub(super) fn pass(&mut self, stamp: Timestamp) {
        if self.stamp < stamp {
            *self = Place { stamp, records: 0, lines: 0 };
        }
        self.records += 1;
    }
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}+{}", self.stamp, self.records)?;
        if self.lines == 0 { Ok(()) } else { write!(to, "+{}", self.lines) }
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Place, NoPlace> {
        let (stamp, counts) = text.split_once('+').ok_or(NoPlace)?;
        let (records, lines) = counts.split_once('+').unwrap_or((counts, "0"));
        let number = |text: &str| text.parse().map_err(|_| NoPlace);
        Ok(Place {
            stamp: stamp.parse().map_err(|_| NoPlace)?,
            records: number(records)?,
            lines: number(lines)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let stamp: Timestamp = "2026-11-21T01:23:45.123456789Z".parse().unwrap();
        for place in
            [Place::default(), Place { stamp, records: 3, lines: 0 }, Place { stamp, records: 1, lines: 7 }]
        {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for wrong in ["", "2026-11-21T01:23:45Z", "x+1", "2026-11-21T01:23:45Z+x", "2026-11-21T01:23:45Z+1+"]
        {
            assert_eq!(wrong.parse::<Place>(), Err(NoPlace), "{wrong}");
        }
    }

    #[test]
    fn records_of_one_stamp_are_counted() {
        let stamp = |second| Timestamp::from_second(second).unwrap();
        let mut place = Place::default();
        for second in [5, 5, 6, 6, 6] {
            place.pass(stamp(second));
        }
        assert_eq!(place, Place { stamp: stamp(6), records: 3, lines: 0 });
    }
}
