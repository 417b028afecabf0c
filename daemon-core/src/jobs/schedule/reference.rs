//! What cron expressions mean, the slow way: looking at every minute or second
//! of UTC, asking what a clock shows then, and comparing field by field.
//!
//! It shares nothing with what it judges: expressions are built, not read, and
//! dates come from the number of the day. Only the offsets of the zones are jiff's
//! in both.

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

pub(super) const ZONES: [&str; 7] = [
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
];

/// An expression that knows its meaning.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) second: Option<Part>,
    pub(super) minute: Part,
    pub(super) hour: Part,
    pub(super) day: Day,
    pub(super) month: Part,
    pub(super) weekday: Which,
    pub(super) both: bool,
}

/// `*/step`, or a list of ranges with steps.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Star(u8),
    List(Vec<(u8, u8, u8)>),
}

#[derive(Debug, Clone)]
pub(super) enum Day {
    Plain(Part),
    Last,
    LastWorkday,
    Nearest(i8),
}

#[derive(Debug, Clone)]
pub(super) enum Which {
    Plain(Part),
    Nth(u8, i8),
    Last(u8),
}

impl Expression {
    pub(super) fn is_interval(&self) -> bool {
        let second = self.second.as_ref().is_some_and(Part::is_star);
        second || self.minute.is_star() || self.hour.is_star()
    }

    pub(super) fn matches_date(&self, date: Date) -> bool {
        let day = match &self.day {
            Day::Plain(part) => part.allows(date.day()),
            Day::Last => date == date.last_of_month(),
            Day::LastWorkday => nearest_workday(date.last_of_month()) == date,
            Day::Nearest(day) => {
                *day <= date.days_in_month()
                    && nearest_workday(Date::new(date.year(), date.month(), *day).unwrap()) == date
            }
        };
        let is = |weekday: u8| (date.weekday().to_sunday_zero_offset() as u8) == weekday % 7;
        let weekday = match &self.weekday {
            Which::Plain(part) => {
                part.allows(date.weekday().to_sunday_zero_offset())
                    || date.weekday() == Weekday::Sunday && part.allows(7)
            }
            Which::Nth(weekday, nth) => is(*weekday) && (date.day() + 6) / 7 == *nth,
            Which::Last(weekday) => {
                is(*weekday) && date.checked_add(7.days()).unwrap().month() != date.month()
            }
        };
        let star = matches!(&self.day, Day::Plain(part) if part.is_star())
            || matches!(&self.weekday, Which::Plain(part) if part.is_star());
        let days = if self.both || star { day && weekday } else { day || weekday };
        days && self.month.allows(date.month())
    }
}

/// By trying the days around it.
fn nearest_workday(date: Date) -> Date {
    let candidates = [0, -1, 1, -2, 2].map(|days| date.checked_add(days.days()).unwrap());
    let is_workday = |day: &&Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    *candidates.iter().filter(is_workday).find(|day| day.month() == date.month()).unwrap()
}

impl Part {
    fn is_star(&self) -> bool {
        matches!(self, Part::Star(_))
    }

    fn allows(&self, value: i8) -> bool {
        let value = u8::try_from(value).unwrap();
        match self {
            // Days and months count from 1, and their steps with them; the caller knows.
            Part::Star(step) => value.is_multiple_of(*step),
            Part::List(ranges) => ranges
                .iter()
                .any(|(low, high, step)| (*low..=*high).contains(&value) && (value - low) % step == 0),
        }
    }
}

/// Walks along UTC and says whether an expression is due.
pub(super) struct Walk<'a> {
    expression: &'a Expression,
    interval: bool,
    seconds: [bool; 60],
    minutes: [bool; 60],
    hours: [bool; 24],
    step: i64,
    /// The day that was looked at last, and whether it matches.
    day: (i64, bool),
    /// The latest that the clock has shown, in seconds from 1970-01-01T00:00 of its own.
    latest: i64,
}

