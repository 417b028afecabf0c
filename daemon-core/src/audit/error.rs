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

impl Error {
    /// Whether it is so for as long as this daemon lives, and trying again is of no use.
    pub fn is_lasting(&self) -> bool {
        match self {
            Error::Unsound(_) | Error::Closed | Error::Storage(storage::Error::Closed { .. }) => true,
            Error::Storage(error) => error.damaged().is_some(),
            Error::Key(_) | Error::NoLeaf { .. } | Error::Mirror(_) => false,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::NoLeaf { .. } => Fault::new(Code::NotFound, message),
            Error::Unsound(_) => unavailable(message).hint(
                "gate.db and the directory audit are the evidence: look at a copy first (docs/audit.md); \
                 once both are moved out of the state directory, a new record begins with the next start",
            ),
            // With the file that is damaged, if that is what it says.
            Error::Storage(source) => Fault { code: Code::Unavailable, message, ..Fault::from(source) }
                .reason("E_AUDIT_UNAVAILABLE"),
            _ => unavailable(message),
        }
    }
}

fn unavailable(message: String) -> Fault {
    Fault::new(Code::Unavailable, message).reason("E_AUDIT_UNAVAILABLE")
}
