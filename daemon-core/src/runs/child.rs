//! A run's main process: how it is watched, asked to end, and buried.
//!
//! It is known by a pidfd, so nothing here can hit a process that was given its
//! number later. Only this process is reaped, never "any child": in a desktop
//! program others have children too. What it leaves behind is ended before it is
//! reaped ([`super::tree`]), while its number still names its session and group.
//!
//! All that somebody in this process waits for in this way are known by number
//! ([`is_known`]): the rest of our children are orphans, or others'.
//!
//! A process that an earlier daemon started is watched in the same way; only
//! its exit status is not ours to reap, and must be had otherwise ([`parting`]).

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hob_launch::{Launched, Report};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, WaitOptions, getpgid, kill_process,
    kill_process_group, pidfd_open, pidfd_send_signal, waitid, waitpid,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{Usage, parting, signal, usage};
use crate::home;

/// What somebody waits for. One list for the whole process, as its children are, however many daemons are in it.
static KNOWN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// It was another's child, and nobody has told.
    Unknown,
}

impl Exit {
    pub(crate) fn of(status: &WaitIdStatus) -> Exit {
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
            Exit::Signal(number) => match signal::Signal::from_number(*number) {
                Some(signal) => write!(to, "killed by SIG{}", signal.name()),
                None => write!(to, "killed by signal {number}"),
            },
            Exit::Unknown => write!(to, "ended with an unknown exit code"),
        }
    }
}

/// A process that is, or was until a moment ago.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    /// Which it leads, unless it is not the one that was started.
    group: Pid,
    pidfd: AsyncFd<OwnedFd>,
    report: Option<AsyncFd<OwnedFd>>,
    _known: Known,
}

/// Keeps a number on the list.
#[derive(Debug)]
struct Known(i32);

impl Known {
    fn new(pid: Pid) -> Known {
        let pid = pid.as_raw_nonzero().get();
        known().insert(pid);
        Known(pid)
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        known().remove(&self.0);
    }
}

/// Whether somebody in this process waits for the process of this number.
pub(crate) fn is_known(pid: i32) -> bool {
    known().contains(&pid)
}

fn known() -> MutexGuard<'static, BTreeSet<i32>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Child {
    /// Takes over what the launcher has started.
    pub(crate) fn of(launched: Launched) -> io::Result<Child> {
        let Launched { pid, pidfd, report } = launched;
        match (watched(pidfd), watched(report)) {
            (Ok(pidfd), Ok(report)) => {
                Ok(Child { pid, group: pid, pidfd, report: Some(report), _known: Known::new(pid) })
            }
            (Err(error), _) | (_, Err(error)) => {
                // What cannot be watched must not run; it is our child, so its number is still its own.
                kill_process(pid, Signal::KILL)?;
                waitpid(Some(pid), WaitOptions::empty())?;
                Err(error)
            }
        }
    }

    /// Finds the process of an earlier daemon, if it is the one that started at `ticks` and no zombie.
    pub(crate) fn former(pid: i32, ticks: u64) -> Option<Child> {
        let pid = Some(pid).filter(|pid| 0 < *pid)?;
        let pidfd = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        // Checked with the descriptor in hand: from here on the number cannot change its meaning.
        if home::start_ticks(pid) != Some(ticks) {
            return None;
        }
        let pidfd = watched(pidfd).ok()?;
        let pid = Pid::from_raw(pid)?;
        Some(Child { pid, group: pid, pidfd, report: None, _known: Known::new(pid) })
    }

    /// The same of a process that its service has named as the main one, with the group that it is in.
    pub(crate) fn named(pid: i32) -> Option<Child> {
        let child = Child::former(pid, home::start_ticks(pid)?)?;
        let group = getpgid(Some(child.pid)).ok()?;
        Some(Child { group, ..child })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it is not known yet if its program runs.
    pub(crate) fn is_launching(&self) -> bool {
        self.report.is_some()
    }

    /// Waits for the launcher's word: whether the program runs.
    pub(crate) async fn report(&self) -> io::Result<Report> {
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
    pub(crate) fn decided(&mut self) {
        self.report = None;
    }

    /// Waits for its end, and reaps it. For what starts nothing of its own, or is looked after otherwise.
    pub(crate) async fn ended(&self) -> Exit {
        let exit = self.over().await;
        self.signal_group(Signal::KILL);
        self.reap();
        exit
    }

    /// Waits for its end and leaves it as it is: if it is our child, as a zombie.
    pub(crate) async fn over(&self) -> Exit {
        loop {
            let Ok(mut ready) = self.pidfd.readable().await else { return Exit::Unknown };
            let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::PidFd(self.pidfd.as_fd()), peek) {
                Ok(Some(status)) => return Exit::of(&status),
                Ok(None) => ready.clear_ready(),
                // Not our child; but readable is ended, whoever's it is.
                Err(_) => {
                    return parting::of_another(self.pidfd.as_fd(), self.pid()).unwrap_or(Exit::Unknown);
                }
            }
        }
    }

    /// Reaps it once it is [`over`](Child::over), if that is ours to do.
    pub(crate) fn reap(&self) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        waitid(WaitId::PidFd(self.pidfd.as_fd()), options).ok();
    }

    /// What it has used, once it is [`over`](Child::over) and until it is reaped; told to its parent only.
    pub(crate) fn usage(&self) -> Option<Usage> {
        usage::of_ended(self.pid())
    }

    /// Kills it and its group.
    pub(crate) fn kill(&self) {
        self.signal_group(Signal::KILL);
        pidfd_send_signal(self.pidfd.get_ref(), Signal::KILL).ok();
    }

    /// Signals its process group; or itself, as long as it has not made one.
    pub(crate) fn signal_group(&self, signal: Signal) {
        if kill_process_group(self.group, signal).is_ok() {
            return;
        }
        if let Err(error) = pidfd_send_signal(self.pidfd.get_ref(), signal) {
            tracing::trace!(pid = self.pid(), %error, "it has ended already");
        }
    }
}

fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    watched_for(descriptor, Interest::READABLE)
}

/// A descriptor that can be waited for.
#[allow(unsafe_code, reason = "tokio asks for a promise about the descriptor, which owning it keeps")]
pub(crate) fn watched_for(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the AsyncFd owns the descriptor, nobody takes it out, and so it stays open and the
    // same until it is deregistered.
    unsafe { AsyncFd::register_with_interest(descriptor, interest) }.map_err(io::Error::from)
}
