//! System calls that rustix has not, or not as they are needed here.
//!
//! None of these goes by way of the C library, which has not begun (`entry`):
//! there is no `errno` yet. On other architectures it has, and is asked.

#![allow(unsafe_code, reason = "system calls without the C library")]

use core::ffi::{CStr, c_char, c_int, c_long};

use hob_launch::RawLimit;
use rustix::io::Errno;

/// Highest signal number of Linux on the architectures we build for.
const SIGNALS: c_int = 64;

/// The size of the kernel's set of signals.
const MASK: usize = size_of::<u64>();

/// Sets a limit of this process.
pub(crate) fn set_limit(limit: &RawLimit) -> Result<(), Errno> {
    let pair = [limit.soft, limit.hard];
    let resource = limit.resource as usize;
    // SAFETY: `pair` is an rlimit64, read only during the call; the kernel checks the number.
    unsafe { call(libc::SYS_prlimit64, [0, resource, (&raw const pair).expose_provenance(), 0, 0]) }.map(drop)
}

/// All signals to their default and none blocked. Ignored signals and the mask
/// are what exec would pass on; and those that glibc keeps to itself are only
/// reached past it.
pub(crate) fn reset_signals() -> Result<(), Errno> {
    // The kernel's sigaction with SIG_DFL, no flags and an empty mask is all zeros.
    let default = [0_usize; 8];
    let default = (&raw const default).expose_provenance();
    for signal in (1..=SIGNALS).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal)) {
        // SAFETY: `default` is at least as large as the kernel's sigaction, which is only read.
        unsafe { call(libc::SYS_rt_sigaction, [signal as usize, default, 0, MASK, 0]) }?;
    }
    let nothing = 0_u64;
    let nothing = (&raw const nothing).expose_provenance();
    // SAFETY: `nothing` is a signal set of `MASK` bytes, only read.
    unsafe { call(libc::SYS_rt_sigprocmask, [libc::SIG_SETMASK as usize, nothing, 0, MASK, 0]) }.map(drop)
}

/// Closes the descriptors from `first` to `last`, both included.
pub(crate) fn close_range(first: c_int, last: c_int) -> Result<(), Errno> {
    // SAFETY: three numbers. What it closes belongs to no value of this program: they are inherited.
    unsafe { call(libc::SYS_close_range, [first as usize, last as usize, 0, 0, 0]) }.map(drop)
}

/// Becomes a program; only returns if it cannot.
///
/// # Safety
/// Both lists end in null, and all that they point to ends in NUL.
pub(crate) unsafe fn execute(program: &CStr, argv: &[*const c_char], env: &[*const c_char]) -> Errno {
    let [argv, env] = [argv, env].map(|list| list.as_ptr().expose_provenance());
    // SAFETY: by the caller's word, these are what execve(2) wants.
    match unsafe { call(libc::SYS_execve, [program.as_ptr().expose_provenance(), argv, env, 0, 0]) } {
        Ok(_) => Errno::NOEXEC,
        Err(error) => error,
    }
}

/// Becomes the program that this descriptor is of; only returns if it cannot (execveat(2)).
///
/// # Safety
/// As [`execute`].
pub(crate) unsafe fn execute_handed(program: c_int, argv: &[*const c_char], env: &[*const c_char]) -> Errno {
    let [argv, env] = [argv, env].map(|list| list.as_ptr().expose_provenance());
    let (program, nothing) = (program as usize, c"".as_ptr().expose_provenance());
    let flags = libc::AT_EMPTY_PATH as usize;
    // SAFETY: by the caller's word, these are what execveat(2) wants.
    match unsafe { call(libc::SYS_execveat, [program, nothing, argv, env, flags]) } {
        Ok(_) => Errno::NOEXEC,
        Err(error) => error,
    }
}

/// Ends this process, past all handlers.
pub(crate) fn exit(status: c_int) -> ! {
    loop {
        // SAFETY: it takes a number and does not come back.
        unsafe { call(libc::SYS_exit_group, [status as usize, 0, 0, 0, 0]) }.ok();
    }
}

#[cfg(target_arch = "x86_64")]
unsafe fn call(number: c_long, arguments: [usize; 5]) -> Result<usize, Errno> {
    let outcome: isize;
    let [first, second, third, fourth, fifth] = arguments;
    // SAFETY: by the caller's word the kernel may read and write what the arguments point to.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => outcome,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            in("r8") fifth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    checked(outcome)
}

#[cfg(target_arch = "aarch64")]
unsafe fn call(number: c_long, arguments: [usize; 5]) -> Result<usize, Errno> {
    let outcome: isize;
    let [first, second, third, fourth, fifth] = arguments;
    // SAFETY: by the caller's word the kernel may read and write what the arguments point to.
    unsafe {
        core::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") first => outcome,
            in("x1") second,
            in("x2") third,
            in("x3") fourth,
            in("x4") fifth,
            options(nostack),
        );
    }
    checked(outcome)
}

/// An error is a small number below 0.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn checked(outcome: isize) -> Result<usize, Errno> {
    match outcome {
        -4095..0 => Err(Errno::from_raw_os_error(-outcome as i32)),
        done => Ok(done.cast_unsigned()),
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe fn call(number: c_long, [first, second, third, fourth, fifth]: [usize; 5]) -> Result<usize, Errno> {
    // SAFETY: by the caller's word; errno of this thread is always there.
    match unsafe { libc::syscall(number, first, second, third, fourth, fifth) } {
        -1 => Err(Errno::from_raw_os_error(unsafe { *libc::__errno_location() })),
        done => Ok(done as usize),
    }
}
