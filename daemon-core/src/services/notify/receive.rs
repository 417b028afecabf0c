//! One datagram with the credentials of its sender, and nothing else that may come along.
//!
//! rustix cannot do this: its credentials hold a pid that is never 0, and the
//! kernel gives 0 for a sender outside our PID namespace (pid_namespaces(7)),
//! such as a host's process that reaches into a container's directory. To read
//! such a value as rustix's type is undefined behaviour.
//!
//! There is room for credentials only, so the kernel closes the descriptors of
//! a message itself (unix(7), `MSG_CTRUNC`).

#![allow(unsafe_code, reason = "recvmsg with credentials whose pid may be 0")]

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// Receives a datagram, and its sender's credentials; the length is the buffer's if it did not fit.
pub(super) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<(usize, Option<libc::ucred>)> {
    /// The size of the only control message there is to be room for, as cmsg(3) counts it.
    const CREDENTIALS: u32 = size_of::<libc::ucred>() as u32;
    // Words, so that the header in it is aligned.
    let mut control = [0_usize; 8];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: a msghdr is integers and pointers, for which zero and null are valid.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    // SAFETY: CMSG_SPACE only computes.
    let space = unsafe { libc::CMSG_SPACE(CREDENTIALS) } as usize;
    assert!(space <= size_of_val(&control), "the array has room for the credentials");
    header.msg_controllen = space as _;
    // SAFETY: the header's pointers and lengths describe `buffer` and `control`, which live longer.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    // SAFETY: recvmsg left the length of what it wrote in the header, and CMSG_FIRSTHDR checks it.
    let first = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
    if first.is_null() {
        return Ok((length, None));
    }
    // SAFETY: not null, so a whole aligned header is there, in `control`.
    let message = unsafe { *first };
    // SAFETY: CMSG_LEN only computes.
    let whole = message.cmsg_len as usize >= unsafe { libc::CMSG_LEN(CREDENTIALS) } as usize;
    if !whole || (message.cmsg_level, message.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) {
        return Ok((length, None));
    }
    // SAFETY: a whole ucred follows the header; it is integers only, so any bytes are valid.
    let credentials: libc::ucred = unsafe { libc::CMSG_DATA(first).cast::<libc::ucred>().read_unaligned() };
    Ok((length, Some(credentials)))
}
