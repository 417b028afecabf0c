//! Which refusals are told one by one, and which are only counted.
//!
//! Who is refused may try again a thousand times a second, and the record must
//! neither fill the disk with that nor be silent about it. So the first of a
//! window are leaves of their own, and the others are counted by operation and
//! code, of which there are only so many; the sum is one leaf. While a flood
//! lasts the windows grow, to an hour.
//!
//! Nothing here waits: whoever keeps the record asks when a sum is due.

use std::collections::BTreeMap;
use std::time::Duration;

/// Refusals of one window that are told one by one.
const SINGLE: u32 = 32;
/// The first window.
const SHORTEST: Duration = Duration::from_secs(60);
/// The longest.
const LONGEST: Duration = Duration::from_secs(3600);

/// How often an operation was refused, with which code.
pub(super) type Counts = BTreeMap<(&'static str, &'static str), u64>;

/// What has been refused lately.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    window: Option<Window>,
    counts: Counts,
}

#[derive(Debug)]
struct Window {
    ends: Duration,
    length: Duration,
    told: u32,
}

/// What becomes of a refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It is a leaf.
    Tell,
    /// It is counted, as the first in this window.
    CountFirst,
    /// It is counted.
    Count,
}

impl Refusals {
    /// Takes a refusal at `now`, a monotonic time.
    pub(super) fn refused(&mut self, op: &'static str, code: &'static str, now: Duration) -> Ruling {
        if self.counts.is_empty() && self.window.as_ref().is_some_and(|window| window.ends <= now) {
            self.window = None;
        }
        let window = self.window.get_or_insert(Window { ends: now + SHORTEST, length: SHORTEST, told: 0 });
        if window.told < SINGLE {
            window.told += 1;
            return Ruling::Tell;
        }
        let is_first = self.counts.is_empty();
        *self.counts.entry((op, code)).or_default() += 1;
        if is_first { Ruling::CountFirst } else { Ruling::Count }
    }

    /// When a sum is due, if one is.
    pub(super) fn due(&self) -> Option<Duration> {
        let window = self.window.as_ref()?;
        (!self.counts.is_empty()).then_some(window.ends)
    }

    /// Takes the sum, and begins a window that is longer.
    pub(super) fn take(&mut self, now: Duration) -> Option<Counts> {
        let window = self.window.as_mut().filter(|_| !self.counts.is_empty())?;
        let length = (window.length * 2).min(LONGEST);
        *window = Window { ends: now + length, length, told: 0 };
        Some(std::mem::take(&mut self.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_few_refusals_are_all_told() {
        let mut refusals = Refusals::default();
        for minute in 0..1000 {
            for _ in 0..SINGLE {
                assert_eq!(refusals.refused("a.b", "denied", minute * SHORTEST), Ruling::Tell);
            }
        }
        assert_eq!((refusals.due(), refusals.take(SECOND)), (None, None));
    }

    #[test]
    fn a_flood_is_counted_and_takes_little_room() {
        let mut refusals = Refusals::default();
        let (mut leaves, mut counted, mut told) = (0_u64, 0, 0);
        for second in 0..86_400_u32 {
            let now = second * SECOND;
            if refusals.due().is_some_and(|due| due <= now) {
                counted += refusals.take(now).unwrap().values().sum::<u64>();
                leaves += 1;
            }
            for _ in 0..10 {
                if refusals.refused("exec.run", "busy", now) == Ruling::Tell {
                    told += 1;
                }
            }
        }
        counted += refusals.take(SECOND).unwrap().values().sum::<u64>();
        assert_eq!(told + counted, 864_000, "each is told or counted");
        assert!(leaves + told < 1200, "{leaves} and {told} leaves in a day");
    }

    #[test]
    fn the_first_that_is_counted_is_known() {
        let mut refusals = Refusals::default();
        for _ in 0..SINGLE {
            refusals.refused("a.b", "denied", SECOND);
        }
        assert_eq!(refusals.refused("a.b", "denied", SECOND), Ruling::CountFirst);
        assert_eq!(refusals.refused("a.c", "denied", SECOND), Ruling::Count);
        assert_eq!(refusals.due(), Some(SECOND + SHORTEST));
        assert_eq!(refusals.take(61 * SECOND).unwrap().len(), 2);
        assert_eq!(refusals.refused("a.b", "denied", 62 * SECOND), Ruling::Tell);
    }
}
