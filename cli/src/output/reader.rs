//! Notices that whoever read standard output went away, also while there is nothing to write.
//!
//! `hob logs -f | head -2` is to end when `head` does, not when the next line
//! comes. A thread waits in poll(2), which reports an error or a hangup unasked;
//! it ends with the process. Terminals and files have no reader to lose.

use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::FileType;
use rustix::io::Errno;
use tokio::sync::Notify;

use crate::failure::Failure;

/// Does the work until it is done or nobody reads what it prints.
///
/// # Errors
/// Those of the work, or [`Failure::ReaderGone`].
pub(crate) async fn while_read<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let out = std::io::stdout();
    let kind = rustix::fs::fstat(&out).map(|stat| FileType::from_raw_mode(stat.st_mode));
    if !matches!(kind, Ok(FileType::Fifo | FileType::Socket)) {
        return work.await;
    }
    let gone = Arc::new(Notify::new());
    let notifies = Arc::clone(&gone);
    std::thread::spawn(move || {
        if until_gone(&out) {
            notifies.notify_one();
        }
    });
    tokio::select! {
        done = work => done,
        () = gone.notified() => Err(Failure::ReaderGone),
    }
}

/// Waits until nobody reads any more; false if that cannot be known.
fn until_gone(out: &impl std::os::fd::AsFd) -> bool {
    loop {
        match poll(&mut [PollFd::new(out, PollFlags::empty())], None) {
            Ok(_) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
