//! How a process has ended that is not our child.
//!
//! A parent is told by wait(2), and nobody else. For a run that an earlier
//! daemon started there are three other sources: a process that nobody has
//! reaped yet tells its exit code in `/proc` (proc_pid_stat(5), field 52) to
//! whoever may look; one that was reaped leaves it with its pidfd (ioctl
//! `PIDFD_GET_INFO` with `PIDFD_INFO_EXIT`, Linux 6.15); and a daemon that was
//! replaced in place is still the parent. Where none of them has it, nobody does.

#![allow(unsafe_code, reason = "no crate of ours wraps the ioctl of pidfds")]

use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::{Pid, WaitId, WaitIdOptions, geteuid, waitid};

use super::child::Exit;
use crate::home;

/// `_IOWR(0xFF, 11, struct pidfd_info)` of linux/pidfd.h, in its first size.
const PIDFD_GET_INFO: libc::Ioctl = 0xC040_FF0B_u32 as libc::Ioctl;
const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// `struct pidfd_info` of linux/pidfd.h.
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    cgroup: u64,
    ids: [u32; 11],
    exit_code: i32,
}

/// Of a process that has ended, by its pidfd.
pub(crate) fn of_another(pidfd: BorrowedFd<'_>, pid: i32) -> Option<Exit> {
    // It may be reaped between the first two looks, and not before the second nor after the third.
    kept(pidfd).or_else(|| unreaped(pid, None)).or_else(|| kept(pidfd))
}

/// Of a process that was found as a zombie, or not at all; `ticks` is when it had started.
pub(crate) fn of_dead(pid: i32, ticks: u64) -> Option<Exit> {
    let exit = unreaped(pid, Some(ticks))?;
    // Ours, if this daemon took another's place: then nobody else will ever reap it.
    let ours = waitid(WaitId::Pid(Pid::from_raw(pid)?), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    Some(ours.ok().flatten().map_or(exit, |status| Exit::of(&status)))
}

fn kept(pidfd: BorrowedFd<'_>) -> Option<Exit> {
    let mut info = Info { mask: PIDFD_INFO_EXIT, ..Info::default() };
    // SAFETY: the argument is a pidfd_info of the size that the request's number tells, and ours.
    let status = unsafe { libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO, &raw mut info) };
    (status == 0 && info.mask & PIDFD_INFO_EXIT != 0).then(|| exit(info.exit_code))
}

/// By `/proc`, of a zombie.
fn unreaped(pid: i32, ticks: Option<u64>) -> Option<Exit> {
    // To those who may not look, it is 0.
    let owner = fs_err::metadata(format!("/proc/{pid}")).ok()?.uid();
    let me = geteuid();
    if !me.is_root() && owner != me.as_raw() {
        return None;
    }
    let stat = home::stat_after_name(pid)?;
    let fields: Vec<&str> = stat.split_ascii_whitespace().collect();
    let is_it = ticks.is_none_or(|ticks| fields.get(19).and_then(|it| it.parse().ok()) == Some(ticks));
    let is_zombie = matches!(fields.first(), Some(&("Z" | "X")));
    let code = fields.get(49)?.parse().ok()?;
    (is_it && is_zombie).then(|| exit(code))
}

fn exit(status: i32) -> Exit {
    let status = ExitStatus::from_raw(status);
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::process::{Command, Stdio};

    use rustix::process::{PidfdFlags, pidfd_open};

    use super::*;

    /// A process that ends so, and is a zombie when this returns.
    fn zombie(script: &str) -> (std::process::Child, i32) {
        let child = Command::new("/bin/sh").args(["-c", script]).stdin(Stdio::null()).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_raw(pid).unwrap()), options).unwrap();
        (child, pid)
    }

    #[test]
    fn a_zombie_tells_how_it_ended() {
        for (script, exit) in [("exit 7", Exit::Code(7)), ("kill -KILL $$", Exit::Signal(9))] {
            let (mut child, pid) = zombie(script);
            assert_eq!(unreaped(pid, None), Some(exit));
            assert_eq!(unreaped(pid, Some(1)), None, "another process of this number");
            child.wait().unwrap();
            assert_eq!(unreaped(pid, None), None);
        }
    }

    #[test]
    fn a_child_that_is_found_dead_is_reaped() {
        let (_child, pid) = zombie("exit 3");
        let stat = home::stat_after_name(pid).unwrap();
        let ticks = stat.split(' ').nth(19).unwrap().parse().unwrap();
        assert_eq!(of_dead(pid, ticks), Some(Exit::Code(3)));
        assert_eq!(home::stat_after_name(pid), None);
    }

    #[test]
    fn what_was_reaped_leaves_its_code_with_its_pidfd_where_the_kernel_can() {
        let (mut child, pid) = zombie("exit 5");
        let pidfd = pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
        assert_eq!(of_another(pidfd.as_fd(), pid), Some(Exit::Code(5)));
        child.wait().unwrap();
        // Not before Linux 6.15: then it is not known, and never wrong.
        assert!(matches!(of_another(pidfd.as_fd(), pid), None | Some(Exit::Code(5))));
    }

    #[test]
    fn one_that_lives_has_not_ended() {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let pidfd = pidfd_open(Pid::from_raw(me).unwrap(), PidfdFlags::empty()).unwrap();
        assert_eq!(of_another(pidfd.as_fd(), me), None);
    }
}
