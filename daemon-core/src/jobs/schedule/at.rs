//! `at = "2026-12-01T09:00"`: once.
//!
//! Without an offset it is a time of day in the job's zone, with one an instant
//! that no zone concerns. A zone in brackets is refused: the job's key `zone`
//! already says it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::TimeZone;

use super::ScheduleError;
use super::local;
use super::text::written_as_text;
use crate::text::brief;

/// One time, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    when: When,
    text: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// What the clock shows in the zone of the job.
    Local(DateTime),
    Instant(Timestamp),
}

impl At {
    /// The instant that is meant where the job's zone is `zone`.
    pub fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.when {
            When::Local(time) => local::instant(time, zone),
            When::Instant(at) => Some(at),
        }
    }

    /// What the clock shows where the job is; nothing if it says an instant.
    pub(super) fn local(&self) -> Option<DateTime> {
        match self.when {
            When::Local(time) => Some(time),
            When::Instant(_) => None,
        }
    }

    /// That instant, if it is after `after`.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.instant(zone).filter(|at| after < *at)
    }
}

impl FromStr for At {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<At, ScheduleError> {
        let refusal = |what: &str| ScheduleError::NoTime { given: brief(text), what: what.to_owned() };
        let Ok(pieces) = Pieces::parse(text) else {
            return Err(short_month(text).unwrap_or_else(|| refusal("")));
        };
        if pieces.time_zone_annotation().is_some() {
            return Err(refusal(": its zone belongs into the key \"zone\""));
        }
        let Some(time) = pieces.time() else {
            return Err(refusal(": it has a day and no time of day"));
        };
        let time = pieces.date().to_datetime(time);
        let when = match pieces.offset() {
            None => When::Local(time),
            Some(PiecesOffset::Numeric(offset)) => {
                When::Instant(offset.offset().to_timestamp(time).map_err(|_| refusal(""))?)
            }
            Some(_) => When::Instant(TimeZone::UTC.to_timestamp(time).map_err(|_| refusal(""))?),
        };
        Ok(At { when, text: text.into() })
    }
}

/// The refusal of a 30th of February, if that is what was wrong.
fn short_month(text: &str) -> Option<ScheduleError> {
    let (year, rest) = text.trim_start().split_at_checked(4)?;
    let (month, rest) = rest.strip_prefix('-')?.split_at_checked(2)?;
    let (day, _) = rest.strip_prefix('-')?.split_at_checked(2)?;
    let days = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?.days_in_month();
    let day: i8 = day.parse().ok()?;
    (days < day && day <= 31).then(|| ScheduleError::NoDay { given: brief(text), days })
}

impl fmt::Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

written_as_text!(
    At,
    "At",
    "a time in quotes, like \"2026-12-01T09:00\"",
    "One time, once: \"2026-12-01T09:00\" in the job's zone, or with an offset, \"2026-12-01T09:00+01:00\" or \"2026-12-01T08:00Z\"",
    r"^\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ][0-9]{2}.*$"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let read = serde_json::from_value::<At>(text.into()).map_err(|error| error.to_string());
        match expected {
            Ok(instant) => {
                let at = read.unwrap();
                assert_eq!(at.instant(&zone), Some(instant.parse().unwrap()), "{text}");
                assert_eq!(at.to_string(), text);
            }
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{text}: {read:?}"),
        }
    }

    #[test]
    fn a_time_is_meant_in_the_zone_unless_it_says_where() {
        check("2026-12-01T09:00", Ok("2026-12-01T08:00:00Z"));
        check("2026-12-01 09:00:30", Ok("2026-12-01T08:00:30Z"));
        check("2026-12-01T09:00Z", Ok("2026-12-01T09:00:00Z"));
        check("2026-12-01T09:00-05:00", Ok("2026-12-01T14:00:00Z"));
    }

    #[test]
    fn a_skipped_time_is_right_after_the_gap_and_a_repeated_one_the_first() {
        check("2026-03-29T02:30", Ok("2026-03-29T01:00:00Z"));
        check("2026-10-25T02:30", Ok("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn days_that_do_not_exist_never_happen() {
        check("2026-02-30T09:00", Err("at \"2026-02-30T09:00\" never happens: that month has 28 days"));
        check("2024-02-30T09:00", Err("29 days"));
        check("2024-02-29T09:00", Ok("2024-02-29T08:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_told_how_to_be_one() {
        check("2026-12-01", Err("it has a day and no time of day; write it like \"2026-12-01T09:00\""));
        check("2026-12-01T09:00[Europe/Madrid]", Err("its zone belongs into the key \"zone\""));
        for text in
            ["", "tomorrow", "09:00", "2026-13-01T09:00", "2026-12-01T25:00", "2026-12-32T09:00", "🙂🙂"]
        {
            check(text, Err("is not a time"));
        }
        let toml = toml::from_str::<std::collections::BTreeMap<String, At>>("at = 2026-12-01T09:00:00");
        assert!(toml.unwrap_err().to_string().contains("a time in quotes, like"));
    }

    #[test]
    fn it_is_due_once_and_the_year_9999_is_no_trouble() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at: At = "2026-12-01T09:00Z".parse().unwrap();
        let instant = at.next(Timestamp::MIN, &zone).unwrap();
        assert_eq!(at.next(instant, &zone), None);
        let last: At = "9999-12-31T23:59:59".parse().unwrap();
        assert_eq!(last.next(Timestamp::MIN, &zone), None);
        check("9999-12-31T23:59-05:00", Err("is not a time"));
    }
}
