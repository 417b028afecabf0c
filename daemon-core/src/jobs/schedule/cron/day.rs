//! Which days of a month an expression allows.

use jiff::civil::Date;

/// The day of the month and the weekday, which only together say which days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Days {
    /// Bit n is day n.
    pub(super) plain: u32,
    /// `nW`: the weekday next to day n.
    pub(super) nearest: u32,
    /// For each weekday from Sunday on: bit n - 1 is its nth in the month, [`LAST`] its last.
    pub(super) weekdays: [u8; 7],
    /// `L`.
    pub(super) last: bool,
    /// `LW`: the last from Monday to Friday.
    pub(super) last_workday: bool,
    /// A day has to satisfy both fields. Otherwise, both are restricted, and one is enough.
    pub(super) both: bool,
}

/// The bit of `nL`.
pub(super) const LAST: u8 = 1 << 5;
/// The bits of a weekday without `#` and `L`.
pub(super) const ANY: u8 = 0b1_1111;

impl Days {
    /// The days of the month that begins with `first`: bit n is day n.
    pub(super) fn of_month(&self, first: Date) -> u32 {
        let length = first.days_in_month();
        let weekday_of_first = first.weekday().to_sunday_zero_offset();
        let by_day = self.by_day(length, weekday_of_first);
        let by_weekday = self.by_weekday(length, weekday_of_first);
        let days = if self.both { by_day & by_weekday } else { by_day | by_weekday };
        days & valid(length)
    }

    fn by_day(&self, length: i8, weekday_of_first: i8) -> u32 {
        let mut days = self.plain;
        if self.last {
            days |= 1 << length;
        }
        if self.last_workday {
            days |= 1 << nearest_workday(length, length, weekday_of_first);
        }
        if self.nearest != 0 {
            for day in (1..=length).filter(|day| self.nearest >> day & 1 == 1) {
                days |= 1 << nearest_workday(day, length, weekday_of_first);
            }
        }
        days
    }

    fn by_weekday(&self, length: i8, weekday_of_first: i8) -> u32 {
        if self.weekdays == [ANY; 7] {
            return valid(length);
        }
        let mut days = 0;
        for (weekday, wanted) in (0_i8..).zip(self.weekdays).filter(|(_, wanted)| *wanted != 0) {
            let first = 1 + (weekday - weekday_of_first).rem_euclid(7);
            for (nth, day) in (first..=length).step_by(7).enumerate() {
                let is_last = length < day + 7;
                if wanted >> nth & 1 == 1 || is_last && wanted & LAST != 0 {
                    days |= 1 << day;
                }
            }
        }
        days
    }
}

fn valid(length: i8) -> u32 {
    // Bits 1 to `length`.
    u32::MAX >> (31 - length) & !1
}

/// The day from Monday to Friday that is next to `day`, within the same month.
fn nearest_workday(day: i8, length: i8, weekday_of_first: i8) -> i8 {
    match (weekday_of_first + day - 1).rem_euclid(7) {
        6 if day == 1 => 3,
        6 => day - 1,
        0 if day == length => day - 2,
        0 => day + 1,
        _ => day,
    }
}
