//! What can go wrong with logs.

use std::io;
use std::path::PathBuf;

/// Why a log could not be opened, read or followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is empty or too long to be kept as a directory.
    #[error("`{service}` cannot be the name of a log directory: it is empty or too long")]
    Name {
        /// The name.
        service: String,
    },
    /// Files of a run's log could not be made.
    #[error("cannot open the log of {service}: {source}")]
    Open {
        /// The service.
        service: String,
        /// What the system said.
        source: io::Error,
    },
    /// The directory of the runs could not be read.
    #[error("cannot look for interrupted logs in {}: {source}", path.display())]
    Recover {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A log could not be read.
    #[error("cannot read the log in {}: {source}", path.display())]
    Read {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The thread is gone.
    #[error("the capture of logs has stopped")]
    Stopped,
}
