//! When a burst of changes is over.
//!
//! One that saves a file, or checks out a branch, makes many changes in quick
//! succession, and they are one: it is over when nothing has changed for the
//! debounce. A stream that never pauses must be told as well: after ten times
//! the debounce it is, and not before ten seconds, which a checkout may take
//! on a slow disk.
//!
//! No clock is read and no timer kept here: whoever acts on this says what time
//! it is and waits until [`Burst::due`].

use std::time::Duration;

/// A burst lasts so many debounces at most.
const LONGEST: u32 = 10;
/// A burst may last so long, however short the debounce.
const LONG: Duration = Duration::from_secs(10);

/// The changes that have not been told yet.
#[derive(Debug)]
pub(super) struct Burst {
    debounce: Duration,
    /// The first and the last.
    times: Option<(Duration, Duration)>,
}

impl Burst {
    pub(super) fn new(debounce: Duration) -> Burst {
        Burst { debounce, times: None }
    }

    /// Something has changed.
    pub(super) fn touched(&mut self, now: Duration) {
        let (first, last) = self.times.unwrap_or((now, now));
        self.times = Some((first, last.max(now)));
    }

    /// When it is over, if nothing else changes; `None` while nothing has changed.
    pub(super) fn due(&self) -> Option<Duration> {
        let (first, last) = self.times?;
        let longest = self.debounce.saturating_mul(LONGEST).max(LONG);
        Some(last.saturating_add(self.debounce).min(first.saturating_add(longest)))
    }

    /// Whether it is over, and told now; the next change begins another.
    pub(super) fn is_over(&mut self, now: Duration) -> bool {
        let over = self.due().is_some_and(|due| due <= now);
        if over {
            self.times = None;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DEBOUNCE: u64 = 1500;
    const MOST: u64 = DEBOUNCE * LONGEST as u64;

    /// When bursts are told, if changes come at `changes`.
    fn told(changes: &[u64]) -> Vec<u64> {
        let mut burst = Burst::new(Duration::from_millis(DEBOUNCE));
        let mut told = Vec::new();
        let mut changes = changes.iter().map(|at| Duration::from_millis(*at)).peekable();
        loop {
            match (changes.peek().copied(), burst.due()) {
                (Some(change), due) if due.is_none_or(|due| change < due) => {
                    burst.touched(change);
                    changes.next();
                }
                (_, Some(due)) => {
                    assert!(!burst.is_over(due - Duration::from_nanos(1)), "over before it is due");
                    assert!(burst.is_over(due));
                    told.push(u64::try_from(due.as_millis()).unwrap());
                }
                (None, None) => return told,
                (Some(_), None) => unreachable!("a change that nothing precedes is taken"),
            }
        }
    }

    #[test]
    fn what_comes_close_together_is_one() {
        assert_eq!(told(&[0, 500, 1999, 2500]), [4000]);
        assert_eq!(told(&[0, 1500, 4000]), [1500, 3000, 5500]);
        assert_eq!(told(&[]), [0; 0]);
    }

    #[test]
    fn a_stream_that_never_pauses_is_told_all_the_same() {
        let stream: Vec<u64> = (0..400).map(|index| index * 100).collect();
        assert_eq!(told(&stream), [15_000, 30_000, 41_400]);
        let mut short = Burst::new(Duration::from_millis(50));
        (0..=9990).step_by(10).for_each(|at| short.touched(Duration::from_millis(at)));
        assert_eq!(short.due(), Some(LONG));
    }

    proptest! {
        #[test]
        fn every_change_is_told_in_time_and_once(gaps in prop::collection::vec(0..4000_u64, 1..60)) {
            let mut at = 0;
            let changes: Vec<u64> = gaps.iter().map(|gap| { at += gap; at }).collect();
            let told = told(&changes);
            for change in &changes {
                let after = told.iter().find(|told| change < told).copied();
                prop_assert!(after.is_some_and(|after| after <= change + MOST));
            }
            for (index, told_at) in told.iter().enumerate() {
                let since = index.checked_sub(1).map_or(0, |before| told[before]);
                let of_this: Vec<u64> =
                    changes.iter().copied().filter(|at| since <= *at && at < told_at).collect();
                prop_assert!(!of_this.is_empty(), "told of nothing at {told_at}");
                let is_quiet = of_this.iter().max().unwrap() + DEBOUNCE == *told_at;
                let is_long = of_this.iter().min().unwrap() + MOST == *told_at;
                prop_assert!(is_quiet || is_long);
            }
        }
    }
}
