//! What can go wrong with a service, and what a client is told of it.

use super::notify::BindError;
use crate::kernel::{Code, Fault};
use crate::runs::{self, logs};

/// Why something could not be done with a service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not configured.
    #[error("no service is named \"{name}\"")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// It has no process.
    #[error("{service} is not running")]
    NotRunning {
        /// Which one.
        service: String,
    },
    /// It did not come up.
    #[error("{service} {why}")]
    NotUp {
        /// Which one.
        service: String,
        /// Why, in words.
        why: String,
    },
    /// Something else was wanted of it before this could be answered.
    #[error("{service} {what} before it was done")]
    Overtaken {
        /// Which one.
        service: String,
        /// What happened meanwhile.
        what: &'static str,
    },
    /// It could not be started.
    #[error(transparent)]
    Run(#[from] runs::Error),
    /// It could not be told where to say that it is ready.
    #[error(transparent)]
    Notify(#[from] BindError),
    /// Its log cannot be opened or read.
    #[error(transparent)]
    Logs(#[from] logs::Error),
    /// Its configuration cannot be written.
    #[error("{what}")]
    Configuration {
        /// What is wrong.
        what: String,
        /// What to do about it.
        hint: String,
    },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::Unknown { nearest: Some(nearest), .. } => {
                Fault::new(Code::NotFound, message).hint(format!("did you mean \"{nearest}\"?"))
            }
            Error::Unknown { .. } => Fault::new(Code::NotFound, message).hint("`hob ls` lists all services"),
            Error::NotRunning { service } => {
                Fault::new(Code::Conflict, message).hint(format!("start it with `hob start {service}`"))
            }
            Error::NotUp { service, .. } => {
                Fault::new(Code::Conflict, message).hint(format!("`hob logs {service}` shows what it said"))
            }
            Error::Overtaken { .. } => Fault::new(Code::Conflict, message),
            Error::Configuration { hint, .. } => Fault::new(Code::Conflict, message).hint(hint),
            Error::Logs(logs::Error::Read { .. }) => Fault::internal(message),
            Error::Run(_) | Error::Notify(_) | Error::Logs(_) => Fault::new(Code::Unavailable, message),
        }
    }
}
