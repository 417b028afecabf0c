//! What to run of that which was due while nobody could start it.
//!
//! A machine sleeps, a daemon is off, a clock jumps: afterwards some due times
//! are past. Running all of them can be a flood, running none can be a backup
//! that never happens on a laptop. So the job says which, and for how long a run
//! is still of use; what is not run is counted, because nothing is silently missed.
//!
//! The same function rules on an ordinary wake-up of the timer, which is always a
//! little late: the newest due time is on time while it is not [`PUNCTUAL`] late.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::text::written_as_text;
use super::{Due, Schedule, ScheduleError};
use crate::text::brief;

/// What to do about due times that have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// They are gone: `"skip"`.
    Skip,
    /// One run stands for all of them: `"once"`.
    #[default]
    Once,
    /// Each is run, but only the newest so many: `"all(10)"`.
    All(NonZeroU16),
}

/// How late a run may start and still be on time, whatever [`CatchUp`] says.
pub const PUNCTUAL: Duration = Duration::from_secs(10);

/// How many skipped due times are counted before it says "at least".
pub const MOST_COUNTED: u64 = 1000;

/// The most that [`CatchUp::All`] may ask for.
const MOST_RUN: u16 = 1000;

/// The ruling on all that was due in some time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missed {
    /// What to run, the oldest first.
    pub run: Vec<Due>,
    /// How many due times nothing is run for.
    pub skipped: u64,
    /// There are more of these: they were counted only up to [`MOST_COUNTED`].
    pub more: bool,
}

impl Schedule {
    /// Rules on what was due after `last` and not after `now`.
    ///
    /// `last` is the newest due time that was dealt with before, or when the job was
    /// first seen. Afterwards `now` is that; what is due next is after it. If the
    /// clock was set back behind `last`, nothing is due until it has passed it again.
    pub fn missed(&self, catch_up: CatchUp, grace: Duration, last: Timestamp, now: Timestamp) -> Missed {
        let Some(newest) = self.newest(last, now) else { return Missed::default() };
        let limit = match catch_up {
            CatchUp::Skip => 0,
            CatchUp::Once => 1,
            CatchUp::All(limit) => limit.get(),
        };
        let on_time = late(newest, now) <= PUNCTUAL;
        let limit = limit.max(u16::from(on_time));

        let mut run = Vec::new();
        let mut due = Some(newest);
        while let Some(found) = due
            && run.len() < limit.into()
            && (late(found, now) <= grace || run.is_empty() && on_time)
        {
            run.push(found);
            due = self.newest(last, found.at - SignedDuration::from_nanos(1));
        }
        run.reverse();

        let ran = u64::try_from(run.len()).expect("at most as many as the limit");
        let most = usize::try_from(MOST_COUNTED + ran + 1).expect("a small number");
        let all = u64::try_from(self.between(last, now).take(most).count()).expect("it was taken");
        let skipped = all - ran;
        Missed { run, skipped: skipped.min(MOST_COUNTED), more: MOST_COUNTED < skipped }
    }

    /// The last due time after `from` and not after `to`, found by halving: for any
    /// instant before it there is one more, for any other there is none.
    fn newest(&self, from: Timestamp, to: Timestamp) -> Option<Due> {
        if to <= from {
            return None;
        }
        let within = |after: i128| {
            let after = Timestamp::from_nanosecond(after).expect("it is between two timestamps");
            self.next(after).filter(|due| due.at <= to)
        };
        let (mut low, mut high) = (from.as_nanosecond(), to.as_nanosecond());
        let mut found = within(low)?;
        while let Some(later) = within(found.at.as_nanosecond()) {
            // Most often there are no more than a few, and halving takes longer than going on.
            (low, found) = (found.at.as_nanosecond(), later);
            let middle = low + (high - low) / 2;
            match within(middle) {
                Some(due) => found = due,
                None => high = middle,
            }
        }
        Some(found)
    }
}

fn late(due: Due, now: Timestamp) -> Duration {
    now.duration_since(due.at).unsigned_abs()
}

impl FromStr for CatchUp {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<CatchUp, ScheduleError> {
        let limit = || {
            let limit = text.strip_prefix("all(")?.strip_suffix(')')?.parse::<NonZeroU16>().ok()?;
            (limit.get() <= MOST_RUN).then_some(CatchUp::All(limit))
        };
        match text {
            "skip" => Ok(CatchUp::Skip),
            "once" => Ok(CatchUp::Once),
            _ => limit().ok_or_else(|| ScheduleError::NoCatchUp(brief(text))),
        }
    }
}

impl fmt::Display for CatchUp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CatchUp::Skip => out.write_str("skip"),
            CatchUp::Once => out.write_str("once"),
            CatchUp::All(limit) => write!(out, "all({limit})"),
        }
    }
}

