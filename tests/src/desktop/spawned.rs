//! A program that a test needs running, and that is gone with all its children when it is over.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::ended;

/// A child in a process group of its own; dropped, the whole group is killed.
pub(super) struct Spawned {
    child: Child,
    name: String,
}

impl Spawned {
    /// Starts a program.
    ///
    /// # Panics
    /// If it cannot be started, saying which package has it.
    pub(super) fn start(mut command: Command) -> Spawned {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "cannot start {name}: {error}. The desktop's tests need Xvfb, dbus-daemon, \
                 WebKitWebDriver and strace (Debian: xvfb dbus webkit2gtk-driver strace)"
            )
        });
        Spawned { child, name }
    }

    /// Starts a program that says with its first line that it is ready, and what it is.
    pub(super) fn announced(mut command: Command) -> (Spawned, String) {
        command.stdout(Stdio::piped());
        let mut spawned = Spawned::start(command);
        let mut line = String::new();
        let stdout = spawned.child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a pipe can be read");
        let line = line.trim().to_owned();
        assert!(!line.is_empty(), "{} ended before it was ready: {:?}", spawned.name, spawned.child.wait());
        (spawned, line)
    }

    /// Its pid, which is its group's too.
    pub(super) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a pid fits")
    }

    /// Whether it has ended, and how.
    pub(super) fn poll(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits for its end.
    pub(super) fn ended(&mut self) -> ExitStatus {
        ended(&mut self.child)
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.pid()) {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
    }
}
