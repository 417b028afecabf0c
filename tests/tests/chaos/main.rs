//! Everything that can happen to a daemon and its services, in any order, for as long as one likes.
//!
//! Services of every restart policy write numbered lines and keep their own
//! record. Meanwhile the daemon is killed, replaced in place, absent and frozen;
//! services are killed, stopped, started and reloaded; some leave processes
//! behind; the disk with the logs is full at times. Now and then everything has
//! to be as it should: one process of each service that is wanted, none of an
//! earlier run, and states that are true. In the end every number is in the log
//! exactly once, and nothing runs any more.
//!
//! The same happens to a daemon that lives in the desktop app (feature `e2e`):
//! the app is killed and another one takes over.
//!
//! `HOB_CHAOS_SECONDS` says for how long (60, and 20 in the app), `HOB_CHAOS_SEED` repeats the
//! decisions of an earlier run, as far as the machine lets them come at the same moments.

mod deeds;
#[cfg(feature = "e2e")]
mod desk;
mod disk;
mod stage;

use std::time::Duration;

use daemon_core::kernel::clock::Clock;
use hob_tests::Random;

use crate::deeds::DEEDS;
use crate::stage::Stage;

/// Deeds between two looks at whether all is as it should.
const ROUND: usize = 12;

#[test]
fn no_line_is_lost_and_no_process_doubled_or_left_whatever_happens() {
    check(60, Stage::new);
}

#[cfg(feature = "e2e")]
#[test]
fn nor_with_the_daemon_in_the_desktop_app() {
    check(20, Stage::in_an_app);
}

fn check(seconds: u64, stage: impl FnOnce(u64) -> Stage) {
    let lasts = Duration::from_secs(setting("HOB_CHAOS_SECONDS").unwrap_or(seconds));
    let seed = setting("HOB_CHAOS_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let mut random = Random::from_seed(seed);
    let mut stage = stage(seed);
    let clock = Clock::system();
    while clock.uptime() < lasts {
        for _ in 0..ROUND {
            let deed = random.pick(DEEDS);
            stage.note(deed.name);
            (deed.done)(&mut stage, &mut random);
        }
        stage.note("look");
        stage.look();
    }
    stage.end();
}

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no whole number")))
}
