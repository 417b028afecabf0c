//! Why something could not be started.

use super::environment::FileError;
use super::{NotFound, logs};

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its program is not where it should be.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// Its user does not exist.
    #[error("the user \"{0}\" does not exist on this machine")]
    NoUser(String),
    /// Its file of variables cannot be used.
    #[error(transparent)]
    EnvFile(#[from] FileError),
    /// The system would not start a process.
    #[error("cannot start: {0}")]
    Launch(std::io::Error),
    /// Its log cannot be opened or read.
    #[error(transparent)]
    Logs(#[from] logs::Error),
}

impl Error {
    /// Whether the same attempt may succeed in a while: the machine lacked something, not the run.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Error::Launch(error) if error.raw_os_error().is_some_and(may_pass))
    }
}

/// Whether what the system said (errno(3)) may be otherwise in a while.
pub(crate) fn may_pass(errno: i32) -> bool {
    matches!(errno, libc::EAGAIN | libc::ENOMEM | libc::ENFILE | libc::EMFILE | libc::ETXTBSY)
}
