//! Why something could not be recorded, or the record not be used.

use crate::kernel::{Code, Fault};
use crate::storage;

/// What can go wrong with the record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its file cannot be written or read.
    #[error("the audit record: {0}")]
    Storage(#[from] storage::Error),
    /// It is not what was signed of it, and nothing is added to that.
    #[error("the audit record is not to be trusted, and nothing is added to it: {0}")]
    Unsound(String),
    /// Its key is not there now.
    #[error("the key of the audit record cannot be used: {0}")]
    Key(String),
    /// There is no such leaf.
    #[error("the audit record has no leaf {index}; it has {size}")]
    NoLeaf {
        /// Which was asked for.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// Its mirror, or a file beside it.
    #[error("the mirror of the audit record: {0}")]
    Mirror(#[from] std::io::Error),
    /// The daemon is stopping.
    #[error("the audit record is closed")]
    Closed,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::NoLeaf { .. } => Fault::new(Code::NotFound, error.to_string()),
            Error::Unsound(_) => unavailable(&error).hint(
                "gate.db and the directory audit are the evidence: look at a copy first (docs/audit.md); \
                 once both are moved out of the state directory, a new record begins with the next start",
            ),
            _ => unavailable(&error),
        }
    }
}

fn unavailable(error: &Error) -> Fault {
    Fault::new(Code::Unavailable, error.to_string()).reason("E_AUDIT_UNAVAILABLE")
}
