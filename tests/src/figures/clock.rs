//! The machine's own time: what is measured here is the machine.

use std::time::Duration;

use anyhow::{Result, bail};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds of the monotonic clock, which all processes share.
pub fn now() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds of CPU that this process has used.
pub fn own_cpu() -> u64 {
    nanoseconds(clock_gettime(ClockId::ProcessCPUTime))
}

/// A time in nanoseconds.
pub fn nanoseconds(time: Timespec) -> u64 {
    let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.expect("clocks start at zero") * 1_000_000_000 + rest.expect("a part of a second")
}

/// What `work` gives, and for how many nanoseconds it ran.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let begin = now();
    let result = work();
    (result, now() - begin)
}

/// Looks every few milliseconds until `check` finds what it looks for.
pub fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut check: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = now() + u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX);
    loop {
        if let Some(found) = check()? {
            return Ok(found);
        }
        if end < now() {
            bail!("after {} s there is still no {what}", patience.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Nanoseconds in microseconds.
#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn micros(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}

/// Nanoseconds in milliseconds.
pub fn millis(nanoseconds: u64) -> f64 {
    micros(nanoseconds) / 1e3
}
