//! A process that is to be ended, held by a pidfd.
//!
//! Between the moment when a process is found and the one when it is signalled
//! its number may have become another's. So it is opened first and looked at
//! again: what had started then and has started since is one and the same.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::Process;
use super::left::Named;
use crate::home;
use crate::runs::child::watched_for;

#[derive(Debug)]
pub(super) struct Held {
    pub(super) process: Process,
    pub(super) named: Named,
    pidfd: AsyncFd<OwnedFd>,
}

impl Held {
    /// `None` if it has ended.
    pub(super) fn of(process: Process) -> Option<Held> {
        let pidfd = pidfd_open(Pid::from_raw(process.pid)?, PidfdFlags::empty()).ok()?;
        if home::start_ticks(process.pid) != Some(process.ticks) {
            return None;
        }
        let named = Named::of(process.pid)?;
        Some(Held { process, named, pidfd: watched_for(pidfd, Interest::READABLE).ok()? })
    }

    /// Signals it; if it has ended, nobody.
    pub(super) fn signal(&self, signal: Signal) {
        if let Err(error) = pidfd_send_signal(self.pidfd.get_ref(), signal) {
            tracing::trace!(pid = self.process.pid, %error, "it has ended already");
        }
    }

    /// Waits until it has ended.
    pub(super) async fn gone(&self) {
        // An error means that it cannot be waited for, which the caller's limit is for.
        drop(self.pidfd.readable().await);
    }

    pub(super) fn lives(&self) -> bool {
        home::start_ticks(self.process.pid) == Some(self.process.ticks)
    }
}
