//! What can go wrong with clients, and what whoever asks is told of it.

use crate::audit;
use crate::kernel::{Access, Code, Fault};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such client.
    #[error("no client is named \"{name}\"")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// There is one.
    #[error("there is a client named \"{0}\" already")]
    Taken(String),
    /// Not a name for a client.
    #[error(
        "\"{0}\" cannot be a client's name: up to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit"
    )]
    BadName(String),
    /// Somebody else's.
    #[error("\"{0}\" is what hob itself calls somebody; a client needs another name")]
    Reserved(String),
    /// More than any token gives.
    #[error("a token gives at most the access \"operate\", not \"{}\"", format!("{:?}", .0).to_lowercase())]
    TooMuch(Access),
    /// Nobody was given this token.
    #[error("no client has this token")]
    NoToken,
    /// It could not be recorded, so it was not done.
    #[error(transparent)]
    Unrecorded(#[from] audit::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::Unknown { nearest: Some(nearest), .. } => {
                Fault::new(Code::NotFound, message).hint(format!("did you mean \"{nearest}\"?"))
            }
            Error::Unknown { .. } => Fault::new(Code::NotFound, message).hint("`hob client list` lists all"),
            Error::Taken(name) => Fault::new(Code::Conflict, message)
                .hint(format!("take another name, or revoke that client first: hob client revoke {name}")),
            Error::BadName(_) | Error::Reserved(_) | Error::TooMuch(_) => Fault::invalid(message),
            Error::NoToken => Fault::new(Code::Denied, message)
                .hint("it may have been revoked; `hob client add NAME` makes a new one")
                .reason("E_FORBIDDEN_ROLE"),
            Error::Unrecorded(error) => error.into(),
        }
    }
}