written_as_text!(
    CatchUp,
    "CatchUp",
    "\"skip\", \"once\" or \"all(10)\"",
    "What to run of that which was due while the daemon or the machine was off: nothing (\"skip\"), one run for all of it (\"once\", the default), or the newest so many (\"all(10)\")",
    r"^(skip|once|all\([1-9][0-9]{0,3}\))$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::schedule::Trigger;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn every(period: &str) -> Schedule {
        Schedule::new(vec![Trigger::Every(period.parse().unwrap())], TimeZone::UTC)
    }

    /// With `every = "1h"`, after an absence from just after midnight until `now`.
    fn check(catch_up: &str, grace: Duration, now: &str, run: &[&str], skipped: u64) {
        let last = "2026-07-01T00:00:00Z".parse().unwrap();
        let now: Timestamp = format!("2026-07-01T{now}Z").parse().unwrap();
        let missed = every("1h").missed(catch_up.parse().unwrap(), grace, last, now);
        let expected: Vec<Timestamp> =
            run.iter().map(|hour| format!("2026-07-01T{hour}:00Z").parse().unwrap()).collect();
        assert_eq!(missed.run.iter().map(|due| due.at).collect::<Vec<_>>(), expected, "{catch_up} {now}");
        assert_eq!((missed.skipped, missed.more), (skipped, false), "{catch_up} {now}");
    }

    #[test]
    fn what_was_missed_is_run_as_the_job_says() {
        check("skip", DAY, "05:30:00", &[], 5);
        check("once", DAY, "05:30:00", &["05:00"], 4);
        check("all(3)", DAY, "05:30:00", &["03:00", "04:00", "05:00"], 2);
        check("all(9)", DAY, "02:30:00", &["01:00", "02:00"], 0);
    }

    #[test]
    fn what_is_too_late_is_of_no_use() {
        let grace = Duration::from_secs(5400);
        check("all(9)", grace, "05:30:00", &["04:00", "05:00"], 3);
        check("once", Duration::from_secs(1799), "05:30:00", &[], 5);
        check("once", Duration::from_secs(1800), "05:30:00", &["05:00"], 4);
    }

    #[test]
    fn a_timer_that_is_a_little_late_has_missed_nothing() {
        check("skip", Duration::ZERO, "01:00:00", &["01:00"], 0);
        check("skip", Duration::ZERO, "01:00:10", &["01:00"], 0);
        check("skip", Duration::ZERO, "01:00:10.001", &[], 1);
        check("skip", Duration::ZERO, "03:00:02", &["03:00"], 2);
    }

    #[test]
    fn a_clock_that_was_set_back_repeats_nothing() {
        let (last, now) = ("2026-07-01T06:00:00Z".parse().unwrap(), "2026-07-01T05:00:00Z".parse().unwrap());
        assert_eq!(every("1s").missed(CatchUp::Once, DAY, last, now), Missed::default());
        check("once", DAY, "00:00:00", &[], 0);
    }

    #[test]
    fn a_year_of_seconds_is_counted_up_to_a_bound() {
        let (last, now) =
            ("2025-07-01T00:00:00Z".parse().unwrap(), "2026-07-01T00:00:00.5Z".parse().unwrap());
        let missed = every("1s").missed("all(2)".parse().unwrap(), DAY, last, now);
        assert_eq!((missed.skipped, missed.more), (MOST_COUNTED, true));
        let newest = missed.run.last().map(|due| due.at);
        assert_eq!((missed.run.len(), newest), (2, Some("2026-07-01T00:00:00Z".parse().unwrap())));
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in ["skip", "once", "all(1)", "all(1000)"] {
            assert_eq!(text.parse::<CatchUp>().unwrap().to_string(), text);
        }
        for text in ["", "all", "all()", "all(0)", "all(1001)", "all(-1)", "never"] {
            let error = text.parse::<CatchUp>().unwrap_err().to_string();
            assert!(error.contains("is none of \"skip\", \"once\" and \"all(10)\""), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_due_time_is_run_or_counted(
            period in 1_u32..5000, gone in 0_u32..1_000_000, limit in 1_u16..20, grace in 0_u64..100_000,
        ) {
            let schedule = Schedule::new(
                vec![
                    Trigger::Every(format!("{period}s").parse().unwrap()),
                    Trigger::Cron("*/7 1-3 * * *".parse().unwrap()),
                ],
                TimeZone::get("Europe/Madrid").unwrap(),
            );
            let last = Timestamp::from_second(1_792_000_000).unwrap();
            let now = Timestamp::from_second(1_792_000_000 + i64::from(gone)).unwrap();
            let grace = Duration::from_secs(grace);
            let all: Vec<Due> = schedule.between(last, now).collect();
            let missed = schedule.missed(CatchUp::All(limit.try_into().unwrap()), grace, last, now);
            let count = all.len() - missed.run.len();
            prop_assert_eq!(missed.more, 1000 < count);
            prop_assert_eq!(missed.skipped, count.min(1000) as u64);
            let fit = all.iter().rev().filter(|due| late(**due, now) <= grace.max(PUNCTUAL));
            let fit = fit.enumerate().filter(|(index, due)| *index == 0 || late(**due, now) <= grace);
            let mut fit: Vec<Due> = fit.map(|(_, due)| *due).take(limit.into()).collect();
            fit.reverse();
            prop_assert_eq!(missed.run, fit);
        }
    }
}
