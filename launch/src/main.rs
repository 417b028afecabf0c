#![no_main]
#![no_std]
#![allow(
    unsafe_code,
    reason = "between spawn and exec there are only system calls; each block says why it is sound"
)]
//! `hob-launch`: becomes the program that the plan on its standard input describes.
//!
//! It stands between the daemon and every process that the daemon starts, so it
//! must be quick: a launch begins before the C library would (`entry`) and does
//! without it and without std. Texts are used where they were mapped, nothing is
//! allocated, and whatever is called must be of `core` or a bare system call, as
//! rustix has them: no `OwnedFd` may be dropped, since std closes it by way of
//! the C library. A panic would find nothing to print with and would die of
//! SIGSEGV; there is none that a plan could cause.
//!
//! `hob-launch keep DIR` does something else, for which there should be no
//! second program, and begins like any other: see `keep`.
//!
//! Standard input must be a sealed memfd. The seals are what makes mapping it
//! sound (it can neither shrink nor change), and how a person who runs this by
//! hand is told apart: one line on stderr, exit 2.

extern crate std;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod entry;
mod keep;
mod kernel;
mod target;

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

use hob_launch::{Failure, Step, decode};
use rustix::fd::{BorrowedFd, IntoRawFd as _, RawFd};
use rustix::fs::SealFlags;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};

const STDIN: RawFd = 0;
const STDOUT: RawFd = 1;
const STDERR: RawFd = 2;

const BY_HAND: &str = "the Hob daemon runs this to start programs; it is of no use by hand, try `hob --help`";

/// The C one; std's would do what nobody needs here.
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    if count == 3 {
        // SAFETY: the kernel and the C library pass `count` texts that end in NUL and stay.
        let [verb, dir] = [1, 2].map(|index| unsafe { CStr::from_ptr(*arguments.add(index)) });
        if verb == c"keep" {
            // What it inherits besides, others may wait to see closed.
            let closed = kernel::close_range(STDERR + 1, RawFd::MAX);
            return c_int::from(closed.and_then(|()| keep::keep(inherited(STDIN), dir)).is_err());
        }
    }
    // Not `return`: nothing of this process should run any more, and exit handlers are not needed.
    kernel::exit(launch())
}

/// Becomes the program; returns the exit status if it cannot.
fn launch() -> c_int {
    let Some(plan) = plan() else { return refuse(BY_HAND) };
    let order = match decode(plan) {
        Ok(order) => order,
        Err(refusal) => {
            report(inherited(STDOUT), Failure { step: Step::Plan, errno: libc::EBADMSG });
            return refuse(refusal.reason());
        }
    };
    let pipe = match at(Step::Pipe, rustix::io::fcntl_dupfd_cloexec(inherited(STDOUT), STDERR + 1)) {
        Ok(pipe) => inherited(pipe.into_raw_fd()),
        Err(failure) => {
            report(inherited(STDOUT), failure);
            return 127;
        }
    };
    let Err(failure) = target::become_target(&order, pipe);
    report(pipe, failure);
    127
}

/// The sealed memory on standard input; `None` if it is anything else.
fn plan() -> Option<&'static [u8]> {
    let needed = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK;
    let input = inherited(STDIN);
    if !rustix::fs::fcntl_get_seals(input).ok()?.contains(needed) {
        return None;
    }
    let length = usize::try_from(rustix::fs::fstat(input).ok()?.st_size).ok()?;
    if length == 0 {
        return Some(&[]);
    }
    // SAFETY: the kernel chooses the place, so nothing of ours is overwritten.
    let start = unsafe { rustix::mm::mmap(null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, input, 0) };
    // SAFETY: `length` bytes are mapped, never unmapped, and by the seals can neither change nor go away.
    Some(unsafe { core::slice::from_raw_parts(start.ok()?.cast::<u8>(), length) })
}

fn inherited(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: not -1. That it is open is not known; a call on a closed one just fails.
    unsafe { BorrowedFd::borrow_raw(number) }
}

fn report(pipe: BorrowedFd<'_>, failure: Failure) {
    // If nobody listens any more there is nobody to tell.
    rustix::io::write(pipe, &failure.to_bytes()).ok();
}

fn refuse(reason: &str) -> c_int {
    for text in ["hob-launch: ", reason, "\n"] {
        rustix::io::write(inherited(STDERR), text.as_bytes()).ok();
    }
    2
}

fn at<T>(step: Step, result: Result<T, Errno>) -> Result<T, Failure> {
    result.map_err(|error| Failure { step, errno: error.raw_os_error() })
}
