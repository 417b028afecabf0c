//! What a process has used, as told to its parent.

#![allow(unsafe_code, reason = "no crate of ours wraps waitid with a usage")]

use std::mem::MaybeUninit;
use std::time::Duration;

/// What a process has used in its life (getrusage(2)), with those of its descendants that were waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// On processors, for itself and in the kernel.
    pub(crate) cpu: Duration,
    /// The most that one of them had resident, bytes.
    pub(crate) memory: u64,
}

/// Of a child that has ended and was not reaped, which this leaves as it is; `None` if it is none.
pub(super) fn of_ended(pid: i32) -> Option<Usage> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // The system call tells more than the function of the C library (waitid(2), "C library/kernel differences").
    // SAFETY: both pointers are valid for the call to write to.
    let (status, found) = unsafe {
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        let status =
            libc::syscall(libc::SYS_waitid, libc::P_PID, pid, info.as_mut_ptr(), options, usage.as_mut_ptr());
        // SAFETY: zeros are an information, too: that there is nobody.
        (status, info.assume_init().si_pid())
    };
    if status != 0 || found != pid {
        return None;
    }
    // SAFETY: zeros are a usage, too, and the call has written one.
    let usage = unsafe { usage.assume_init() };
    let time = |time: libc::timeval| {
        let micros = u64::try_from(time.tv_usec).unwrap_or_default();
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default()) + Duration::from_micros(micros)
    };
    Some(Usage {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        // Linux counts KiB (getrusage(2)).
        memory: u64::try_from(usage.ru_maxrss).unwrap_or_default() * 1024,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_has_used_is_told_until_it_is_reaped() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let usage = loop {
            match of_ended(pid) {
                Some(usage) => break usage,
                None => std::thread::yield_now(),
            }
        };
        assert!(100 << 10 < usage.memory && usage.cpu < Duration::from_secs(10), "{usage:?}");
        assert_eq!(of_ended(pid), Some(usage));
        child.wait().unwrap();
        assert_eq!(of_ended(pid), None);
    }
}
