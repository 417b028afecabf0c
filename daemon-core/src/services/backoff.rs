//! When to start a service that ended again, and when to stop trying.
//!
//! A service that dies once should be back before anyone notices; one that dies
//! in a loop must not burn the machine. So endings in quick succession wait
//! longer and longer, and one too many ends the attempts until a person steps
//! in. The first one waits for nothing. A service that stays up long enough is
//! forgiven everything.
//!
//! Nothing here sleeps, reads a clock or rolls dice: the unit says how long the
//! service was up, brings the random fraction along and acts on the
//! [`Verdict`], so tests need neither wait nor be lucky.

use std::time::Duration;

/// What to do about a service that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Start it at once.
    RestartNow,
    /// Start it after so long.
    RestartIn(Duration),
    /// Leave it until a person steps in.
    GiveUp,
}

/// The rules, as configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Endings in a row that are answered with a restart; 0 is without limit.
    pub allowed: u32,
    /// Up for this long, a service's past is forgotten.
    pub calm: Duration,
    /// The wait before the second restart in a row.
    pub initial: Duration,
    /// No wait is longer than this.
    pub max: Duration,
    /// How much longer each wait is than the one before; at least 1.
    pub factor: f64,
    /// The part of a wait that chance may take away, 0 to 1, so that services
    /// which died together do not all come back in the same instant.
    pub jitter: f64,
}

/// How often a service has ended in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    endings: u32,
}

impl Backoff {
    /// With so many endings in a row behind it.
    pub fn after(endings: u32) -> Backoff {
        Backoff { endings }
    }

    /// Records the end of a run that had been up for `uptime`, and rules on it.
    ///
    /// `chance` is a random fraction from 0 to 1.
    pub fn ended(&mut self, policy: &Policy, uptime: Duration, chance: f64) -> Verdict {
        let past = if policy.calm <= uptime { 0 } else { self.endings };
        self.endings = past.saturating_add(1);

        if policy.allowed != 0 && policy.allowed < self.endings {
            return Verdict::GiveUp;
        }
        if past == 0 {
            return Verdict::RestartNow;
        }
        Verdict::RestartIn(wait(policy, past, chance))
    }

    /// Forgets the past: a person stepped in.
    pub fn forgive(&mut self) {
        self.endings = 0;
    }

    /// How many endings in a row are remembered.
    pub fn in_a_row(&self) -> u32 {
        self.endings
    }
}

fn wait(policy: &Policy, past: u32, chance: f64) -> Duration {
    // No factor above 1 needs more steps than this to reach any ceiling that matters.
    let steps = i32::try_from(past - 1).unwrap_or(i32::MAX).min(100_000);
    let ceiling = policy.max.as_secs_f64();
    // `min` also turns an overflow to infinity into the ceiling.
    let seconds = (policy.initial.as_secs_f64() * policy.factor.powi(steps)).min(ceiling);
    let kept = 1.0 - policy.jitter.clamp(0.0, 1.0) * chance.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(seconds * kept).unwrap_or(policy.max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> Policy {
        Policy {
            allowed: 5,
            calm: Duration::from_secs(60),
            initial: Duration::from_millis(100),
            max: Duration::from_millis(500),
            factor: 2.0,
            jitter: 0.0,
        }
    }

    fn check(policy: Policy, uptimes: &[u64], expected: &[Verdict]) {
        let mut backoff = Backoff::default();
        let verdicts: Vec<_> = uptimes
            .iter()
            .map(|seconds| backoff.ended(&policy, Duration::from_secs(*seconds), 0.0))
            .collect();
        assert_eq!(verdicts, expected);
    }

    fn millis(count: u64) -> Verdict {
        Verdict::RestartIn(Duration::from_millis(count))
    }

    #[test]
    fn waits_grow_to_the_ceiling_and_one_too_many_ends_it() {
        let expected =
            [Verdict::RestartNow, millis(100), millis(200), millis(400), millis(500), Verdict::GiveUp];
        check(policy(), &[1; 6], &expected);
    }

    #[test]
    fn a_quiet_window_forgives() {
        let expected = [Verdict::RestartNow, millis(100), Verdict::RestartNow, millis(100)];
        check(policy(), &[1, 1, 60, 1], &expected);
    }

    #[test]
    fn zero_is_without_limit() {
        let mut backoff = Backoff::default();
        let endless = Policy { allowed: 0, ..policy() };
        for _ in 0..10_000 {
            assert_ne!(backoff.ended(&endless, SECOND, 0.5), Verdict::GiveUp);
        }
    }

    #[test]
    fn a_person_starts_the_count_anew() {
        let mut backoff = Backoff::default();
        while backoff.ended(&policy(), SECOND, 0.0) != Verdict::GiveUp {}
        backoff.forgive();
        assert_eq!(backoff.ended(&policy(), SECOND, 0.0), Verdict::RestartNow);
    }

    proptest! {
        #[test]
        fn a_wait_never_leaves_its_bounds(
            endings in 1u32..=u32::MAX,
            factor in 1.0f64..=100.0,
            jitter in 0.0f64..=1.0,
            chance in 0.0f64..=1.0,
        ) {
            let rules = Policy { allowed: 0, factor, jitter, ..policy() };
            let mut backoff = Backoff { endings };
            let Verdict::RestartIn(wait) = backoff.ended(&rules, SECOND, chance) else {
                panic!("a service with a past must wait");
            };
            prop_assert!(wait <= rules.max);
            prop_assert!(wait.as_secs_f64() + 1e-6 >= rules.initial.as_secs_f64() * (1.0 - jitter));
        }

        #[test]
        fn without_jitter_no_wait_is_shorter_than_the_one_before(factor in 1.0f64..=100.0) {
            let rules = Policy { allowed: 0, factor, max: Duration::from_secs(3600), ..policy() };
            let mut backoff = Backoff::default();
            let mut before = Duration::ZERO;
            for _ in 0..50 {
                if let Verdict::RestartIn(wait) = backoff.ended(&rules, SECOND, 0.7) {
                    prop_assert!(before <= wait);
                    before = wait;
                }
            }
        }
    }
}
