//! From an order to its program: the steps in between, as [`Step`] lists them.
//!
//! Nothing is ever retried or worked around here; what fails is reported.

#![allow(unsafe_code, reason = "files, ids and limits by system calls alone")]

use core::convert::Infallible;
use core::ffi::{CStr, c_char};
use core::ptr::{null, null_mut};

use hob_launch::{FIRST_KEPT, Failure, HandedAs, List, NOT_A_FIFO, Order, Step};
use rustix::fd::{AsRawFd as _, BorrowedFd, IntoRawFd as _, RawFd};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::process::{Gid, Uid};

use crate::{STDERR, STDIN, STDOUT, at, inherited, kernel};

/// Environment entries that get their values here: see `Plan::env`.
const OWN_PIDS: [&[u8]; 2] = [b"WATCHDOG_PID=", b"HOB_MAIN_PID="];
/// The longer of them with a number and a NUL.
const LONGEST_OWN_PID: usize = 32;

/// Becomes what is ordered; returns only what is in the way. `pipe` is closed by exec.
pub(crate) fn become_target(order: &Order<'_>, pipe: BorrowedFd<'_>) -> Result<Infallible, Failure> {
    at(Step::Session, rustix::process::setsid())?;
    rustix::process::umask(Mode::from_raw_mode(order.umask));
    order.limits.iter().try_for_each(|limit| at(Step::Limits, kernel::set_limit(&limit)))?;
    at(Step::Signals, kernel::reset_signals())?;
    if let Some(procs) = order.cgroup {
        at(Step::Cgroup, enter_cgroup(procs))?;
    }
    // Before the user changes: see `Output::Fifo` and `Plan::stdin`.
    if order.handed.is_some() {
        let [input, output, errors] = [HandedAs::Stdin, HandedAs::Stdout, HandedAs::Stderr].map(handed);
        at(Step::Stdin, rustix::stdio::dup2_stdin(input))?;
        at(Step::Stdout, rustix::stdio::dup2_stdout(output))?;
        at(Step::Stderr, rustix::stdio::dup2_stderr(errors))?;
    } else {
        at(Step::Stdin, open_input(order.stdin))?;
        at(Step::Stdout, open_output(STDOUT, order.stdout))?;
        at(Step::Stderr, open_output(STDERR, order.stderr))?;
    }
    if let Some((uid, gid, groups)) = &order.user {
        change_user(*uid, *gid, groups)?;
    }
    at(Step::Directory, enter(order))?;
    at(Step::Descriptors, close_all_but(order.handed, pipe.as_raw_fd()))?;
    at(Step::Exec, execute(order))
}

