//! The places where tests kill a capture.
//!
//! A `kill -9` can come between any two steps, so each step of capture and
//! recovery is followed by a [`point`]. In the daemon that is nothing; in a test
//! with a fuse it unwinds once the fuse has burnt down, and what is left is what
//! a kill leaves: the files and the mapping, and none of the memory.

/// A kill may come here.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn point() {}

#[cfg(test)]
pub(super) use fused::point;

/// Writes all of it; in a test there may be room for less.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn write_at(file: &std::fs::File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(test)]
pub(super) use fused::write_at;

#[cfg(test)]
pub(super) mod fused {
    //! The fuse.

    use std::cell::Cell;
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt as _;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use rustix::io::Errno;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
        static ROOM: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// From now on so many bytes can be written to logs.
    pub(crate) fn leave_room(bytes: usize) {
        ROOM.set(bytes);
    }

    /// Writes what there is room for, and it is an error if that is not all, as on a disk.
    pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let left = ROOM.get().checked_sub(bytes.len());
        let fits = left.map_or(ROOM.get(), |_| bytes.len());
        file.write_all_at(&bytes[..fits], offset)?;
        point();
        if ROOM.get() != usize::MAX {
            ROOM.set(left.unwrap_or(0));
        }
        left.map(drop).ok_or_else(|| Errno::NOSPC.into())
    }

    struct Killed;

    /// A kill comes here if the fuse has burnt down.
    pub(crate) fn point() {
        match LEFT.get() {
            Some(0) => {
                LEFT.set(None);
                resume_unwind(Box::new(Killed));
            }
            left => LEFT.set(left.map(|left| left - 1)),
        }
    }

    /// Runs `work` and kills it at the point after `points` others; `None` if it was killed.
    pub(crate) fn kill_after<T>(points: u32, work: impl FnOnce() -> T) -> Option<T> {
        LEFT.set(Some(points));
        let outcome = catch_unwind(AssertUnwindSafe(work));
        LEFT.set(None);
        match outcome {
            Ok(value) => Some(value),
            Err(cause) if cause.is::<Killed>() => None,
            Err(cause) => resume_unwind(cause),
        }
    }
}
