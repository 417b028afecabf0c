//! Who is at the other end of a socket, from the kernel's facts.
//!
//! The owner's socket gives its user everything, except that a process which
//! descends from something this daemon started may only ask: a terminal that
//! runs as a service is not an owner. That is a seat belt and not a wall; a
//! process that means harm can leave its ancestors. The agents' socket gives
//! nobody more than the right to ask. Whether a process descends is found out
//! once for each connection, and only when a call needs to know.

use std::os::fd::AsRawFd as _;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use tokio::net::UnixStream;

use super::listen::Door;
use crate::kernel::{Access, Caller};

const FROM_AGENT_SOCKET: &str = "agent.sock gives the right to ask and no more";
const FROM_SERVICE: &str = "your process descends from something that this daemon started";
/// No chain of parents is longer than this without being a loop of reused pids.
const LONGEST_CHAIN: usize = 64;

/// The process at the other end of a connection.
#[derive(Debug)]
pub struct Peer {
    door: Door,
    pid: Option<i32>,
    pidfd: Option<OwnedFd>,
    home_id: String,
    caller: Option<Caller>,
}

impl Peer {
    /// The peer of an accepted connection; `None` if it is another user's, whom nobody lets in.
    pub fn of(stream: &UnixStream, door: Door, home_id: &str) -> Option<Peer> {
        let credentials = stream.peer_cred().ok()?;
        if credentials.uid() != rustix::process::getuid().as_raw() {
            return None;
        }
        let home_id = home_id.to_owned();
        Some(Peer { door, pid: credentials.pid(), pidfd: peer_pidfd(stream), home_id, caller: None })
    }

    /// The daemon's own process, over a pipe in memory.
    pub fn daemon() -> Peer {
        Peer {
            door: Door::Owner,
            pid: None,
            pidfd: None,
            home_id: String::new(),
            caller: Some(Caller::daemon()),
        }
    }

    /// Whose access is enough to be judged: looks no further than `needed` makes necessary.
    pub fn caller(&mut self, needed: Access) -> Caller {
        if let Some(caller) = &self.caller {
            return caller.clone();
        }
        let may = |access, limit| Caller { access, limit, pid: self.pid };
        let caller = match self.door {
            Door::Agent => may(Access::Request, Some(FROM_AGENT_SOCKET)),
            Door::Owner if needed <= Access::Request => return may(Access::Request, None),
            Door::Owner if self.descends() => may(Access::Request, Some(FROM_SERVICE)),
            Door::Owner => may(Access::Admin, None),
        };
        self.caller = Some(caller.clone());
        caller
    }

    fn descends(&self) -> bool {
        let Some(pid) = self.pid else { return false };
        let found = descends_from(pid, rustix::process::getpid().as_raw_nonzero().get(), &self.home_id);
        // What was read of a process that has ended since may be another's; who is gone needs nothing.
        found || self.pidfd.as_ref().is_some_and(has_ended)
    }
}

fn descends_from(pid: i32, daemon: i32, home_id: &str) -> bool {
    let mut current = pid;
    for _ in 0..LONGEST_CHAIN {
        if current == daemon {
            return current != pid;
        }
        if current <= 1 {
            return false;
        }
        if tagged(current, home_id) {
            return true;
        }
        let Some(parent) = parent_of(current) else { return false };
        current = parent;
    }
    true
}

/// Whether a process was given a run of this home (`HOB_RUN`) when it was executed.
fn tagged(pid: i32, home_id: &str) -> bool {
    let Ok(environment) = fs_err::read(format!("/proc/{pid}/environ")) else { return false };
    let tag = format!("HOB_RUN={home_id}.");
    environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(tag.as_bytes()))
}

/// proc_pid_stat(5), field 4.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat[stat.rfind(')')? + 2..].split(' ').nth(1)?.parse().ok()
}

fn has_ended(pidfd: &OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut polled = [PollFd::new(pidfd, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| 0 < ready)
}

/// Linux 6.5 and later; without it the pid alone has to do.
#[allow(unsafe_code, reason = "no crate of ours wraps SO_PEERPIDFD")]
fn peer_pidfd(stream: &UnixStream) -> Option<OwnedFd> {
    const SO_PEERPIDFD: libc::c_int = 77;
    let mut descriptor: libc::c_int = -1;
    let mut length = libc::socklen_t::try_from(size_of::<libc::c_int>()).ok()?;
    // SAFETY: the kernel writes at most `length` bytes, the size of the integer behind the pointer.
    let result = unsafe {
        libc::getsockopt(
            stream.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            SO_PEERPIDFD,
            (&raw mut descriptor).cast(),
            &raw mut length,
        )
    };
    // SAFETY: on success the kernel made this descriptor for us and nobody else has it.
    (result == 0 && 0 <= descriptor).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_of_the_daemon_descends_and_a_stranger_does_not() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let us = i32::try_from(std::process::id()).unwrap();
        assert!(descends_from(pid, us, "none"));
        assert!(!descends_from(us, pid, "none"), "a parent is no descendant");
        assert!(!descends_from(us, us, "none"), "nobody descends from himself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_tag_of_this_home_is_enough_and_another_home_s_is_not() {
        let mut command = std::process::Command::new("sleep");
        let mut child = command.arg("60").env("HOB_RUN", "abc.boot.web.1.x").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        // Right after the spawn the old program's environment may still be seen.
        while !fs_err::read(format!("/proc/{pid}/environ")).unwrap().starts_with(b"HOB_RUN")
            && !tagged(pid, "abc")
        {
            std::thread::yield_now();
        }
        assert!(tagged(pid, "abc"));
        assert!(!tagged(pid, "ab"));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
