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

#[cfg(test)]
pub(super) mod fused {
    //! The fuse.

    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
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
