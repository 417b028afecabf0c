//! `hob top` on a terminal: what stands on the screen, what keys do, and that the terminal is
//! given back whatever ends it.

#![allow(unsafe_code, reason = "a terminal becomes the child's own between fork and exec")]
#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "a test waits by the clock of the machine")]

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

const LONG: Duration = Duration::from_secs(60);
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

/// A program on a terminal.
struct Terminal {
    ours: OwnedFd,
    /// Held so that what is on the screen stays there when the program has ended.
    theirs: OwnedFd,
    screen: Arc<Mutex<vt100::Parser>>,
    child: Child,
}

impl Terminal {
    fn run(mut command: Command, columns: u16, rows: u16) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        tcsetwinsize(&ours, size(columns, rows)).unwrap();
        let stdio = || Stdio::from(theirs.try_clone().unwrap());
        command.stdin(stdio()).stdout(stdio()).stderr(stdio()).env("TERM", "xterm-256color");
        // SAFETY: setsid(2) and ioctl(2) may be called between fork and exec.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(std::io::stdin())?;
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let (reads, shows) = (ours.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = rustix::io::read(&reads, &mut buffer) {
                shows.lock().unwrap().process(&buffer[..read]);
            }
        });
        Terminal { ours, theirs, screen, child }
    }

    fn press(&self, keys: &str) {
        rustix::io::write(&self.ours, keys.as_bytes()).unwrap();
    }

    fn resize(&self, columns: u16, rows: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(rows, columns);
        tcsetwinsize(&self.ours, size(columns, rows)).unwrap();
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen is so, and returns it.
    fn until(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if so(&text) {
                return text;
            }
            assert!(begun.elapsed() < LONG, "never: {what}\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the program's end; the terminal must be as it was.
    fn ended(&mut self) -> Option<i32> {
        let status = self.child.wait().unwrap();
        self.until("the usual screen is back", |_| {
            let parser = self.screen.lock().unwrap();
            !parser.screen().alternate_screen() && !parser.screen().hide_cursor()
        });
        let modes = tcgetattr(self.theirs.as_fd()).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "{modes:?}");
        status.code()
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
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
