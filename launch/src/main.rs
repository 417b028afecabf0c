#![no_main]
#![allow(
    unsafe_code,
    reason = "between spawn and exec there are only system calls; each block says why it is sound"
)]
//! `hob-launch`: becomes the program that the plan on its standard input describes.
//!
//! It stands between the daemon and every process that the daemon starts, so it
//! must be quick: `main` is the C one, which leaves out std's own set-up, and
//! texts are used where they were mapped. Nothing is allocated but the lists of
//! pointers. The steps, their order and what is reported are the library's
//! `Step`; nothing is ever retried or worked around here.
//!
//! `hob-launch keep DIR` does something else, for which there should be no
//! second program: see `keep`.
//!
//! Standard input must be a sealed memfd. The seals are what makes mapping it
//! sound (it can neither shrink nor change), and how a person who runs this by
//! hand is told apart: one line on stderr, exit 2.

mod keep;

use std::convert::Infallible;
use std::ffi::{CStr, c_char, c_int, c_long};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr::{null, null_mut};

use hob_launch::{Failure, NOT_A_FIFO, Order, RawLimit, Step, decode};
use rustix::fs::{FileType, Mode, OFlags, SealFlags};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::process::{Gid, Uid};

const STDIN: RawFd = 0;
const STDOUT: RawFd = 1;
const STDERR: RawFd = 2;

const BY_HAND: &str = "the Hob daemon runs this to start programs; it is of no use by hand, try `hob --help`";

/// An environment entry that gets its value here: see `Plan::env`.
const OWN_PID: &[u8] = b"WATCHDOG_PID=";

/// Highest signal number of Linux on the architectures we build for.
const SIGNALS: c_int = 64;

#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    if count == 3 {
        // SAFETY: the kernel and the C library pass `count` texts that end in NUL and stay.
        let [verb, dir] = [1, 2].map(|index| unsafe { CStr::from_ptr(*arguments.add(index)) });
        if verb == c"keep" {
            // What it inherits besides, others may wait to see closed.
            let kept = close_range(STDERR + 1, RawFd::MAX).and_then(|()| keep::keep(inherited(STDIN), dir));
            return c_int::from(kept.is_err());
        }
    }
    let Some(plan) = plan() else { return refuse(BY_HAND) };
    let order = match decode(plan) {
        Ok(order) => order,
        Err(refusal) => {
            report(inherited(STDOUT), Failure { step: Step::Plan, errno: libc::EBADMSG });
            return refuse(refusal.reason());
        }
    };
    let pipe = match at(Step::Pipe, rustix::io::fcntl_dupfd_cloexec(inherited(STDOUT), STDERR + 1)) {
        Ok(pipe) => pipe,
        Err(failure) => {
            report(inherited(STDOUT), failure);
            return 127;
        }
    };
    let Err(failure) = become_target(&order, &pipe);
    report(&pipe, failure);
    // Not `return`: nothing of this process should run any more, and exit handlers are not needed.
    // SAFETY: it takes a number and does not come back.
    unsafe { libc::_exit(127) }
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
    Some(unsafe { std::slice::from_raw_parts(start.ok()?.cast::<u8>(), length) })
}

fn become_target(order: &Order<'_>, pipe: &OwnedFd) -> Result<Infallible, Failure> {
    at(Step::Session, rustix::process::setsid())?;
    rustix::process::umask(Mode::from_raw_mode(order.umask));
    order.limits.iter().try_for_each(|limit| at(Step::Limits, set_limit(limit)))?;
    at(Step::Signals, reset_signals())?;
    if let Some(procs) = order.cgroup {
        at(Step::Cgroup, enter_cgroup(procs))?;
    }
    // Before the user changes: see `Output::Fifo`.
    at(Step::Stdin, open_null(STDIN, OFlags::RDONLY))?;
    at(Step::Stdout, open_output(STDOUT, order.stdout))?;
    at(Step::Stderr, open_output(STDERR, order.stderr))?;
    if let Some((uid, gid, groups)) = &order.user {
        change_user(*uid, *gid, groups)?;
    }
    at(Step::Directory, rustix::process::chdir(order.dir))?;
    at(Step::Descriptors, close_all_but(pipe.as_raw_fd()))?;
    at(Step::Exec, execute(order))
}

fn set_limit(limit: &RawLimit) -> Result<(), Errno> {
    let pair = libc::rlimit { rlim_cur: limit.soft, rlim_max: limit.hard };
    // SAFETY: `pair` is read only during the call; the kernel checks the number.
    check(unsafe { libc::setrlimit(limit.resource as _, &raw const pair) })
}

/// All signals to their default and none blocked. Ignored signals and the mask
/// are what exec would pass on; and those that glibc keeps to itself are only
/// reached past it.
fn reset_signals() -> Result<(), Errno> {
    // The kernel's sigaction with SIG_DFL, no flags and an empty mask is all zeros.
    let default = [0_usize; 8];
    let mask_size = size_of::<u64>();
    for signal in (1..=SIGNALS).filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal)) {
        let (signal, none) = (c_long::from(signal), null_mut::<usize>());
        // SAFETY: `default` is at least as large as the kernel's sigaction, which is only read.
        check_long(unsafe {
            libc::syscall(libc::SYS_rt_sigaction, signal, &raw const default, none, mask_size)
        })?;
    }
    let nothing = 0_u64;
    let none = null_mut::<u64>();
    let set = c_long::from(libc::SIG_SETMASK);
    // SAFETY: `nothing` is a signal set of `mask_size` bytes, only read.
    check_long(unsafe { libc::syscall(libc::SYS_rt_sigprocmask, set, &raw const nothing, none, mask_size) })
}

