//! Standard streams: what becomes of those that were closed, and what a terminal gets that shows no colours.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod terminal;

use std::path::Path;
use std::process::Command;

use terminal::Terminal;

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

#[test]
fn a_terminal_that_shows_no_colours_gets_none() {
    for (term, is_red) in [("xterm-256color", true), ("dumb", false)] {
        let mut hob = Command::new("/bin/sh");
        let script = format!("TERM={term} exec \"$0\" nonsense");
        hob.args(["-c", &script, env!("CARGO_BIN_EXE_hob")]).env_remove("NO_COLOR");
        let mut shown = Terminal::run(hob, 80, 24);
        shown.until("the error", |text| text.contains("error: there is no command"));
        assert_eq!(shown.ended(), Some(2));
        let screen = shown.screen.lock().unwrap();
        let colour = screen.screen().cell(0, 0).unwrap().fgcolor();
        assert_eq!(colour != vt100::Color::Default, is_red, "{term}");
    }
}