impl<'a> Walk<'a> {
    /// `step` is a second or a minute; `local` what the clock shows one step before the walk begins.
    pub(super) fn new(expression: &'a Expression, step: i64, local: i64) -> Walk<'a> {
        let second =
            |value: usize| expression.second.as_ref().map_or(value == 0, |part| part.allows(value as i8));
        Walk {
            expression,
            interval: expression.is_interval(),
            seconds: std::array::from_fn(second),
            minutes: std::array::from_fn(|value| expression.minute.allows(value as i8)),
            hours: std::array::from_fn(|value| expression.hour.allows(value as i8)),
            step,
            day: (i64::MIN, false),
            latest: local,
        }
    }

    /// Whether it is due at the next instant, where the clock shows `local`.
    pub(super) fn is_due(&mut self, local: i64) -> bool {
        if self.interval {
            return self.matches(local);
        }
        let mut due = false;
        // Usually one step; none where the clock repeats itself, more where it skipped some.
        while self.latest < local {
            self.latest += self.step;
            due |= self.matches(self.latest);
        }
        due
    }

    fn matches(&mut self, local: i64) -> bool {
        let of_day = local.rem_euclid(86_400) as usize;
        if !self.minutes[of_day / 60 % 60] || !self.hours[of_day / 3600] || !self.seconds[of_day % 60] {
            return false;
        }
        let day = local.div_euclid(86_400);
        if self.day.0 != day {
            let date = Date::constant(1970, 1, 1).checked_add(day.days()).unwrap();
            self.day = (day, self.expression.matches_date(date));
        }
        self.day.1
    }
}

/// What a clock in `zone` shows, in seconds from its own 1970-01-01T00:00.
pub(super) fn local(second: i64, zone: &TimeZone) -> i64 {
    second + i64::from(zone.to_offset(Timestamp::from_second(second).unwrap()).seconds())
}

/// All due times after `from` up to `to`, in seconds of Unix time.
pub(super) fn dues(expression: &Expression, zone: &TimeZone, from: i64, to: i64, step: i64) -> Vec<i64> {
    let mut walk = Walk::new(expression, step, local(from, zone));
    let mut second = from;
    let mut found = Vec::new();
    while second + step <= to {
        second += step;
        if walk.is_due(local(second, zone)) {
            found.push(second);
        }
    }
    found
}

impl fmt::Display for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(second) = &self.second {
            write!(out, "{second} ")?;
        }
        write!(out, "{} {} ", self.minute, self.hour)?;
        match &self.day {
            Day::Plain(part) => write!(out, "{part}")?,
            Day::Last => write!(out, "L")?,
            Day::LastWorkday => write!(out, "LW")?,
            Day::Nearest(day) => write!(out, "{day}W")?,
        }
        write!(out, " {} {}", self.month, if self.both { "+" } else { "" })?;
        match &self.weekday {
            Which::Plain(part) => write!(out, "{part}"),
            Which::Nth(weekday, nth) => write!(out, "{weekday}#{nth}"),
            Which::Last(weekday) => write!(out, "{weekday}L"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Star(1) => write!(out, "*"),
            Part::Star(step) => write!(out, "*/{step}"),
            Part::List(ranges) => {
                let written = |(low, high, step): &(u8, u8, u8)| match (low == high, *step) {
                    (true, _) => low.to_string(),
                    (_, 1) => format!("{low}-{high}"),
                    _ => format!("{low}-{high}/{step}"),
                };
                out.write_str(&ranges.iter().map(written).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// A part of a field from `low` to `high`. A step behind `*` only where the field begins with 0.
pub(super) fn part(low: u8, high: u8) -> impl Strategy<Value = Part> {
    let most = if low == 0 { high } else { 1 };
    let range = (low..=high, low..=high, 1..=high).prop_map(|(a, b, step)| (a.min(b), a.max(b), step));
    let single = (low..=high).prop_map(|value| Part::List(vec![(value, value, 1)]));
    prop_oneof![
        2 => (1..=most).prop_map(Part::Star),
        2 => single,
        3 => proptest::collection::vec(range, 1..4).prop_map(Part::List),
    ]
}

pub(super) fn days() -> impl Strategy<Value = (Day, Part, Which, bool)> {
    let day = prop_oneof![
        4 => part(1, 31).prop_map(Day::Plain),
        1 => Just(Day::Last),
        1 => Just(Day::LastWorkday),
        1 => (1_i8..=31).prop_map(Day::Nearest),
    ];
    let weekday = prop_oneof![
        4 => part(0, 6).prop_map(Which::Plain),
        1 => (0_u8..=7, 1_i8..=5).prop_map(|(weekday, nth)| Which::Nth(weekday, nth)),
        1 => (0_u8..=7).prop_map(Which::Last),
    ];
    (day, part(1, 12), weekday, any::<bool>())
}
