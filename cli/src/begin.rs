//! Where the program begins: before std would.
//!
//! What std does before a `main` of Rust costs a ninth of all that `hob --version` does: it looks
//! for the guard of the stack, in a list of everything that is mapped, to name what hit it. Here
//! that is a SIGSEGV like any other. The rest of what it does is done here.

#![allow(unsafe_code, reason = "the C library calls `main`, and std has no word for a signal's disposition")]

use std::ffi::{c_char, c_int};
use std::panic::catch_unwind;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// What a program of Rust that panicked ends with.
const PANICKED: u8 = 101;

#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    open_the_first_three();
    // SAFETY: nothing else runs yet, and no code of ours is to be called.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let status = catch_unwind(crate::main).unwrap_or(PANICKED);
    // Not `return`: this writes what a standard stream still holds.
    #[allow(clippy::disallowed_methods, reason = "this is main")]
    std::process::exit(status.into())
}

/// What is opened later must not become standard output because that was closed.
fn open_the_first_three() {
    for fd in 0..=2_u8 {
        // SAFETY: it is only asked whether it is open.
        let stream = unsafe { rustix::fd::BorrowedFd::borrow_raw(fd.into()) };
        if rustix::io::fcntl_getfd(stream) == Err(Errno::BADF) {
            // The lowest number that is free, hence this one.
            let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty());
            std::mem::forget(null.unwrap_or_else(|_| std::process::abort()));
            crate::output::was_closed(fd);
        }
    }
}
