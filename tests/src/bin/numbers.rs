//! A service for the tests: writes numbered lines, and keeps a record of what it has written.
//!
//! `numbers FILE-PREFIX [both] [calm]` writes `NONCE NUMBER` to standard output, or in
//! turn to standard output and standard error, a few lines at a time, and as
//! fast as they are taken or calmly. What was written is then recorded in
//! `PREFIX.RUN.NONCE`, which nobody but the test reads. Asked to end, it says `NONCE end NUMBER`.

#![allow(clippy::print_stderr, reason = "a program that is read by people who run it by hand")]

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use hob_tests::written::BURST;
use tokio::signal::unix::{SignalKind, signal};

const PAUSE: Duration = Duration::from_millis(1);
const CALM: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prefix, rest @ ..] = &arguments[..] else {
        eprintln!("numbers FILE-PREFIX [both] [calm]");
        return ExitCode::from(2);
    };
    let asked = |word: &str| rest.iter().any(|it| it == word);
    let (both, pause) = (asked("both"), if asked("calm") { CALM } else { PAUSE });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(write(prefix, both, pause))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("numbers: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn write(prefix: &str, both: bool, pause: Duration) -> std::io::Result<()> {
    let mut asked = signal(SignalKind::terminate())?;
    let nonce = daemon_core::home::random_hex(4);
    let tag = std::env::var("HOB_RUN").unwrap_or_default();
    let run = tag.rsplit('.').nth(1).unwrap_or("0");
    let mut record = fs_err::File::create(format!("{prefix}.{run}.{nonce}"))?;
    let mut number: u64 = 0;
    loop {
        tokio::select! {
            biased;
            _ = asked.recv() => break,
            () = tokio::time::sleep(pause) => {}
        }
        for _ in 0..BURST {
            number += 1;
            say(&format!("{nonce} {number}\n"), both && number.is_multiple_of(2))?;
        }
        record.write_all(format!("{number}\n").as_bytes())?;
    }
    say(&format!("{nonce} end {number}\n"), false)?;
    record.write_all(b"end\n")
}

/// One write, so that a line is never in two pieces in the pipe.
fn say(line: &str, as_error: bool) -> std::io::Result<()> {
    match as_error {
        true => std::io::stderr().write_all(line.as_bytes()),
        false => std::io::stdout().write_all(line.as_bytes()),
    }
}
