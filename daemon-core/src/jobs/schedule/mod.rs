//! When a job is due: what was written, and what follows from it.
//!
//! Schedules go wrong where time does: a clock that skips an hour or repeats
//! one, a machine that slept, a day that exists every fourth year. So all of it
//! is decided here, by functions of what was written, the zone and an instant,
//! and tested against a reference that looks at every minute of ten years.
//!
//! The rules, which are those of cron(8) where it has any (`docs/schedules.md`):
//!
//! - a time of day that the clock skips is due once, right after the gap;
//! - a time of day that comes twice is due the first time;
//! - a cron expression with `*` in its seconds, minutes or hours is an interval:
//!   due whenever the clock shows a time that matches, so in both hours of an
//!   overlap, and not at all in a gap;
//! - `every` is elapsed time, which no clock change concerns;
//! - two triggers of a job that are due at the same instant are one run;
//! - what was due while nobody could start it is for [`CatchUp`] to decide.
//!
//! Nothing here reads a clock, waits or starts anything.

mod agenda;
mod at;
mod catch_up;
mod cron;
mod error;
mod every;
mod jump;
mod local;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod ten_years;
pub(super) mod text;
mod words;
mod zone;

use std::iter;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use agenda::Agenda;
pub use at::At;
pub use catch_up::{CatchUp, MOST_COUNTED, Missed, PUNCTUAL};
pub use cron::Cron;
pub use error::ScheduleError;
pub use every::Every;
pub use jump::{Jump, Reading, TOLERANCE, observe};
pub use zone::Zone;

/// All that makes one job due, and where its times of day are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    triggers: Box<[Trigger]>,
    zone: TimeZone,
}

/// One reason to be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// Whenever the clock matches an expression.
    Cron(Cron),
    /// Again and again after the same length of time.
    Every(Every),
    /// Once.
    At(At),
}

impl std::fmt::Display for Trigger {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trigger::Cron(cron) => cron.fmt(out),
            Trigger::Every(every) => write!(out, "every {every}"),
            Trigger::At(at) => write!(out, "at {at}"),
        }
    }
}

/// A time at which a job is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Which of the schedule's triggers says so; the first one if several do.
    pub trigger: usize,
}

impl Schedule {
    /// The triggers, with their times of day meant in `zone` ([`Zone::resolve`]).
    pub fn new(triggers: Vec<Trigger>, zone: TimeZone) -> Schedule {
        Schedule { triggers: triggers.into(), zone }
    }

    /// The triggers, in the order in which [`Due::trigger`] counts them.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Where times of day are meant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Moves all times of day to another zone, because the system's has changed.
    ///
    /// What is due next has to be asked again; what has run stays run, because
    /// one asks for what is due after it.
    pub fn set_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// What is due next, strictly after `after`; nothing if that would be after the year 9999.
    pub fn next(&self, after: Timestamp) -> Option<Due> {
        let dues = self.triggers.iter().enumerate().filter_map(|(trigger, source)| {
            let at = match source {
                Trigger::Cron(cron) => cron.next(after, &self.zone),
                Trigger::Every(every) => every.next(after),
                Trigger::At(at) => at.next(after, &self.zone),
            }?;
            Some(Due { at, trigger })
        });
        dues.min_by_key(|due| (due.at, due.trigger))
    }

    /// What is due after `from` and not after `to`, in order. It may be a lot: take only so many.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Due> {
        let within = move |due: &Due| due.at <= to;
        iter::successors(self.next(from).filter(within), move |due| self.next(due.at).filter(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(triggers: Vec<Trigger>) -> Schedule {
        Schedule::new(triggers, TimeZone::get("Europe/Madrid").unwrap())
    }

    fn cron(text: &str) -> Trigger {
        Trigger::Cron(text.parse().unwrap())
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(schedule: &Schedule, from: &str, to: &str, expected: &[(&str, usize)]) {
        let expected: Vec<Due> =
            expected.iter().map(|(at, trigger)| Due { at: instant(at), trigger: *trigger }).collect();
        let found: Vec<Due> = schedule.between(instant(from), instant(to)).take(100).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn triggers_that_agree_are_one_run() {
        let several = schedule(vec![
            cron("0 2 * * *"),
            Trigger::Every("30m".parse().unwrap()),
            Trigger::At("2026-07-01T02:15".parse().unwrap()),
        ]);
        let expected = [
            ("2026-07-01T00:00:00Z", 0),
            ("2026-07-01T00:15:00Z", 2),
            ("2026-07-01T00:30:00Z", 1),
            ("2026-07-01T01:00:00Z", 1),
        ];
        check(&several, "2026-06-30T23:30:00Z", "2026-07-01T01:00:00Z", &expected);
    }

    #[test]
    fn what_is_due_at_the_beginning_is_past_and_at_the_end_is_not() {
        let daily = schedule(vec![cron("@daily")]);
        check(&daily, "2026-06-30T22:00:00Z", "2026-07-01T21:59:59Z", &[]);
        let expected = [("2026-07-01T22:00:00Z", 0)];
        check(&daily, "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", &expected);
    }

    #[test]
    fn another_zone_moves_times_of_day_and_no_intervals() {
        let mut both = schedule(vec![cron("0 9 * * *"), Trigger::Every("5h".parse().unwrap())]);
        let after = instant("2026-07-01T08:30:00Z");
        let every = both.between(after, instant("2026-07-02T08:30:00Z")).filter(|due| due.trigger == 1);
        let every: Vec<Due> = every.collect();
        both.set_zone(TimeZone::get("America/New_York").unwrap());
        let moved: Vec<Due> = both.between(after, instant("2026-07-02T08:30:00Z")).collect();
        assert!(every.iter().all(|due| moved.contains(due)));
        let nine = moved.iter().find(|due| due.trigger == 0).map(|due| due.at);
        assert_eq!(nine, Some(instant("2026-07-01T13:00:00Z")));
    }

    #[test]
    fn no_triggers_are_never_due() {
        assert_eq!(schedule(Vec::new()).next(Timestamp::MIN), None);
    }

    #[test]
    fn the_end_of_time_is_an_end() {
        let all = schedule(vec![
            cron("* * * * *"),
            cron("0 0 * * *"),
            cron("59 59 23 31 12 *"),
            Trigger::Every("8760h".parse().unwrap()),
            Trigger::At("9999-12-31T23:59".parse().unwrap()),
        ]);
        assert_eq!(all.next(Timestamp::MAX), None);
        let last = instant("9999-12-30T22:00:00Z");
        assert_eq!(all.next(last), None, "a minute later is beyond what a timestamp can say");
        assert!(all.next(Timestamp::MIN).is_some());
    }

    #[test]
    fn ten_thousand_schedules_are_small() {
        // With the text and the allocation of the list, some 200 bytes a job.
        assert!(size_of::<Trigger>() <= 96, "{}", size_of::<Trigger>());
        assert!(size_of::<Schedule>() <= 24, "{}", size_of::<Schedule>());
    }
}
