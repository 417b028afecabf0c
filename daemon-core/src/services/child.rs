//! A run's main process: how it is watched, asked to end, and buried.
//!
//! It is known by a pidfd, so nothing here can hit a process that was given its
//! number later. Only this process is reaped, never "any child": in a desktop
//! program others have children too. What it leaves behind in its process group
//! is killed before it is reaped, while its number still names the group.
//!
//! A kill takes effect when the kernel gets to it, so whoever needs what they
//! held (a port, a file) waits until the group is empty ([`Child::group_gone`]).
//!
//! A process that an earlier daemon started is watched in the same way; only
//! its exit status is not ours to reap, and must be had otherwise ([`parting`]).

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use hob_launch::{Launched, Report};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, WaitOptions, kill_process,
    kill_process_group, pidfd_open, pidfd_send_signal, test_kill_process_group, waitid, waitpid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{parting, spec};
use crate::home;

/// How long killed processes may take to vanish; only the kernel can hold them up.
const VANISH: Duration = Duration::from_secs(2);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Code(i32),
    Signal(i32),
    /// It was another's child, and nobody has told.
    Unknown,
}

impl Exit {
    pub(super) fn of(status: &WaitIdStatus) -> Exit {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, Some(signal)) => Exit::Signal(signal),
            (None, None) => Exit::Unknown,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(to, "exited with {code}"),
            Exit::Signal(number) => match spec::Signal::from_number(*number) {
                Some(signal) => write!(to, "killed by SIG{}", signal.name()),
                None => write!(to, "killed by signal {number}"),
            },
            Exit::Unknown => write!(to, "ended with an unknown exit code"),
        }
    }
}

/// A process that is, or was until a moment ago.
#[derive(Debug)]
pub(super) struct Child {
    pid: Pid,
    pidfd: AsyncFd<OwnedFd>,
    report: Option<AsyncFd<OwnedFd>>,
}

impl Child {
    /// Takes over what the launcher has started.
    pub(super) fn of(launched: Launched) -> io::Result<Child> {
        let Launched { pid, pidfd, report } = launched;
        match (watched(pidfd), watched(report)) {
            (Ok(pidfd), Ok(report)) => Ok(Child { pid, pidfd, report: Some(report) }),
            (Err(error), _) | (_, Err(error)) => {
                // What cannot be watched must not run; it is our child, so its number is still its own.
                kill_process(pid, Signal::KILL)?;
                waitpid(Some(pid), WaitOptions::empty())?;
                Err(error)
            }
        }
    }

    /// Finds the process of an earlier daemon, if it is the one that started at `ticks` and no zombie.
    pub(super) fn former(pid: i32, ticks: u64) -> Option<Child> {
        let pid = Some(pid).filter(|pid| 0 < *pid)?;
        let pidfd = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        // Checked with the descriptor in hand: from here on the number cannot change its meaning.
        if home::start_ticks(pid) != Some(ticks) {
            return None;
        }
        let pidfd = watched(pidfd).ok()?;
        let pid = Pid::from_raw(pid)?;
        Some(Child { pid, pidfd, report: None })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it is not known yet if its program runs.
    pub(super) fn is_launching(&self) -> bool {
        self.report.is_some()
    }

    /// Waits for the launcher's word: whether the program runs.
    pub(super) async fn report(&self) -> io::Result<Report> {
        let Some(report) = &self.report else { return std::future::pending().await };
        loop {
            let mut ready = report.readable().await?;
            match Report::read(report.get_ref())? {
                Report::Pending => ready.clear_ready(),
                decided => return Ok(decided),
            }
        }
    }

    /// The launcher's word was heard; there will be no other.
    pub(super) fn decided(&mut self) {
        self.report = None;
    }

    /// Waits for its end, kills what it left in its group, and reaps it.
    pub(super) async fn ended(&self) -> Exit {
        loop {
            let Ok(mut ready) = self.pidfd.readable().await else { return Exit::Unknown };
            let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::PidFd(self.pidfd.as_fd()), peek) {
                Ok(Some(_)) => break,
                Ok(None) => ready.clear_ready(),
                // Not our child; but readable is ended, whoever's it is.
                Err(_) => {
                    let exit = parting::of_another(self.pidfd.as_fd(), self.pid());
                    self.signal_group(Signal::KILL);
                    return exit.unwrap_or(Exit::Unknown);
                }
            }
        }
        self.signal_group(Signal::KILL);
        match waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
            Ok(Some(status)) => Exit::of(&status),
            _ => Exit::Unknown,
        }
    }

    /// Waits until nothing of its group is left, once it has [`ended`](Child::ended) itself.
    pub(super) async fn group_gone(&self) {
        let emptied = async {
            // The group's number outlives its leader as long as it has members, so it means no other.
            while test_kill_process_group(self.pid).is_ok() {
                let members = members(self.pid());
                if members.is_empty() {
                    return;
                }
                for member in members {
                    // An error means that it cannot be waited for, which the limit below is for.
                    drop(member.readable().await);
                }
            }
        };
        if tokio::time::timeout(VANISH, emptied).await.is_err() {
            tracing::warn!(group = self.pid(), "killed processes do not vanish");
        }
    }

    /// Signals its process group; or itself, as long as it has not made one.
    pub(super) fn signal_group(&self, signal: Signal) {
        if kill_process_group(self.pid, signal).is_ok() {
            return;
        }
        if let Err(error) = pidfd_send_signal(self.pidfd.get_ref(), signal) {
            tracing::trace!(pid = self.pid(), %error, "it has ended already");
        }
    }
}

/// The processes of a group that have not ended.
fn members(group: i32) -> Vec<AsyncFd<OwnedFd>> {
    let Ok(processes) = fs_err::read_dir("/proc") else { return Vec::new() };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| lives_in(*pid, group))
        .filter_map(|pid| watched(pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?).ok())
        .collect()
}

/// Whether a process is of this group and no zombie (proc_pid_stat(5): after the name come state, parent, group).
fn lives_in(pid: i32, group: i32) -> bool {
    let Ok(stat) = fs_err::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let Some((_, fields)) = stat.rsplit_once(") ") else { return false };
    let mut fields = fields.split(' ');
    let (state, its_group) = (fields.next(), fields.nth(1));
    !matches!(state, Some("Z" | "X")) && its_group.and_then(|text| text.parse().ok()) == Some(group)
}

#[allow(unsafe_code, reason = "tokio asks for a promise about the descriptor, which owning it keeps")]
fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the AsyncFd owns the descriptor, nobody takes it out, and so it stays open and the
    // same until it is deregistered.
    unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }.map_err(io::Error::from)
}
