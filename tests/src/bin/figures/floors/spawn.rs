//! The floor of a command: a program that does nothing.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::clock;

pub(crate) const NOTHING: &str = "/bin/true";

/// Microseconds from before it is spawned until it has ended.
pub(crate) fn run(command: &mut Command) -> Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (status, took) = clock::timed(|| command.status());
    ensure!(status?.success(), "{:?} failed", command.get_program());
    Ok(clock::micros(took))
}

/// Milliseconds until the first word of a program that says it at once.
pub(crate) fn first_word() -> Result<f64> {
    let (output, took) = clock::timed(|| Command::new(Path::new("/bin/echo")).arg("ready").output());
    ensure!(output?.stdout == b"ready\n", "/bin/echo does not echo");
    Ok(clock::millis(took))
}
