//! A cron expression as sets of bits, and the next time that is in all of them.

use jiff::civil::{Date, DateTime, Time};

use super::day::Days;

/// What the fields of an expression allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    /// Bit n is second n; the same for the others.
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u32,
    pub(super) months: u16,
    /// Whether there is a `*` among seconds, minutes and hours.
    pub(super) interval: bool,
    pub(super) days: Days,
}

impl Fields {
    /// Whether any date matches. The calendar repeats itself after 400 years.
    pub(super) fn ever(&self) -> bool {
        let (first, last) = (Date::constant(2000, 1, 1), Date::constant(2399, 12, 31));
        self.date_at_or_after(first).is_some_and(|date| date <= last)
    }

    /// The first match that is not before `from`, a whole second.
    pub(super) fn at_or_after(&self, from: DateTime) -> Option<DateTime> {
        let date = self.date_at_or_after(from.date())?;
        if date == from.date() {
            if let Some(time) = self.time_at_or_after(from.time()) {
                return Some(date.to_datetime(time));
            }
            let date = self.date_at_or_after(date.tomorrow().ok()?)?;
            return Some(date.to_datetime(self.first_time()));
        }
        Some(date.to_datetime(self.first_time()))
    }

    fn date_at_or_after(&self, from: Date) -> Option<Date> {
        let (mut year, mut month, mut day) = (from.year(), from.month(), from.day());
        loop {
            if self.months >> month & 1 == 1 {
                let first = Date::new(year, month, 1).expect("months go from 1 to 12, years to 9999");
                if let Some(day) = next_bit(self.days.of_month(first).into(), day) {
                    return Some(Date::new(year, month, day).expect("only days of the month are set"));
                }
            }
            day = 1;
            if month < 12 {
                month += 1;
            } else if year < 9999 {
                (year, month) = (year + 1, 1);
            } else {
                return None;
            }
        }
    }

    fn time_at_or_after(&self, from: Time) -> Option<Time> {
        let (hour, minute, second) = (from.hour(), from.minute(), from.second());
        let (hours, first) = (u64::from(self.hours), self.first_time());
        if hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = next_bit(self.seconds, second)
            {
                return Some(time(hour, minute, second));
            }
            if let Some(minute) = next_bit(self.minutes, minute + 1) {
                return Some(time(hour, minute, first.second()));
            }
        }
        next_bit(hours, hour + 1).map(|hour| time(hour, first.minute(), first.second()))
    }

    fn first_time(&self) -> Time {
        let first = |bits: u64| next_bit(bits, 0).expect("a field allows something");
        time(first(self.hours.into()), first(self.minutes), first(self.seconds))
    }
}

fn time(hour: i8, minute: i8, second: i8) -> Time {
    Time::new(hour, minute, second, 0).expect("only times of a day are set")
}

/// The lowest bit that is set, from bit `from` on, which is at most 63.
fn next_bit(bits: u64, from: i8) -> Option<i8> {
    let rest = bits >> from << from;
    (rest != 0).then(|| i8::try_from(rest.trailing_zeros()).expect("there are 64 bits"))
}
