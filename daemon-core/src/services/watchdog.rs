//! Whether a service that says that it is alive goes on saying so.
//!
//! The rules are those of sd_notify(3) and sd_watchdog_enabled(3): from when it
//! is ready a service sends `WATCHDOG=1` more often than the time that it was
//! given in `WATCHDOG_USEC`; one that does not hangs. It may change that time, and
//! it may ask to be taken for hung.
//!
//! A run that an earlier daemon began is expected only from its first sign of life
//! on. It may have connected to that daemon's socket for good, so that it cannot
//! be heard any more; and no service may die of it that its daemon did.
//!
//! Nothing here reads a clock or a socket.

use std::time::Duration;

use crate::config::Span;

/// The watchdog of one run.
#[derive(Debug)]
pub(super) struct Watchdog {
    limit: Duration,
    watch: Watch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watch {
    /// It is not ready yet.
    Asleep,
    /// A first sign of life would begin it; until then, that there was none is worth telling.
    Expecting { until: Option<Duration> },
    /// It was alive then.
    Watching { heard: Duration },
}

/// What silence means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// It hangs.
    Hung {
        /// For so long it has said nothing.
        limit: Span,
        /// When it last did.
        well: Duration,
    },
    /// Since it was adopted it has said nothing, which is told once.
    Unheard,
}

impl Watchdog {
    /// One that gives a service so much time, once it has begun.
    pub(super) fn new(limit: Span) -> Watchdog {
        Watchdog { limit: limit.get(), watch: Watch::Asleep }
    }

    /// The service is ready; `adopted`, if an earlier daemon began it.
    pub(super) fn begin(&mut self, now: Duration, adopted: bool) {
        self.watch = match adopted {
            false => Watch::Watching { heard: now },
            true => Watch::Expecting { until: Some(now.saturating_add(self.limit)) },
        };
    }

    /// It is alive.
    pub(super) fn alive(&mut self, now: Duration) {
        if self.watch != Watch::Asleep {
            self.watch = Watch::Watching { heard: now };
        }
    }

    /// It wants another time, from now on.
    pub(super) fn give(&mut self, limit: Duration, now: Duration) {
        self.limit = limit;
        self.alive(now);
    }

    /// When to ask whether it is too silent.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.watch {
            Watch::Asleep => None,
            Watch::Expecting { until } => until,
            Watch::Watching { heard } => Some(heard.saturating_add(self.limit)),
        }
    }

    /// Whether it has been silent for too long.
    pub(super) fn silence(&mut self, now: Duration) -> Option<Silence> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.watch {
            Watch::Watching { heard } => Some(Silence::Hung { limit: Span::from(self.limit), well: heard }),
            Watch::Asleep | Watch::Expecting { .. } => {
                self.watch = Watch::Expecting { until: None };
                Some(Silence::Unheard)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Span = Span::secs(30);

    #[test]
    fn it_begins_when_the_service_is_ready_and_each_sign_of_life_begins_it_anew() {
        let mut watchdog = Watchdog::new(LIMIT);
        watchdog.alive(SECOND);
        assert_eq!((watchdog.deadline(), watchdog.silence(99 * SECOND)), (None, None));
        watchdog.begin(100 * SECOND, false);
        assert_eq!((watchdog.deadline(), watchdog.silence(129 * SECOND)), (Some(130 * SECOND), None));
        watchdog.alive(129 * SECOND);
        assert_eq!(watchdog.silence(158 * SECOND), None);
        let hung = Silence::Hung { limit: LIMIT, well: 129 * SECOND };
        assert_eq!(watchdog.silence(159 * SECOND), Some(hung));
    }

    #[test]
    fn a_service_may_give_itself_another_time() {
        let mut watchdog = Watchdog::new(LIMIT);
        watchdog.begin(SECOND, false);
        watchdog.give(5 * SECOND, 2 * SECOND);
        assert_eq!(watchdog.deadline(), Some(7 * SECOND));
        watchdog.give(50 * SECOND, 3 * SECOND);
        assert_eq!(watchdog.deadline(), Some(53 * SECOND));
        let mut asleep = Watchdog::new(LIMIT);
        asleep.give(5 * SECOND, SECOND);
        assert_eq!(asleep.deadline(), None);
        asleep.begin(SECOND, false);
        assert_eq!(asleep.deadline(), Some(6 * SECOND), "also before it is ready");
    }

    #[test]
    fn what_was_adopted_is_only_watched_once_it_was_heard() {
        let mut watchdog = Watchdog::new(LIMIT);
        watchdog.begin(SECOND, true);
        assert_eq!(watchdog.silence(31 * SECOND), Some(Silence::Unheard));
        assert_eq!((watchdog.deadline(), watchdog.silence(999 * SECOND)), (None, None), "told once");
        watchdog.alive(1000 * SECOND);
        assert_eq!(watchdog.silence(1029 * SECOND), None);
        let hung = Silence::Hung { limit: LIMIT, well: 1000 * SECOND };
        assert_eq!(watchdog.silence(1030 * SECOND), Some(hung));
    }

    proptest! {
        #[test]
        fn nothing_hangs_that_says_often_enough_that_it_does_not(
            waits in prop::collection::vec(0_u64..30_000, 1..50),
            adopted in any::<bool>(),
        ) {
            let (mut watchdog, mut now) = (Watchdog::new(LIMIT), SECOND);
            watchdog.begin(now, adopted);
            for wait in waits {
                now += Duration::from_millis(wait);
                prop_assert_eq!(watchdog.silence(now), None);
                watchdog.alive(now);
            }
            now += LIMIT.get();
            let is_hung = matches!(watchdog.silence(now), Some(Silence::Hung { .. }));
            prop_assert!(is_hung);
        }
    }
}
