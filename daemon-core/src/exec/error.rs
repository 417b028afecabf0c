//! Why there is no plan.
//!
//! Whoever asks is told which part is meant, what is wrong with it and what to
//! do; what is quoted is made visible first, since it came from outside.

use std::io;
use std::path::{Path, PathBuf};

use crate::text::{brief, shortened};

/// Why a command cannot be asked for as it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no program in it.
    #[error("the command is empty; the first word is the program")]
    Empty,
    /// More than any command may have.
    #[error("{what}: at most {most} are allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be of it, with its unit.
        most: String,
    },
    /// No program can be given a NUL.
    #[error("{0} contains a NUL character")]
    Nul(String),
    /// Only text is a name.
    #[error("{what} \"{shown}\" is not UTF-8")]
    NotText {
        /// Which part.
        what: &'static str,
        /// What it is, with its odd bytes replaced.
        shown: String,
    },
    /// What cannot be seen cannot be approved.
    #[error("{what} \"{shown}\" contains a control, invisible or otherwise hidden character")]
    Hidden {
        /// Which part.
        what: &'static str,
        /// What it is, made visible.
        shown: String,
    },
    /// A whole command in the place of a program.
    #[error(
        "no program \"{0}\": it looks like a whole command in one word; write each argument by itself, nothing here is given to a shell"
    )]
    OneWord(String),
    /// None of that name where names are looked for.
    #[error("no program \"{name}\" in {searched}; other places are not searched, so name it by its path")]
    NotFound {
        /// What was asked for.
        name: String,
        /// The directories.
        searched: String,
    },
    /// A path that must be absolute and is not.
    #[error("{what} \"{shown}\" is not an absolute path")]
    Relative {
        /// Which part.
        what: &'static str,
        /// The path.
        shown: String,
    },
    /// A file or a directory that cannot be used.
    #[error("{what} {shown}: {why}")]
    Unusable {
        /// Which part it was to be.
        what: &'static str,
        /// Its path.
        shown: String,
        /// What is in the way.
        why: String,
    },
    /// A variable that nobody may ask for.
    #[error("the environment variable {0}")]
    Variable(String),
    /// A number out of its range.
    #[error("{what} must be {range}")]
    Range {
        /// Which limit.
        what: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// The system would not run it.
    #[error("it was not started: {0}")]
    NotStarted(String),
    /// Whoever stored it has stored something else.
    #[error("this is no plan: {0}")]
    NotAPlan(String),
}

impl Error {
    /// The finer reason inside a fault.
    pub fn reason(&self) -> &'static str {
        match self {
            Error::TooLarge { .. } => "E_TOO_LARGE",
            Error::NotStarted(_) => "E_NOT_STARTED",
            _ => "E_INVALID",
        }
    }

    pub(super) fn unusable(what: &'static str, path: &Path, why: impl Into<String>) -> Error {
        Error::Unusable { what, shown: brief(&path.to_string_lossy()), why: why.into() }
    }

    pub(super) fn io(what: &'static str, path: &Path, error: &io::Error) -> Error {
        Error::unusable(what, path, shortened(&error.to_string()))
    }

    pub(super) fn not_found(name: &str, searched: &[PathBuf]) -> Error {
        if name.contains(char::is_whitespace) {
            return Error::OneWord(brief(name));
        }
        let searched: Vec<String> = searched.iter().map(|it| it.display().to_string()).collect();
        Error::NotFound { name: brief(name), searched: searched.join(", ") }
    }
}
