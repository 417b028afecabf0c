//! `cron = "0 2 * * *"`: whenever the clock matches an expression.
//!
//! An expression is kept as a few sets of bits, so that ten thousand of them
//! take two megabytes and the next match is found by counting zeros. croner reads
//! the same expressions, but keeps more than 5 KB for each, ends with the year
//! 5000, gives up in a gap of a day and takes a list of fixed times for an
//! interval; so it only has a second opinion, in the tests.

mod day;
mod fields;
mod parse;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod second_opinion;
mod words;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use self::fields::Fields;
pub(super) use self::words::MONTHS;
use super::text::written_as_text;
use super::{ScheduleError, local};
use crate::text::brief;

/// Five or six fields of crontab(5), or a name such as `@daily`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    fields: Fields,
    text: Box<str>,
}

impl Cron {
    /// Whether it is an interval: due whenever the clock matches, so in both hours
    /// of an overlap. Others are due once a day for each time of day they name.
    pub fn is_interval(&self) -> bool {
        self.fields.interval
    }

    /// What it means, such as "Monday to Friday at 09:00", if that can be said briefly.
    pub fn words(&self) -> Option<String> {
        words::of(&self.fields)
    }

    /// Whether a clock that shows `time` matches it.
    pub fn matches(&self, time: DateTime) -> bool {
        self.fields.at_or_after(time) == Some(time)
    }

    /// When it is due next, strictly after `after`, for clocks in `zone`.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // What matches is a whole second, so what follows is at least the next one.
        let second = after.as_second() - i64::from(after.subsec_nanosecond() < 0);
        if self.fields.interval {
            self.next_match(Timestamp::from_second(second + 1).ok()?, zone)
        } else {
            self.next_time(after, Timestamp::from_second(second).ok()?, zone)
        }
    }

    /// Among the times of day, in the order in which they stand in the calendar; `second` is that of `after`.
    fn next_time(&self, after: Timestamp, second: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut shown = zone.to_datetime(second);
        loop {
            // In the calendar, not on the clock: what it skips is due too.
            let time = self.fields.at_or_after(shown.checked_add(1.second()).ok()?)?;
            let due = local::instant(time, zone)?;
            // In the second hour of an overlap, all of the first is past.
            if after < due {
                return Some(due);
            }
            shown = time;
        }
    }

    /// Among the instants, one stretch between two changes of the clock after the other.
    fn next_match(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut from = from;
        let mut shown = zone.to_datetime(from);
        let mut searched = shown;
        let mut time = self.fields.at_or_after(shown)?;
        loop {
            let change = zone.following(from).next().map(|transition| transition.timestamp());
            let due = offset(from, shown).to_timestamp(time).ok();
            match (due, change) {
                (due, None) => return due,
                (Some(due), Some(change)) if due < change => return Some(due),
                (_, Some(change)) => {
                    from = change;
                    shown = zone.to_datetime(from);
                    // Between where the search began and what it found, there is nothing.
                    if shown < searched || time < shown {
                        searched = shown;
                        time = self.fields.at_or_after(shown)?;
                    }
                }
            }
        }
    }
}

/// How far ahead of UTC a clock is that shows `time` at `instant`.
fn offset(instant: Timestamp, time: DateTime) -> Offset {
    let ahead = time.duration_since(Offset::UTC.to_datetime(instant)).as_secs();
    let ahead = i32::try_from(ahead).expect("offsets are shorter than two days");
    Offset::from_seconds(ahead).expect("a zone's offset is one")
}

impl FromStr for Cron {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Cron, ScheduleError> {
        let fields = parse::fields(text)?;
        if !fields.ever() {
            return Err(ScheduleError::Never(brief(text)));
        }
        Ok(Cron { fields, text: text.into() })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

written_as_text!(
    Cron,
    "Cron",
    "a cron expression in quotes, like \"0 2 * * *\"",
    "Minute, hour, day of the month, month and weekday, with a second before them if there are six; names, ranges, steps, L, W and # as in \"0 2 * * MON-FRI\", \"0 0 L * *\", \"0 9 * * MON#1\"; or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
    r"^\s*(@[A-Za-z]+|[^@\s]+(\s+[^\s]+){4,5})\s*$"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, zone: &str, after: &str, expected: &[&str]) {
        let cron: Cron = text.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut after: Timestamp = after.parse().unwrap();
        for at in expected {
            after = cron.next(after, &zone).unwrap();
            assert_eq!(after, at.parse().unwrap(), "{text}");
        }
    }

    const MADRID: &str = "Europe/Madrid";

    #[test]
    fn a_fixed_time_in_the_gap_is_due_once_right_after() {
        let after = "2026-03-28T12:00:00Z";
        check("30 2 * * *", MADRID, after, &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
        check("30 2 * * *", MADRID, "2026-03-29T00:59:59.9Z", &["2026-03-29T01:00:00Z"]);
        check("59 59 1-2 * * *", MADRID, after, &["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"]);
        check("0,30 2,3 * * *", MADRID, after, &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
    }

    #[test]
    fn a_fixed_time_in_the_overlap_is_due_the_first_time() {
        let first = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        check("30 2 * * *", MADRID, "2026-10-24T12:00:00Z", &first);
        check("30 2 * * *", MADRID, "2026-10-25T00:45:00Z", &first[1..]);
        check("30 2 * * *", MADRID, "2026-10-25T01:15:00Z", &first[1..]);
    }

    #[test]
    fn an_interval_is_due_in_both_hours_of_the_overlap() {
        let expected =
            ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"];
        check("*/30 * * * *", MADRID, "2026-10-25T00:00:00Z", &expected);
        check(
            "30 * * * *",
            MADRID,
            "2026-10-25T00:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
        );
    }

    #[test]
    fn an_interval_in_the_gap_goes_on_after_it() {
        check(
            "*/30 * * * *",
            MADRID,
            "2026-03-29T00:30:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
        );
        check("*/20 2 * * *", MADRID, "2026-03-28T12:00:00Z", &["2026-03-30T00:00:00Z"]);
    }

    #[test]
    fn a_skipped_day_is_right_after_it() {
        let expected = ["2011-12-30T10:00:00Z", "2011-12-30T19:00:00Z"];
        check("0 9 * * *", "Pacific/Apia", "2011-12-30T00:00:00Z", &expected);
    }

    #[test]
    fn fractions_of_a_second_lead_to_the_next_whole_one() {
        check(
            "* * * * * *",
            MADRID,
            "2026-01-01T00:00:00.5Z",
            &["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"],
        );
        check(
            "* * * * * *",
            MADRID,
            "1969-12-31T23:59:58.5Z",
            &["1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"],
        );
    }

    #[test]
    fn rare_days_are_found_however_far_away() {
        check("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
        check("* * 29 2 +MON", MADRID, "2080-01-01T00:00:00Z", &["2112-02-28T23:00:00Z"]);
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in ["0 2 * * *", "@daily", " 0  2 1,15 jan-mar Mon#1 "] {
            let cron: Cron = text.parse().unwrap();
            let written = serde_json::to_string(&cron).unwrap();
            assert_eq!(serde_json::from_str::<Cron>(&written).unwrap(), cron);
            assert_eq!(cron.to_string(), text);
        }
    }

    #[test]
    fn days_that_no_month_has_never_happen() {
        for text in ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31W FEB *", "0 0 30 2 +FRI"] {
            let error = text.parse::<Cron>().unwrap_err().to_string();
            assert!(error.contains("never happens"), "{error}");
        }
        // Either of two restricted fields is enough.
        assert!("0 0 31 2 MON".parse::<Cron>().is_ok());
    }
}