fn enter_cgroup(procs: &CStr) -> Result<(), Errno> {
    let file = rustix::fs::open(procs, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    // "0" is the process that writes.
    rustix::io::write(file, b"0").map(drop)
}

fn open_null(target: RawFd, access: OFlags) -> Result<(), Errno> {
    open_as(target, c"/dev/null", access)
}

fn open_output(target: RawFd, fifo: Option<&CStr>) -> Result<(), Errno> {
    let Some(path) = fifo else { return open_null(target, OFlags::WRONLY) };
    open_as(target, path, OFlags::RDWR | OFlags::NOCTTY | OFlags::NOFOLLOW)?;
    match FileType::from_raw_mode(rustix::fs::fstat(inherited(target))?.st_mode) {
        FileType::Fifo => Ok(()),
        _ => Err(Errno::from_raw_os_error(NOT_A_FIFO)),
    }
}

/// Opens `path` as descriptor `target`, whose lower neighbours are all open: the lowest free one is taken.
fn open_as(target: RawFd, path: &CStr, flags: OFlags) -> Result<(), Errno> {
    // SAFETY: nobody owns 0, 1 and 2 here; the plan stays mapped and the pipe has been duplicated.
    unsafe { rustix::io::close(target) };
    let opened = rustix::fs::open(path, flags, Mode::empty())?.into_raw_fd();
    if opened == target { Ok(()) } else { Err(Errno::BADF) }
}

/// The launcher has one thread, so the thread's ids are the process's.
fn change_user(uid: u32, gid: u32, groups: &[u32]) -> Result<(), Failure> {
    // To the kernel -1 means "leave as it is", which must not pass for a change.
    if uid == u32::MAX || gid == u32::MAX || groups.contains(&u32::MAX) {
        return Err(Failure { step: Step::Uid, errno: libc::EINVAL });
    }
    let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    at(Step::Groups, rustix::thread::set_thread_groups(&groups))?;
    at(Step::Gid, rustix::thread::set_thread_res_gid(gid, gid, gid))?;
    at(Step::Uid, rustix::thread::set_thread_res_uid(uid, uid, uid))
}

/// Closes everything from 3 on, but the pipe, which exec closes.
fn close_all_but(pipe: RawFd) -> Result<(), Errno> {
    if STDERR + 1 < pipe {
        close_range(STDERR + 1, pipe - 1)?;
    }
    close_range(pipe + 1, RawFd::MAX)
}

fn close_range(first: RawFd, last: RawFd) -> Result<(), Errno> {
    let (first, last) = (c_long::from(first), c_long::from(last));
    // SAFETY: three numbers. What it closes belongs to no value of this program: they are inherited.
    check_long(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0 as c_long) })
}

fn execute(order: &Order<'_>) -> Result<Infallible, Errno> {
    let argv = pointers(&order.argv);
    let mut env = pointers(&order.env);
    let own_pid = own_pid();
    for (place, _) in order.env.iter().enumerate().filter(|(_, entry)| entry.to_bytes() == OWN_PID) {
        env[place] = own_pid.as_ptr().cast();
    }
    // SAFETY: both lists end in null, and all texts end in NUL and outlive the call.
    unsafe { libc::execve(order.program.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    Err(last_error())
}

/// The entry with the number of this process, which is the target's, and a NUL.
fn own_pid() -> [u8; OWN_PID.len() + 11] {
    let mut entry = [0; OWN_PID.len() + 11];
    entry[..OWN_PID.len()].copy_from_slice(OWN_PID);
    let mut pid = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
    let digits = OWN_PID.len()..=OWN_PID.len() + pid.ilog10() as usize;
    for place in digits.rev() {
        entry[place] = b'0' + (pid % 10) as u8;
        pid /= 10;
    }
    entry
}

fn pointers(texts: &[&CStr]) -> Vec<*const c_char> {
    let mut pointers = Vec::with_capacity(texts.len() + 1);
    pointers.extend(texts.iter().map(|text| text.as_ptr()));
    pointers.push(null());
    pointers
}

fn inherited(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: not -1. That it is open is not known; a call on a closed one just fails.
    unsafe { BorrowedFd::borrow_raw(number) }
}

fn report(pipe: impl AsFd, failure: Failure) {
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

fn check(result: c_int) -> Result<(), Errno> {
    if result == -1 { Err(last_error()) } else { Ok(()) }
}

fn check_long(result: c_long) -> Result<(), Errno> {
    if result == -1 { Err(last_error()) } else { Ok(()) }
}

fn last_error() -> Errno {
    // SAFETY: errno of this thread is always there.
    Errno::from_raw_os_error(unsafe { *libc::__errno_location() })
}
