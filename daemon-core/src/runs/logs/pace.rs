//! How long to leave a busy pipe alone between two looks.
//!
//! A service that writes each line by itself would wake the thread for each
//! line. Left alone for a moment, many lines share a read, a stamp and a write.
//! But a pipe has 64 KiB, and a service that fills it has to wait: so the moment
//! is as long as half a pipe takes at the pace of just now, and no longer than
//! [`LONGEST`], so that lines are in the log when somebody looks. A pipe that was
//! found full is made wider ([`WIDE`]), until its service is quiet.

use std::time::Duration;

/// The longest pause.
const LONGEST: Duration = Duration::from_millis(1);
/// A shorter pause is not worth its timer.
const SHORTEST: Duration = Duration::from_micros(40);
/// So much may gather.
const HALF: u32 = 32 * 1024;
/// A pipe in which there was so much is read at once, for its service may be waiting.
pub(super) const FULL: usize = 44 * 1024;
/// The bytes of a pipe as the kernel makes it.
pub(super) const NARROW: usize = 64 * 1024;
/// And of one that was full. From the daemon's staging area it is emptied in pieces.
pub(super) const WIDE: usize = 256 * 1024;

/// What was read from a pipe, as if that were a narrow one: of a wide one twice as much is as good as half full.
pub(super) fn level(bytes: usize, is_wide: bool) -> usize {
    if is_wide { bytes / 2 } else { bytes }
}

/// How long to pause after a look at which no pipe had more than `bytes` (see [`level`]), `since` the look before.
pub(super) fn pause(bytes: usize, since: Duration) -> Option<Duration> {
    if bytes == 0 || FULL <= bytes || 2 * LONGEST <= since {
        return None;
    }
    let bytes = u32::try_from(bytes).ok()?;
    let pause = (since * HALF / bytes).min(LONGEST);
    (SHORTEST <= pause).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: usize, since: u64, expected: Option<u64>) {
        let pause = pause(bytes, Duration::from_micros(since));
        assert_eq!(pause, expected.map(Duration::from_micros), "{bytes} bytes in {since} us");
    }

    #[test]
    fn a_pipe_is_left_alone_until_it_is_half_full() {
        check(16 * 1024, 100, Some(200));
        check(40 * 1024, 250, Some(200));
        // A trickle gathers for the longest time.
        check(100, 1000, Some(1000));
        check(1, 1, Some(1000));
    }

    #[test]
    fn who_is_slow_or_fast_is_read_at_once() {
        check(0, 100, None);
        check(100, 5000, None);
        check(64 * 1024, 300, None);
        check(20 * 1024, 15, None);
    }
}