fn enter_cgroup(procs: &CStr) -> Result<(), Errno> {
    // It is closed with whatever else is open.
    let file = rustix::fs::open(procs, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?.into_raw_fd();
    // "0" is the process that writes.
    rustix::io::write(inherited(file), b"0").map(drop)
}

fn open_null(target: RawFd, access: OFlags) -> Result<(), Errno> {
    open_as(target, c"/dev/null", access)
}

fn open_input(file: Option<&CStr>) -> Result<(), Errno> {
    match file {
        Some(path) => open_as(STDIN, path, OFlags::RDONLY | OFlags::NOCTTY | OFlags::NOFOLLOW),
        None => open_null(STDIN, OFlags::RDONLY),
    }
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
fn change_user(uid: u32, gid: u32, groups: &List<'_, u32>) -> Result<(), Failure> {
    // To the kernel -1 means "leave as it is", which must not pass for a change.
    if uid == u32::MAX || gid == u32::MAX || groups.iter().any(|group| group == u32::MAX) {
        return Err(Failure { step: Step::Uid, errno: libc::EINVAL });
    }
    let groups = at(Step::Groups, kept(groups.len(), groups.iter().map(Gid::from_raw)))?;
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    at(Step::Groups, rustix::thread::set_thread_groups(groups))?;
    at(Step::Gid, rustix::thread::set_thread_res_gid(gid, gid, gid))?;
    at(Step::Uid, rustix::thread::set_thread_res_uid(uid, uid, uid))
}

fn handed(number: HandedAs) -> BorrowedFd<'static> {
    inherited(number as RawFd)
}

fn enter(order: &Order<'_>) -> Result<(), Errno> {
    match order.handed {
        Some(_) => rustix::process::fchdir(handed(HandedAs::Dir)),
        None => rustix::process::chdir(order.dir),
    }
}

/// Closes everything from 3 on, but what is kept, and the pipe and a program that was handed, which exec closes.
fn close_all_but(kept: Option<u32>, pipe: RawFd) -> Result<(), Errno> {
    let mut first = STDERR + 1;
    if let Some(kept) = kept {
        rustix::io::fcntl_setfd(handed(HandedAs::Program), rustix::io::FdFlags::CLOEXEC)?;
        kernel::close_range(HandedAs::Program as RawFd + 1, FIRST_KEPT - 1)?;
        first =
            RawFd::try_from(kept).ok().and_then(|kept| FIRST_KEPT.checked_add(kept)).ok_or(Errno::BADF)?;
    }
    if first < pipe {
        kernel::close_range(first, pipe - 1)?;
    }
    kernel::close_range(pipe + 1, RawFd::MAX)
}

fn execute(order: &Order<'_>) -> Result<Infallible, Errno> {
    let own_pids = OWN_PIDS.map(own_pid);
    let own_pid = |entry: &CStr| {
        let known = OWN_PIDS.iter().zip(&own_pids).find(|(name, _)| entry.to_bytes() == **name);
        known.map_or(entry.as_ptr(), |(_, own)| own.as_ptr().cast())
    };
    let argv = order.argv.iter().map(CStr::as_ptr).chain([null()]);
    let env = order.env.iter().map(own_pid).chain([null()]);
    let pointers: &[*const c_char] = kept(order.argv.len() + order.env.len() + 2, argv.chain(env))?;
    let (argv, env) = pointers.split_at_checked(order.argv.len() + 1).ok_or(Errno::INVAL)?;
    // SAFETY: both lists end in null, and all texts end in NUL and outlive the call.
    Err(unsafe {
        match order.handed {
            Some(_) => kernel::execute_handed(HandedAs::Program as RawFd, argv, env),
            None => kernel::execute(order.program, argv, env),
        }
    })
}

/// The entry with the number of this process, which is the target's, and a NUL.
fn own_pid(name: &[u8]) -> [u8; LONGEST_OWN_PID] {
    let mut entry = [0; LONGEST_OWN_PID];
    entry[..name.len()].copy_from_slice(name);
    let mut pid = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
    let digits = name.len()..=name.len() + pid.ilog10() as usize;
    for place in digits.rev() {
        entry[place] = b'0' + (pid % 10) as u8;
        pid /= 10;
    }
    entry
}

/// At most so many elements, in memory that stays: there is no allocator.
fn kept<T: Copy>(count: usize, elements: impl Iterator<Item = T>) -> Result<&'static [T], Errno> {
    let length = size_of::<T>().checked_mul(count.max(1)).ok_or(Errno::NOMEM)?;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the kernel chooses the place, so nothing of ours is overwritten.
    let start = unsafe { rustix::mm::mmap_anonymous(null_mut(), length, access, MapFlags::PRIVATE) }?;
    let start = start.cast::<T>();
    let mut written = 0;
    for element in elements.take(count) {
        // SAFETY: there is room for `count` of them, a page is aligned for any, and nobody else knows it.
        unsafe { start.add(written).write(element) };
        written += 1;
    }
    // SAFETY: so many have been written, and they are neither changed nor unmapped.
    Ok(unsafe { core::slice::from_raw_parts(start, written) })
}
