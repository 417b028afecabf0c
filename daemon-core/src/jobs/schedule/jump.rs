//! Whether the clock on the wall went on as time did.
//!
//! Time is waited for by a clock that only goes forward and stands still while
//! the machine sleeps; due times are wall time. Two readings of both say what
//! happened between them. A clock that is slewed (adjtime(3)) changes the pace of
//! both, so what differs was set, or slept through.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What both clocks said at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall time.
    pub wall: Timestamp,
    /// The time that only goes forward, from whatever beginning.
    pub monotonic: Duration,
}

/// What the wall clock did besides going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// Nothing: what the timer waits for is still right.
    None,
    /// It is ahead by so much: it was set forward, or the machine slept. What was
    /// due meanwhile is for [`super::Schedule::missed`], and the timer is set anew.
    Forward(Duration),
    /// It was set back by so much. Due times that were dealt with are not repeated,
    /// because one asks for those after the newest of them; the timer is set anew.
    Back(Duration),
}

/// The difference that is none: two clocks cannot be read at once.
pub const TOLERANCE: Duration = Duration::from_secs(1);

/// What happened to the wall clock between two readings; up to `tolerance` it is nothing.
pub fn observe(previous: Reading, now: Reading, tolerance: Duration) -> Jump {
    let wall = now.wall.duration_since(previous.wall);
    let passed = now.monotonic.saturating_sub(previous.monotonic);
    let ahead = wall.saturating_sub(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX));
    let by = ahead.unsigned_abs();
    if by <= tolerance {
        Jump::None
    } else if ahead.is_positive() {
        Jump::Forward(by)
    } else {
        Jump::Back(by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(wall_seconds: i64, monotonic_seconds: u64, expected: Jump) {
        let start = Reading { wall: Timestamp::UNIX_EPOCH, monotonic: Duration::from_secs(100) };
        let now = Reading {
            wall: Timestamp::from_second(wall_seconds).unwrap(),
            monotonic: Duration::from_secs(100 + monotonic_seconds),
        };
        assert_eq!(observe(start, now, TOLERANCE), expected);
    }

    #[test]
    fn clocks_that_agree_tell_nothing() {
        check(0, 0, Jump::None);
        check(86_400, 86_400, Jump::None);
        check(86_401, 86_400, Jump::None);
        check(86_399, 86_400, Jump::None);
    }

    #[test]
    fn sleep_and_a_clock_set_forward_look_the_same() {
        check(28_800, 5, Jump::Forward(Duration::from_secs(28_795)));
    }

    #[test]
    fn a_clock_set_back_is_noticed_however_long_it_took() {
        check(-3600, 0, Jump::Back(Duration::from_secs(3600)));
        check(3600, 7200, Jump::Back(Duration::from_secs(3600)));
    }

    proptest! {
        #[test]
        fn no_readings_are_too_far_apart(
            first in any::<(i64, u64)>(), second in any::<(i64, u64)>(), tolerance in any::<u64>(),
        ) {
            let reading = |(wall, monotonic): (i64, u64)| Reading {
                wall: Timestamp::from_second(wall % 250_000_000_000).unwrap(),
                monotonic: Duration::from_secs(monotonic),
            };
            observe(reading(first), reading(second), Duration::from_secs(tolerance));
        }
    }
}
