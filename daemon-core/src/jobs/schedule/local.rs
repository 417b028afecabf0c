//! From a time on the wall to the instant that is meant.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The instant at which a clock in `zone` first shows `time` or, where it skips
/// it, the first instant after the gap. Nothing beyond the year 9999.
///
/// Later times never have earlier instants, so one can search among either.
pub(super) fn instant(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(time).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // By the clock that is not in force yet, it is not that late yet.
            let before_the_gap = after.to_timestamp(time).ok()?;
            zone.following(before_the_gap).next().map(|transition| transition.timestamp())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, time: &str, expected: &str) {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(instant(time.parse().unwrap(), &zone), Some(expected.parse().unwrap()), "{time}");
    }

    #[test]
    fn a_skipped_time_is_right_after_the_gap() {
        check("Europe/Madrid", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z");
        check("Europe/Madrid", "2026-03-29T02:00", "2026-03-29T01:00:00Z");
        check("Europe/Madrid", "2026-03-29T02:59:59", "2026-03-29T01:00:00Z");
        check("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30:00Z");
        check("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_repeated_time_is_the_first() {
        check("Europe/Madrid", "2026-10-25T02:30", "2026-10-25T00:30:00Z");
        check("Europe/Madrid", "2026-10-25T03:00", "2026-10-25T02:00:00Z");
    }

    #[test]
    fn what_no_timestamp_can_say_is_nothing() {
        let zone = TimeZone::get("America/New_York").unwrap();
        assert_eq!(instant(DateTime::MAX, &zone), None);
    }
}
