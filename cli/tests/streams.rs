//! What becomes of standard streams that were closed when the program began.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::path::Path;
use std::process::Command;

/// Otherwise the first file that it opens is its standard input, and what it says is written into the third.
#[test]
fn streams_that_were_closed_are_nobody_elses() {
    let home = tempfile::tempdir().unwrap();
    let hob = |arguments: &[&str]| {
        let mut hob = Command::new(env!("CARGO_BIN_EXE_hob"));
        hob.args(arguments).env("HOB_HOME", home.path()).output().unwrap().status.success()
    };
    let mut daemon = Command::new("/bin/sh")
        .args(["-c", "exec \"$0\" --daemon 0<&- 1>&- 2>&-", env!("CARGO_BIN_EXE_hob")])
        .env("HOB_HOME", home.path())
        .spawn()
        .unwrap();
    while !hob(&["status"]) {
        assert!(daemon.try_wait().unwrap().is_none(), "it ended");
    }
    for fd in 0..=2 {
        let stream = std::fs::read_link(format!("/proc/{}/fd/{fd}", daemon.id())).unwrap();
        assert_eq!(stream, Path::new("/dev/null"), "{fd}");
    }
    assert!(hob(&["daemon", "stop"]));
    assert!(daemon.wait().unwrap().success());
}
