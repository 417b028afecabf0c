//! The home's lock, from one program to the next in the same process.
//!
//! A daemon that executes a new version of itself must not let go of its home
//! in between: somebody else would take it, and with it the services that are
//! still this process's children. A lock belongs to an open file, which survives
//! exec(2) if it is told to; a variable of the environment says which it is.

#![allow(unsafe_code, reason = "a descriptor that came through exec is known by its number alone")]

use std::fs::File;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_setfd};

const VARIABLE: &str = "HOB_LOCK_FD";

/// Whether it was looked for: what was handed over once is no longer there to be taken.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Lets the lock survive exec(2); the variable has to be in the environment of the new program.
pub(super) fn keep(lock: &File) -> std::io::Result<(&'static str, String)> {
    fcntl_setfd(lock, FdFlags::empty())?;
    Ok((VARIABLE, lock.as_raw_fd().to_string()))
}

/// The lock that the program before this one had, if it is the one at `path`.
pub(super) fn lock(path: &Path) -> Option<File> {
    let number: RawFd = std::env::var(VARIABLE).ok()?.parse().ok().filter(|number| 2 < *number)?;
    if TAKEN.swap(true, Ordering::Relaxed) {
        return None;
    }
    // SAFETY: it is only looked at here; a number that is not open is an error of fstat(2).
    let open = rustix::fs::fstat(unsafe { BorrowedFd::borrow_raw(number) }).ok()?;
    let named = rustix::fs::stat(path).ok()?;
    if (open.st_dev, open.st_ino) != (named.st_dev, named.st_ino) {
        return None;
    }
    // SAFETY: it is open on the home's lock file, which nobody opens in this process before this,
    // and it is taken once.
    let file = unsafe { File::from_raw_fd(number) };
    fcntl_setfd(&file, FdFlags::CLOEXEC).ok()?;
    file.try_lock().ok()?;
    Some(file)
}
