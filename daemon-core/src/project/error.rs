//! Why a project cannot be taken up or down.

use std::path::PathBuf;

use crate::config::{BAD_FILES, PROJECT_FILE, Problem};
use crate::kernel::{Code, Fault};
use crate::text::brief;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path means another place to each process.
    #[error("the directory \"{0}\" is not absolute")]
    Relative(String),
    /// There is no such directory.
    #[error("the directory {path}: {reason}")]
    NoDirectory {
        /// The directory.
        path: String,
        /// Why.
        reason: String,
    },
    /// It has no file of a project, or one that cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// Its name is not one.
    #[error("{file}: the project's name: {reason}")]
    BadName {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// Another project is called the same.
    #[error("a project named \"{name}\" is there already: {other} has it, and {dir} wants it")]
    NameTaken {
        /// The name that is taken.
        name: String,
        /// Who has it.
        other: String,
        /// Who wants it.
        dir: String,
    },
    /// What is in the files is wrong.
    #[error("this cannot be taken up\n{}", lines(.0))]
    Invalid(Vec<Problem>),
    /// An `env_file` is missing or is none.
    #[error("{what} \"{name}\": {reason}")]
    EnvFile {
        /// What names it: `service` or `job`.
        what: &'static str,
        /// Which.
        name: String,
        /// What is wrong, with the path.
        reason: String,
    },
    /// What is on disk is not what was looked at.
    #[error("{} is not what was looked at: it has changed meanwhile", .0.display())]
    ChangedMeanwhile(PathBuf),
    /// There is no such project.
    #[error("no project {what}")]
    Unknown {
        /// What was asked for.
        what: String,
        /// What may be done.
        hint: String,
    },
    /// Others rely on it.
    #[error("{name} is needed: without it this would be wrong\n{}", lines(.problems))]
    Needed {
        /// The project.
        name: String,
        /// What would be wrong without it.
        problems: Vec<Problem>,
    },
    /// The daemon's state cannot be written.
    #[error("the approval cannot be kept: {0}")]
    Unkept(#[from] std::io::Error),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::Relative(_) => Fault::invalid(message).hint("`hob up DIR` finds the directory out"),
            Error::NoDirectory { .. } => Fault::new(Code::NotFound, message),
            Error::Unreadable { .. } => Fault::new(Code::NotFound, message)
                .hint(format!("a project is a directory with a {PROJECT_FILE}")),
            Error::BadName { .. } => {
                Fault::invalid(message).hint("give it another: [project] name = \"shop\"")
            }
            Error::NameTaken { name, .. } => Fault::new(Code::Conflict, message).hint(format!(
                "give this one another: [project] name = \"...\"; or take that one down: hob down {}",
                brief(&name)
            )),
            Error::Invalid(_) => {
                Fault::invalid(message).reason(BAD_FILES).hint("nothing was changed; correct the file")
            }
            Error::EnvFile { .. } => {
                Fault::invalid(message).reason(BAD_FILES).hint("nothing was changed; put the file right")
            }
            Error::ChangedMeanwhile(_) => {
                Fault::new(Code::Conflict, message).hint("nothing was changed; `hob up` shows it anew")
            }
            Error::Unknown { hint, .. } => Fault::new(Code::NotFound, message).hint(hint),
            Error::Needed { .. } => Fault::new(Code::Conflict, message)
                .hint("nothing was stopped; take what needs it out of its file first"),
            Error::Unkept(_) => Fault::new(Code::Unavailable, message),
        }
    }
}
