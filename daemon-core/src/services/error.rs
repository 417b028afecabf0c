//! What can go wrong with a service, and what a client is told of it.

use super::notify::BindError;
use crate::kernel::{Code, Fault};
use crate::runs::{self, logs};
use crate::text::{brief, nearest};

/// Why something could not be done with a service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not configured.
    #[error("no service is named \"{name}\"")]
    Unknown {
        /// The name that was given.
        name: String,
        /// What may be meant, or where to look.
        hint: String,
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

impl Error {
    /// That none of these services has this name, and what was probably meant: a service, or a project.
    pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
        let hint = meant(name, known).unwrap_or_else(|| "`hob ls` lists all services".to_owned());
        Error::Unknown { name: brief(name), hint }
    }
}

/// What was probably meant by a name that none of these services has: one of them, or a project.
pub fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(name, known.clone()) {
        return Some(format!("did you mean \"{near}\"?"));
    }
    let project = name.strip_suffix("/*").or_else(|| name.strip_suffix('/')).unwrap_or(name);
    let in_projects = known.filter_map(|service| Some((service.split_once('/')?.0, service)));
    let its: Vec<&str> =
        in_projects.clone().filter(|(of, _)| *of == project).map(|(_, service)| service).collect();
    match (&its[..], nearest(project, in_projects.map(|(of, _)| of))) {
        ([], near) => near.map(|near| format!("did you mean the project \"{near}/\"?")),
        ([only], _) => Some(format!("{project} is a project, and its service is {only}")),
        ([first, rest @ ..], _) => {
            Some(format!("{project} is a project, and its services are {first} and {} more", rest.len()))
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::Unknown { hint, .. } => Fault::new(Code::NotFound, message).hint(hint),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_answered_with_what_was_meant() {
        let known = ["db", "shop/api", "shop/web", "blog/web"];
        for (name, expected) in [
            ("bd", "did you mean \"db\"?"),
            ("shp/web", "did you mean \"shop/web\"?"),
            ("shop", "shop is a project, and its services are shop/api and 1 more"),
            ("blog/", "blog is a project, and its service is blog/web"),
            ("shp/*", "did you mean the project \"shop/\"?"),
            ("shpo", "did you mean the project \"shop/\"?"),
        ] {
            assert_eq!(meant(name, known.into_iter()).as_deref(), Some(expected), "{name}");
        }
        for name in ["nobody-at-all", "/", "", "/*"] {
            assert_eq!(meant(name, known.into_iter()), None, "{name}");
        }
        let fault = Fault::from(Error::unknown("nobody-at-all", known.into_iter()));
        assert_eq!(fault.hint.as_deref(), Some("`hob ls` lists all services"));
    }
}
