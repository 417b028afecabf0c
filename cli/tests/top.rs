//! `hob top` on a terminal: what stands on the screen, what keys do, and that the terminal is
//! given back whatever ends it.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]

mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use terminal::Terminal;

const SERVICES: &str = "[defaults.service]\nworking_dir = \"/\"\n\
    [service.busy]\ncommand = [\"sh\", \"-c\", \"while :; do :; done\"]\n\
    [service.talker]\ncommand = [\"sh\", \"-c\", \"echo hello from the log; sleep 9999\"]\n\
    [service.off]\ncommand = [\"sleep\", \"9999\"]\nautostart = false\n";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        let private = std::fs::Permissions::from_mode(0o700);
        let home = Home(tempfile::Builder::new().permissions(private).tempdir().unwrap());
        fs_err::write(home.0.path().join("config.toml"), SERVICES).unwrap();
        assert!(home.hob(&["up"]).status().unwrap().success());
        home
    }

    fn hob(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        command.args(arguments).env_clear().env("HOB_HOME", self.0.path()).env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.hob(&["daemon", "stop"]).status().unwrap();
    }
}

/// Whether a line about a service says this.
fn says(text: &str, service: &str, what: &str) -> bool {
    text.lines().any(|line| line.contains(service) && line.contains(what))
}

#[test]
fn services_are_shown_started_followed_and_stopped() {
    let home = Home::new();
    let mut top = Terminal::run(home.hob(&["top"]), 80, 24);
    let text = top.until("figures", |text| says(text, "busy", "running  ") && text.contains("3 services"));
    assert!(top.screen.lock().unwrap().screen().alternate_screen(), "{text}");
    top.until("the busiest is first", |text| text.lines().nth(3).is_some_and(|line| line.contains("busy")));

    top.press("n\u{1b}[B");
    top.until("by name", |text| text.contains("by name"));
    assert!(says(&top.text(), "off", "stopped"));
    top.press("s");
    top.until("it is started", |text| says(text, "off", "running") && text.contains("start off: done"));
    top.press("s");
    top.until("it is stopped", |text| says(text, "off", "stopped"));

    top.press("jl");
    top.until("its log", |text| text.contains("hello from the log"));
    top.press("\u{1b}");
    top.until("the table is back", |text| text.contains("3 services") && !text.contains("hello"));
    top.press("?");
    top.until("help", |text| text.contains("sort by memory"));
    top.press("q");
    top.until("the table is back", |text| text.contains("3 services"));
    top.press("q");
    assert_eq!(top.ended(), Some(0));
}

#[test]
fn another_size_is_another_layout() {
    let home = Home::new();
    let mut top = Terminal::run(home.hob(&["top", "--ports"]), 140, 12);
    top.until("all columns", |text| text.contains("RESTARTS") && says(text, "busy", "running"));
    for (columns, rows) in [(60, 10), (30, 6), (80, 24)] {
        top.resize(columns, rows);
        let text = top.until("as large as the window", |text| {
            text.lines().count() == usize::from(rows) && says(text, "busy", "running")
        });
        println!("{columns} x {rows}\n{text}\n");
    }
    top.press("\u{3}");
    assert_eq!(top.ended(), Some(0));
}

#[test]
fn whatever_ends_it_the_terminal_is_given_back() {
    let home = Home::new();
    let mut top = Terminal::run(home.hob(&["top"]), 80, 24);
    top.until("the table", |text| text.contains("3 services"));
    let pid = rustix::process::Pid::from_child(&top.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(top.ended(), Some(143));

    let mut top = Terminal::run(home.hob(&["top"]), 80, 24);
    top.until("the table", |text| text.contains("3 services"));
    assert!(home.hob(&["daemon", "stop"]).status().unwrap().success());
    assert_eq!(top.ended(), Some(69));
    assert!(top.text().contains("error"), "{}", top.text());
}

#[test]
fn without_a_terminal_it_is_printed_once() {
    let home = Home::new();
    let output = home.hob(&["top"]).stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && says(&text, "busy", "running") && text.contains("CPU %"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let output = home.hob(&["top", "--json", "--once", "busy"]).stdout(Stdio::piped()).output().unwrap();
    let item: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(item["services"].as_array().unwrap().len(), 1);
    assert!(item["services"][0]["cpu_percent"].is_number(), "{item}");
}
