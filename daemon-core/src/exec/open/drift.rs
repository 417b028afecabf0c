//! What is not as it was approved.

use std::fmt;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{brief, shortened};

/// Something is not as it was when it was planned, so nothing is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// What: "the program", "the interpreter", "the file", "the working directory".
    pub what: String,
    /// Its path.
    pub path: String,
    /// As it was approved: a SHA-256, or which file it is.
    pub was: String,
    /// As it is now.
    pub now: String,
}

impl Drift {
    pub(super) fn of(what: &str, path: &str, was: String, now: String) -> Drift {
        Drift { what: what.to_owned(), path: path.to_owned(), was, now }
    }

    pub(super) fn gone(what: &str, path: &str, was: &str, error: &io::Error) -> Drift {
        Drift::of(what, path, was.to_owned(), shortened(&error.to_string()))
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Drift { what, path, was, now } = self;
        let [path, was, now] = [path, was, now].map(|text| brief(text));
        write!(out, "{what} {path} is not as it was approved: it was {was} and is now {now}")
    }
}

impl std::error::Error for Drift {}
