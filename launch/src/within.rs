//! Spawning straight into a cgroup, or with many descriptors, as `posix_spawn` does otherwise.
//!
//! Who enters a cgroup by writing to its `cgroup.procs` waits for the kernel's
//! grace period: 12 ms here, and a service that crashed is to be back in one.
//! A process that is *born* in the cgroup (clone3(2), `CLONE_INTO_CGROUP`, Linux
//! 5.7) waits for nothing, and there is no moment in which it is elsewhere.
//!
//! std cannot do that, and the C library only since a short while. So this is
//! what both do inside: a child that shares our memory and has a stack of its
//! own, while this thread sleeps until it has executed the launcher or failed.
//! No page table is copied. All signals are blocked meanwhile, so that no
//! handler of ours runs in the child; the launcher unblocks them.
//!
//! std hands on three descriptors and no more; here there may be any number. Without
//! a cgroup the C library's clone(2) does it, since clone3 is forbidden in many a
//! container.
//!
//! On other architectures than these two the launcher enters by itself.

#![allow(unsafe_code, reason = "clone3, and what runs between it and exec; each block says why it is sound")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// `CLONE_INTO_CGROUP` of linux/sched.h.
const INTO_CGROUP: u64 = 0x2_0000_0000;
/// More than a few calls of the C library need; a multiple of what stacks are aligned to.
const STACK: usize = 32 << 10;
/// Signals of the kernel: one bit each.
const MASK: usize = size_of::<u64>();

/// What the child needs; all of it was made before it came to be.
struct Wanted<'a> {
    program: &'a CStr,
    argv: &'a [*const c_char],
    env: &'a [*const c_char],
    descriptors: &'a [c_int],
    /// Why it has failed; 0 as long as it has not.
    errno: c_int,
}

/// Executes `program`, in the cgroup of this directory if there is one, with these as its descriptors from 0 on.
///
/// An error means that there is no process.
pub(crate) fn spawn(
    program: &CStr,
    env: &[CString],
    descriptors: &[BorrowedFd<'_>],
    cgroup: Option<BorrowedFd<'_>>,
) -> io::Result<(Pid, OwnedFd)> {
    // Where they are put there must be none of them yet, as is usual.
    let end = c_int::try_from(descriptors.len()).unwrap_or(c_int::MAX);
    let moved = |it: &BorrowedFd<'_>| match it.as_raw_fd() < end {
        true => rustix::io::fcntl_dupfd_cloexec(it, end).map(Some),
        false => Ok(None),
    };
    let duplicates: Vec<Option<OwnedFd>> = descriptors.iter().map(moved).collect::<Result<_, _>>()?;
    let argv = [program.as_ptr(), std::ptr::null()];
    let env: Vec<*const c_char> = env.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
    let sources = descriptors.iter().zip(&duplicates);
    let sources: Vec<c_int> = sources
        .map(|(given, duplicate)| duplicate.as_ref().map_or(given.as_raw_fd(), |it| it.as_raw_fd()))
        .collect();
    let mut wanted = Wanted { program, argv: &argv, env: &env, descriptors: &sources, errno: 0 };
    let mut stack = vec![0_u128; STACK / size_of::<u128>()];
    let mut pidfd: c_int = -1;
    let (stack_at, pidfd_at) = (stack.as_mut_ptr(), &raw mut pidfd);
    let arguments = |cgroup: BorrowedFd<'_>| libc::clone_args {
        flags: (libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD) as u64 | INTO_CGROUP,
        pidfd: pidfd_at.addr() as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: libc::SIGCHLD as u64,
        stack: stack_at.addr() as u64,
        stack_size: STACK as u64,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: u64::try_from(cgroup.as_raw_fd()).unwrap_or_default(),
    };
    let (all, mut before) = (u64::MAX, 0_u64);
    mask(&all, &mut before);
    // SAFETY: `arguments`, `wanted` and the stack live until the child has executed or exited, which
    // is when this returns; the child runs nothing but `become_it`, on that stack.
    let pid = unsafe {
        match cgroup {
            Some(cgroup) => clone3(&arguments(cgroup), (&raw mut wanted).cast()),
            None => clone(stack_at.byte_add(STACK).cast(), pidfd_at, (&raw mut wanted).cast()),
        }
    };
    mask(&before, &mut 0);
    if pid < 0 {
        return Err(io::Error::from_raw_os_error(c_int::try_from(-pid).unwrap_or(libc::EINVAL)));
    }
    // SAFETY: the kernel has put a new descriptor there, which nobody else knows.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    // SAFETY: a valid place; read so because the child has written to it.
    let errno = unsafe { (&raw const wanted.errno).read_volatile() };
    if errno != 0 {
        use std::os::fd::AsFd as _;
        waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED)?;
        return Err(io::Error::from_raw_os_error(errno));
    }
    let pid =
        i32::try_from(pid).ok().and_then(Pid::from_raw).expect("the kernel's numbers of processes are such");
    Ok((pid, pidfd))
}

