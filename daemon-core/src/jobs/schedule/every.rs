//! `every = "15m"`: again and again after the same length of time.
//!
//! The times are the multiples of the length since 1970-01-01T00:00Z. A start of
//! the daemon, an edit of something else, or a run that took long shifts none of
//! them, there is nothing to store, and "15m" happens to mean the full quarters
//! of an hour in nearly every zone. The price: jobs with the same length are due
//! together, and "24h" is midnight in UTC; a time of day is cron's affair.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::ScheduleError;
use super::text::written_as_text;
use crate::config::Span;
use crate::text::brief;

/// An interval of at least a second, in elapsed time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Every {
    period: Duration,
    text: Box<str>,
}

impl Every {
    /// How long it is from one due time to the next.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// The first multiple of the period after `after`.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let period = i128::try_from(self.period.as_nanos()).expect("a span is at most a year");
        let passed = after.as_nanosecond().div_euclid(period);
        Timestamp::from_nanosecond((passed + 1) * period).ok()
    }
}

impl FromStr for Every {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Every, ScheduleError> {
        let period = text.parse::<Span>()?.get();
        // A day of a clock has 23 or 25 hours at times, and whoever writes days means those.
        if text.trim_start().trim_start_matches(|it: char| it.is_ascii_digit()).trim_start().starts_with('d')
        {
            return Err(ScheduleError::InDays(brief(text), Span::from(period)));
        }
        if period < Duration::from_secs(1) {
            return Err(ScheduleError::TooOften(brief(text)));
        }
        Ok(Every { period, text: text.into() })
    }
}

impl fmt::Display for Every {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

written_as_text!(
    Every,
    "Every",
    "a duration with its unit, like \"15m\"",
    "How long it is from one due time to the next, at least a second: \"90s\", \"15m\", \"1h30m\". Counted in elapsed time from 1970-01-01T00:00Z, so that a start of the daemon shifts nothing",
    r"^\s*[0-9].*[a-zµ]\s*$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(json: &str, part: &str) {
        let read = serde_json::from_str::<Every>(json).map_err(|error| error.to_string());
        assert!(read.clone().is_err_and(|error| error.contains(part)), "{json}: {read:?}");
    }

    #[test]
    fn what_would_never_rest_is_refused() {
        check(r#""0s""#, "every \"0s\" is too often: at least \"1s\"");
        check(r#""999ms""#, "too often");
    }

    #[test]
    fn what_is_no_duration_is_told_how_to_be_one() {
        check(r#""15""#, "\"15s\" is seconds");
        check(r#""1d""#, "write \"24h\" if");
        check(r#""7 d""#, "write \"168h\" if");
        check(r#""1y""#, "units: d, h, m, s");
        check("15", "a duration with its unit, like \"15m\"");
    }

    #[test]
    fn quarters_of_an_hour_are_those_of_the_clock() {
        let every: Every = "15m".parse().unwrap();
        let next = every.next("2026-10-25T00:31:07.5Z".parse().unwrap());
        assert_eq!(next, Some("2026-10-25T00:45:00Z".parse().unwrap()));
        assert_eq!(every.next(Timestamp::MAX), None);
    }

    proptest! {
        #[test]
        fn the_next_is_one_period_after_the_last(
            seconds in 1_u64..100_000,
            millis in 0_u64..1000,
            after in -1_000_000_000_i64..4_000_000_000,
        ) {
            let period = Duration::from_millis(seconds * 1000 + millis);
            let every: Every = format!("{}ms", period.as_millis()).parse().unwrap();
            let after = Timestamp::from_second(after).unwrap();
            let first = every.next(after).unwrap();
            prop_assert!(after < first && first.duration_since(after).unsigned_abs() <= period);
            let second = every.next(first).unwrap();
            prop_assert_eq!(second.duration_since(first).unsigned_abs(), period);
            prop_assert_eq!(every.next(first - Duration::from_nanos(1)), Some(first));
        }
    }
}
