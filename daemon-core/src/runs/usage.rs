//! What a process has used, as told to its parent.

#![allow(unsafe_code, reason = "no crate of ours wraps waitid with a usage")]

use std::mem::MaybeUninit;
use std::time::Duration;

/// What a process has used in its life (getrusage(2)), with those of its descendants that were waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// On processors, for itself and in the kernel.
    pub(crate) cpu: Duration,
    /// The most that one of them had resident, bytes; nothing if that is no more than we ourselves had.
    pub(crate) memory: Option<u64>,
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
        // Until a child executes its program it shares our memory, and Linux counts that as its own.
        memory: Some(resident(&usage)).filter(|most| own().is_some_and(|own| own < *most)),
    })
}

/// The most that this process had resident, bytes.
fn own() -> Option<u64> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is valid for the call to write to.
    let status = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    // SAFETY: zeros are a usage, and the call has written one.
    (status == 0).then(|| resident(unsafe { usage.assume_init_ref() }))
}

/// Linux counts KiB (getrusage(2)).
fn resident(usage: &libc::rusage) -> u64 {
    u64::try_from(usage.ru_maxrss).unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(script: &str) -> (std::process::Child, i32, Usage) {
        let child = std::process::Command::new("sh").args(["-c", script]).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        loop {
            match of_ended(pid) {
                Some(usage) => return (child, pid, usage),
                None => std::thread::yield_now(),
            }
        }
    }

    #[test]
    fn what_a_process_has_used_is_told_until_it_is_reaped() {
        // All of it is one line, which has to be kept until it ends.
        let much = 2 * own().unwrap() + (64 << 20);
        let (mut child, pid, usage) = ended(&format!("head -c {much} /dev/zero | tail -n 1 >/dev/null"));
        assert!(usage.memory.is_some_and(|most| much < most), "{usage:?}");
        assert!(Duration::ZERO < usage.cpu, "{usage:?}");
        assert_eq!(of_ended(pid).map(|it| it.memory), Some(usage.memory));
        child.wait().unwrap();
        assert_eq!(of_ended(pid), None);
    }

    #[test]
    fn of_who_had_less_than_we_nobody_knows_how_much() {
        let (mut child, _, usage) = ended("exit 0");
        assert_eq!(usage.memory, None, "what it shared with us is not its own");
        child.wait().unwrap();
    }
}
