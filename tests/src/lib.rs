//! What tests of the real binaries share: a home of their own, and a look at the processes.
//!
//! A [`Home`] is a directory with everything of one daemon in it, so tests run
//! side by side. Whatever a test does, nothing of its home runs when it is
//! over: what the daemon started carries the home's name in its environment.
//!
//! What a person's desktop has besides is in `desktop`, behind the feature `e2e`.
//!
//! What measures instead of testing is in [`figures`].
//!
//! Nobody sleeps for a time that is hoped to be long enough. [`until`] looks
//! for a condition again and again; [`Home::wait_for`] is told of each change.

#[cfg(feature = "e2e")]
pub mod desktop;
pub mod figures;
mod home;
pub mod nobody;
pub mod process;
pub mod ran;
mod random;
pub mod written;

use std::process::{Child, ExitStatus};
use std::time::Duration;

use daemon_core::kernel::clock::Clock;

pub use home::{Home, program, text};
pub use random::Random;

/// How long a condition may take to come true. A test that waits for so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until a child has ended.
///
/// # Panics
/// If it does not within [`PATIENCE`].
pub fn ended(child: &mut Child) -> ExitStatus {
    until("the end of a process", || child.try_wait().expect("a child can be waited for"))
}

/// Waits until `look` finds something.
///
/// # Panics
/// If it does not within [`PATIENCE`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let clock = Clock::system();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.uptime() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
