//! Where a test launches: a directory, two FIFOs, a plan to change, and what came of it.
//!
//! Launches of one test binary run one after the other. Any spawn briefly holds
//! a copy of all descriptors, also that of a program another test is just
//! writing, and executing that would then fail with "text file busy".

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::ffi::OsString;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hob_launch::{Failure, Output, Plan, Report, User, launch};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus};

pub const LAUNCHER: &str = env!("CARGO_BIN_EXE_hob-launch");

static ALONE: Mutex<()> = Mutex::new(());

pub struct Stage {
    pub plan: Plan,
    pub dir: PathBuf,
    _temporary: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

pub struct Outcome {
    pub pid: Pid,
    pub failure: Option<Failure>,
    pub exit: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Stage {
    /// A plan for `program` with `arguments` after its name, and nothing in its environment.
    pub fn new(program: &str, arguments: &[&str]) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path().canonicalize().unwrap();
        let fifo = |name| {
            let path = dir.join(name);
            rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            Output::Fifo(path)
        };
        let plan = Plan {
            program: program.into(),
            argv: [program].iter().chain(arguments).map(OsString::from).collect(),
            env: vec![],
            dir: "/".into(),
            stdin: None,
            stdout: fifo("out"),
            stderr: fifo("err"),
            umask: 0o022,
            limits: vec![],
            user: None,
            cgroup: None,
        };
        Self { plan, dir, _temporary: temporary, _alone: alone }
    }

    pub fn shell(script: &str) -> Self {
        Self::new("/bin/sh", &["-c", script])
    }

    /// Writes a file of the test's own and returns its path.
    #[allow(
        clippy::disallowed_methods,
        reason = "fs_err is no dependency here, and a test may panic plainly"
    )]
    pub fn file(&self, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = self.dir.join(name);
        std::fs::write(&path, content).unwrap();
        self.set_mode(&path, mode);
        path
    }

    pub fn set_mode(&self, path: &Path, mode: u32) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    /// Launches, waits for the end, and collects what was written.
    pub fn run(&self) -> Outcome {
        self.run_with(|plan| {
            let launched = launch(Path::new(LAUNCHER), plan).unwrap();
            (launched.pid, launched.pidfd, launched.report)
        })
    }

    /// The same with another way of launching: pid, pidfd, report.
    pub fn run_with(&self, launch: impl FnOnce(&Plan) -> (Pid, OwnedFd, OwnedFd)) -> Outcome {
        let stdout = reader(&self.plan.stdout);
        let stderr = reader(&self.plan.stderr);
        let (pid, pidfd, report) = launch(&self.plan);
        wait_readable(&report);
        let failure = match Report::read(&report).unwrap() {
            Report::Pending => panic!("readable, and yet nothing to read"),
            Report::Started => None,
            Report::Failed(failure) => Some(failure),
        };
        wait_readable(&pidfd);
        let exit = exit_code(&pidfd);
        Outcome { pid, failure, exit, stdout: drain(stdout), stderr: drain(stderr) }
    }

    /// Runs what is expected to succeed, and returns its standard output.
    pub fn output(&self) -> Vec<u8> {
        let outcome = self.run();
        let stderr = String::from_utf8_lossy(&outcome.stderr);
        assert_eq!((outcome.failure, outcome.exit), (None, 0), "stderr: {stderr}");
        outcome.stdout
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.output()).unwrap()
    }
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A user that owns nothing here.
pub fn nobody() -> User {
    User { uid: 65_534, gid: 65_533, groups: vec![65_532, 65_531] }
}

/// Bytes as an argument.
pub fn odd(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// The value of a line of `/proc/PID/status`.
pub fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim()
}

pub fn wait_readable(fd: &OwnedFd) {
    let patience = Timespec { tv_sec: 30, tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&patience)).unwrap();
    assert_eq!(ready, 1, "nothing happened");
}

pub fn exit_code(pidfd: &OwnedFd) -> i32 {
    let status: WaitIdStatus =
        rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED).unwrap().unwrap();
    status.exit_status().unwrap_or_else(|| -status.terminating_signal().unwrap())
}

fn reader(output: &Output) -> Option<OwnedFd> {
    let Output::Fifo(path) = output else { return None };
    rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()
}

fn drain(reader: Option<OwnedFd>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(reader) = reader {
        std::fs::File::from(reader).read_to_end(&mut bytes).unwrap();
    }
    bytes
}
