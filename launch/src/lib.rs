//! Starting a process without copying the daemon, and saying exactly why it did not start.
//!
//! A fork of a large daemon copies its page tables: slow, and with threads
//! unsafe to do anything in before exec. `posix_spawn` copies nothing but knows
//! neither users nor limits nor cgroups. So the daemon spawns a small launcher
//! that knows them, and that becomes the target by exec. pid, pidfd and exit
//! status are the target's, because it is the same process.
//!
//! ```text
//! daemon                         hob-launch                            target
//! launch(plan) -- posix_spawn -> fd 0: the plan, a sealed memfd
//!                                fd 1: the report pipe
//!                                session, umask, limits, signals,
//!                                cgroup, stdio, user, directory
//!   (step, errno) <------------- a step failed: exit 127
//!   end of file   <------------- execve closed the pipe --------------> runs
//! ```
//!
//! The plan travels in memory and not in arguments or the environment: those can
//! be read by others in `/proc`, and environments hold secrets.
//!
//! What this deliberately does not do: it never waits (that is the owner of the
//! pidfd), never searches a PATH, never falls back to a shell, and never asks
//! for a signal on the parent's death: a service must survive its daemon.
//! Linux 5.9 or newer.

mod blame;
mod decode;
mod encode;
mod explain;
mod failure;
mod handed;
mod image;
mod keeper;
mod spawn;
mod within;

use std::ffi::OsString;
use std::path::PathBuf;

pub use decode::{List, Order, RawLimit, Refusal, decode};
pub use encode::{MAGIC, encode};
pub use explain::explain;
pub use failure::{Failure, NOT_A_FIFO, Report, Step};
pub use handed::{FIRST_KEPT, Handed, HandedAs};
pub use keeper::{KEEPS, Keeper};
pub use rustix::process::Resource;
pub use spawn::{Launched, launch, launch_handed, seal};

/// The value of a [`Limit`] that does not limit.
pub const UNLIMITED: u64 = u64::MAX;

/// Everything the launcher has to know to start one process.
///
/// All paths are absolute, because the launcher's own directory is of no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The file to execute; no PATH is searched.
    pub program: PathBuf,
    /// The arguments, beginning with the name the program sees as its own; at least that one.
    pub argv: Vec<OsString>,
    /// The whole environment: nothing is added, nothing inherited. Only `WATCHDOG_PID` (sd_watchdog_enabled(3))
    /// and `HOB_MAIN_PID` without a value are given the pid of the process, which nobody else can know before it runs.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory, entered as the service's user.
    pub dir: PathBuf,
    /// The file that standard input is read from; `/dev/null` if `None`. It is opened before the user
    /// changes, so it may be where only the daemon may look.
    pub stdin: Option<PathBuf>,
    /// Where standard output goes.
    pub stdout: Output,
    /// Where standard error goes.
    pub stderr: Output,
    /// The file mode creation mask, such as `0o022`.
    pub umask: u32,
    /// Resource limits to set; the others stay as the daemon has them.
    pub limits: Vec<Limit>,
    /// Whom to become; the daemon's own user if `None`.
    pub user: Option<User>,
    /// The `cgroup.procs` file of the cgroup to run in; where the kernel can, it is born there.
    pub cgroup: Option<PathBuf>,
}

/// Where an output stream goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// `/dev/null`.
    Null,
    /// A FIFO, opened for reading *and* writing: as long as the service holds a
    /// reading end itself it cannot get SIGPIPE, whatever becomes of the daemon.
    ///
    /// It is opened before the user changes, so that the FIFO may live in a
    /// directory only the daemon may enter. Give the FIFO to that user all the
    /// same: a program that opens `/dev/stdout` anew does so in its own name.
    Fifo(PathBuf),
}

/// One resource limit (`setrlimit`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Which resource.
    pub resource: Resource,
    /// The limit in force, or [`UNLIMITED`].
    pub soft: u64,
    /// How far the process may raise it itself, or [`UNLIMITED`].
    pub hard: u64,
}

/// Whom to become: real, effective and saved ids alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user.
    pub uid: u32,
    /// The primary group.
    pub gid: u32,
    /// The supplementary groups, all of them.
    pub groups: Vec<u32>,
}
