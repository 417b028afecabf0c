//! What was found where the paths of one command lead.
//!
//! To look may take long, or for ever where a file system does not answer. So all
//! of it is done where that holds up nobody else, within a bound for the whole
//! command, and remembered: whoever judges the same command later is told the same
//! and looks at nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::exec::{Leads, Way, leads};

/// So many names are looked at for one command; it has fewer than 14,000 arguments.
const LOOKS: usize = 1 << 17;

/// Where paths were found to lead.
#[derive(Debug)]
pub struct Looked(Mutex<State>);

#[derive(Debug)]
struct State {
    known: HashMap<PathBuf, Leads>,
    left: usize,
    is_closed: bool,
}

impl Default for Looked {
    fn default() -> Looked {
        Looked(Mutex::new(State { known: HashMap::new(), left: LOOKS, is_closed: false }))
    }
}

/// Where a path leads, as a policy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Real {
    /// To this; what of it is not there is as it is written.
    Is(PathBuf),
    /// To this for the daemon, and to something else of the kind for others.
    Own(PathBuf),
    /// It may be anything: by a link that is another for each process, or too far to look.
    Anything,
    /// That cannot be known, and it cannot be entered either.
    Unknown,
}

impl Real {
    /// Where it leads whoever goes there.
    pub(super) fn for_all(self) -> Option<PathBuf> {
        match self {
            Real::Is(path) => Some(path),
            Real::Own(_) | Real::Anything | Real::Unknown => None,
        }
    }

    /// Whether it leads to such a place, or may.
    pub(super) fn may_be(&self, is: impl FnOnce(&Path) -> bool) -> bool {
        match self {
            Real::Is(path) | Real::Own(path) => is(path),
            Real::Anything => true,
            Real::Unknown => false,
        }
    }
}

impl Looked {
    /// Where a path leads.
    pub(super) fn real(&self, path: &Path) -> Real {
        let mut state = self.state();
        let found = match state.known.get(path) {
            Some(found) => found.clone(),
            None if state.is_closed => Leads::TooFar,
            None => {
                let found = leads(path, &mut state.left);
                state.known.insert(path.to_owned(), found.clone());
                found
            }
        };
        match found {
            Leads::To(path) | Leads::Nowhere(path) => Real::Is(path),
            Leads::ByProcess(Way::Own(path)) => Real::Own(path),
            // What a program is given to read and write is called so.
            Leads::ByProcess(Way::Magic) if super::paths::normal(path).starts_with("/dev") => Real::Unknown,
            Leads::ByProcess(Way::Magic) | Leads::TooFar => Real::Anything,
            Leads::Unknown(_) => Real::Unknown,
        }
    }

    /// From now on only what is known is told.
    pub(in crate::approvals) fn close(&self) {
        self.state().is_closed = true;
    }

    /// Forgets it all; it is looked at anew.
    pub(in crate::approvals) fn forget(&self) {
        *self.state() = State { known: HashMap::new(), left: LOOKS, is_closed: false };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
