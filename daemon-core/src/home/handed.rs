//! Descriptors that go from one program to the next in the same process.
//!
//! A daemon that executes a new version of itself must not let go of its home
//! in between: somebody else would take it, and with it the services that are
//! still this process's children. Nor may it let go of its sockets: who connects
//! meanwhile would be refused, and so waits until the next one accepts him. A
//! lock and a listening socket belong to open files, which survive exec(2) if
//! they are told to; a variable of the environment says which they are.

#![allow(unsafe_code, reason = "a descriptor that came through exec is known by its number alone")]

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::socket_acceptconn;

/// What is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// The home's lock.
    Lock,
    /// The owner's socket.
    Socket,
    /// The agents' socket.
    AgentSocket,
}

/// Whether each was looked for: what was handed over once is no longer there to be taken.
static TAKEN: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

impl Handed {
    /// Lets a descriptor survive exec(2): the variable and its value have to be in the environment of
    /// the new program.
    ///
    /// # Errors
    /// If it cannot be kept open.
    pub fn keep(self, descriptor: impl AsFd) -> std::io::Result<(&'static str, String)> {
        let descriptor = descriptor.as_fd();
        fcntl_setfd(descriptor, FdFlags::empty())?;
        Ok((self.variable(), descriptor.as_raw_fd().to_string()))
    }

    /// Whether a variable of the environment speaks of something that was handed on.
    pub fn is_named_by(variable: &std::ffi::OsStr) -> bool {
        [Handed::Lock, Handed::Socket, Handed::AgentSocket].iter().any(|it| variable == it.variable())
    }

    /// The socket that the program before this one listened on, if it is the one at `path` and still there.
    pub fn listener(self, path: &Path) -> Option<UnixListener> {
        let listens = |socket: BorrowedFd<'_>| socket_acceptconn(socket).is_ok_and(|listens| listens);
        let listener = UnixListener::from(self.take(listens)?);
        let is_here =
            listener.local_addr().ok()?.as_pathname() == Some(path) && path.symlink_metadata().is_ok();
        listener.set_nonblocking(true).ok()?;
        is_here.then_some(listener)
    }

    fn variable(self) -> &'static str {
        match self {
            Handed::Lock => "HOB_LOCK_FD",
            Handed::Socket => "HOB_SOCKET_FD",
            Handed::AgentSocket => "HOB_AGENT_SOCKET_FD",
        }
    }

    /// What the program before this one has handed on, if it looks like that.
    fn take(self, is_it: impl FnOnce(BorrowedFd<'_>) -> bool) -> Option<OwnedFd> {
        let number: RawFd = std::env::var(self.variable()).ok()?.parse().ok().filter(|number| 2 < *number)?;
        if TAKEN[self as usize].swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: it is only looked at here; a number that is not open is an error of every call.
        if !is_it(unsafe { BorrowedFd::borrow_raw(number) }) {
            return None;
        }
        // SAFETY: it is open on what the program before this one had, which nobody opens in this
        // process before this, and it is taken once.
        let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
        fcntl_setfd(&descriptor, FdFlags::CLOEXEC).ok()?;
        Some(descriptor)
    }
}

/// The lock that the program before this one had, if it is the one at `path`.
pub(super) fn lock(path: &Path) -> Option<File> {
    let named = rustix::fs::stat(path).ok();
    let is_it = |file: BorrowedFd<'_>| {
        let open = rustix::fs::fstat(file).ok().map(|open| (open.st_dev, open.st_ino));
        open.is_some() && open == named.map(|named| (named.st_dev, named.st_ino))
    };
    let file = File::from(Handed::Lock.take(is_it)?);
    file.try_lock().ok()?;
    Some(file)
}
