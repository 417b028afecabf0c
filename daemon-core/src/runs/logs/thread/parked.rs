//! What a run was captured with, until another needs it.
//!
//! Each run of a job has a log of its own, and so a directory for its FIFOs and
//! its staging file. To make them and to remove them takes a journalling file
//! system longer than to start a process. So the directory of a run that has
//! ended stays, under its name, and is given another when the next one begins.
//!
//! A daemon that is killed leaves some. Their staging files say that they are of
//! no use to anybody, and the next daemon removes them.

use std::path::PathBuf;

use super::super::capture::{Left, Rest};
use super::super::names::Place;

/// So many wait for a run.
pub(super) const PARKED: usize = 16;

/// The directory of a run that has ended.
#[derive(Debug)]
pub(super) struct Parked {
    /// Where it lies.
    pub(super) run: PathBuf,
    /// What is in it.
    pub(super) left: Left,
}

impl Parked {
    /// Gives it to another run, unless that has a directory already with something in it.
    pub(super) fn moved_to(self, place: &Place) -> Result<Rest, Parked> {
        match fs_err::rename(&self.run, &place.run) {
            Ok(()) => Ok(Rest::settled(i64::MIN, None, self.left)),
            Err(_) => Err(self),
        }
    }

    /// Removes it.
    pub(super) fn remove(self) {
        if let Err(error) = fs_err::remove_dir_all(&self.run) {
            tracing::debug!(%error, "the directory of a run that has ended stays");
        }
    }
}
