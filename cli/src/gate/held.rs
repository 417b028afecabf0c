//! Signals that wait until somebody attends to them.

#![allow(unsafe_code, reason = "no crate of ours wraps pthread_sigmask(3)")]

use std::mem::MaybeUninit;

/// SIGINT, SIGTERM and SIGHUP, for as long as this is there; what has come meanwhile comes when it goes.
pub(super) struct Held(libc::sigset_t);

impl Held {
    pub(super) fn new() -> Held {
        let (mut ours, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: the first call makes an empty set of `ours`, the last one writes `before`; none of them fails with
        // these arguments.
        unsafe {
            libc::sigemptyset(ours.as_mut_ptr());
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::sigaddset(ours.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, ours.as_ptr(), before.as_mut_ptr());
            Held(before.assume_init())
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the set is one that the kernel has told, and nothing is written.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}
