//! What can go wrong with jobs and runs, and what a client is told of it.

use super::run::RunId;
use crate::kernel::{Code, Fault};
use crate::runs::logs;
use crate::storage;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such job.
    #[error("no job is named \"{name}\"")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// No such queue.
    #[error("no queue is named \"{name}\"")]
    UnknownQueue {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// No such run.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// It has ended.
    #[error("run {id} is over: it {what}")]
    Over {
        /// Which one.
        id: RunId,
        /// How it ended.
        what: String,
    },
    /// It has ended since it was looked up.
    #[error("run {0} has just ended")]
    Moved(RunId),
    /// Too many wait.
    #[error("{0} runs wait already")]
    Full(usize),
    /// The daemon ends.
    #[error("the daemon is stopping")]
    Stopping,
    /// It could not be recorded, so it was not done.
    #[error("it could not be recorded: {0}")]
    Unrecorded(#[from] storage::Error),
    /// A log cannot be read.
    #[error(transparent)]
    Logs(#[from] logs::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        let did_you_mean = |nearest: Option<String>, otherwise: &str| match nearest {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None => otherwise.to_owned(),
        };
        match error {
            Error::Unknown { nearest, .. } => {
                Fault::new(Code::NotFound, message).hint(did_you_mean(nearest, "`hob job ls` lists all jobs"))
            }
            Error::UnknownQueue { nearest, .. } => Fault::new(Code::NotFound, message)
                .hint(did_you_mean(nearest, "declare it as [queue.NAME] in the configuration")),
            Error::NoRun(_) => {
                Fault::new(Code::NotFound, message).hint("`hob job runs` lists the runs that are kept")
            }
            Error::Over { .. } | Error::Moved(_) => Fault::new(Code::Conflict, message),
            Error::Full(_) => Fault::new(Code::Busy, message).hint("wait until some of them have run"),
            Error::Unrecorded(source) => Fault { code: Code::Unavailable, message, ..Fault::from(source) },
            Error::Stopping => Fault::new(Code::Unavailable, message),
            Error::Logs(logs::Error::Read { .. }) => Fault::internal(message),
            Error::Logs(_) => Fault::new(Code::Unavailable, message),
        }
    }
}