/// Replaces the set of blocked signals, past the C library, which keeps some to itself.
fn mask(new: &u64, old: &mut u64) {
    // SAFETY: both are sets of the size that is told.
    unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const *new, &raw mut *old, MASK)
    };
}

/// What the child does; it never returns, and touches nothing of ours but `errno`.
extern "C" fn become_it(wanted: *mut c_void) -> ! {
    // SAFETY: it is the `Wanted` of the thread that sleeps for us.
    let wanted = unsafe { &mut *wanted.cast::<Wanted<'_>>() };
    for (target, descriptor) in (0..).zip(wanted.descriptors) {
        // SAFETY: two numbers, in a table of descriptors of the child's own.
        if unsafe { libc::dup2(*descriptor, target) } == -1 {
            wanted.fail();
        }
    }
    // SAFETY: both lists end in null, and all texts end in NUL.
    unsafe { libc::execve(wanted.program.as_ptr(), wanted.argv.as_ptr(), wanted.env.as_ptr()) };
    wanted.fail()
}

impl Wanted<'_> {
    fn fail(&mut self) -> ! {
        // SAFETY: errno of the thread whose memory this is, which sleeps; then the end, past all handlers.
        unsafe {
            self.errno = (*libc::__errno_location()).max(1);
            libc::_exit(127)
        }
    }
}

/// clone(2) with a stack for the child that ends there, on which it calls [`become_it`]; the pid, or an error below 0.
unsafe fn clone(stack_end: *mut c_void, pidfd: *mut c_int, wanted: *mut c_void) -> isize {
    extern "C" fn child(wanted: *mut c_void) -> c_int {
        become_it(wanted)
    }
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: by the caller's word the stack and what is wanted live until the child has executed; the
    // descriptor is put where a parent's thread number would be (clone(2), CLONE_PIDFD).
    let pid = unsafe { libc::clone(child, stack_end, flags, wanted, pidfd) };
    match pid {
        -1 => -(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL) as isize),
        pid => pid as isize,
    }
}

/// clone3(2) with a stack for the child, on which it calls [`become_it`]; the pid, or an error below 0.
#[cfg(target_arch = "x86_64")]
unsafe fn clone3(arguments: &libc::clone_args, wanted: *mut c_void) -> isize {
    let outcome: isize;
    // SAFETY: the parent comes out below as from any system call. The child comes out with the end of
    // the new stack in rsp, aligned to 16 as the call wants it, and does not come back from there.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 as isize => outcome,
            in("rdi") &raw const *arguments,
            in("rsi") size_of::<libc::clone_args>(),
            in("r12") wanted,
            in("r13") become_it as extern "C" fn(*mut c_void) -> !,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    outcome
}

/// The same.
#[cfg(target_arch = "aarch64")]
unsafe fn clone3(arguments: &libc::clone_args, wanted: *mut c_void) -> isize {
    let outcome: isize;
    // SAFETY: as above; the stack's end is aligned to 16 here too.
    unsafe {
        std::arch::asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "mov x0, x20",
            "blr x21",
            "brk 1",
            "2:",
            in("x8") libc::SYS_clone3,
            inlateout("x0") &raw const *arguments => outcome,
            in("x1") size_of::<libc::clone_args>(),
            in("x20") wanted,
            in("x21") become_it as extern "C" fn(*mut c_void) -> !,
        );
    }
    outcome
}

/// There is none: the launcher enters its cgroup by itself.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe fn clone3(_: &libc::clone_args, _: *mut c_void) -> isize {
    let _never = become_it as extern "C" fn(*mut c_void) -> !;
    -(libc::ENOSYS as isize)
}
