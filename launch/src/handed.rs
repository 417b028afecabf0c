//! What a process is given by descriptor, where no path may be trusted.
//!
//! A file that was looked at and a file that is executed are the same only if it
//! was never let go of in between. So whoever has verified what is to run holds it,
//! and the launcher executes the very descriptor. It gets them under fixed
//! numbers, after the three that every launch has.

use std::os::fd::{AsFd as _, BorrowedFd, RawFd};

/// Descriptors that take the place of paths in a [`crate::Plan`].
#[derive(Debug, Clone, Copy)]
pub struct Handed<'a> {
    /// The file to execute. It must not be a script: what reads that would find no file.
    pub program: BorrowedFd<'a>,
    /// The working directory.
    pub dir: BorrowedFd<'a>,
    /// Standard input.
    pub stdin: BorrowedFd<'a>,
    /// Standard output.
    pub stdout: BorrowedFd<'a>,
    /// Standard error.
    pub stderr: BorrowedFd<'a>,
    /// What the program finds open, from [`FIRST_KEPT`] on.
    pub kept: &'a [BorrowedFd<'a>],
}

/// Under which number the launcher finds each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum HandedAs {
    /// The file to execute.
    Program = 3,
    /// The working directory.
    Dir,
    /// Standard input, not yet in its place.
    Stdin,
    /// Standard output, likewise.
    Stdout,
    /// Standard error, likewise.
    Stderr,
}

/// The number of the first descriptor that a program keeps; the others follow it.
pub const FIRST_KEPT: RawFd = HandedAs::Stderr as RawFd + 1;

impl Handed<'_> {
    /// All of them, in the order of their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let named = [self.program, self.dir, self.stdin, self.stdout, self.stderr];
        named.into_iter().chain(self.kept.iter().map(|kept| kept.as_fd()))
    }
}
