//! What is told of a table: how it stands in its file, and what a change of it would do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::Problem;
use crate::kernel::Fault;

/// The file in which a service or a job is configured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableFile {
    /// Which one.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line where its table begins, counted from 1.
    pub line: usize,
    /// What the file says, with what may be secret covered; of a project's file, what was approved.
    pub text: String,
    /// Tells this text from another; `edit` takes it.
    pub digest: String,
    /// Its table as it is written, with null for what is covered.
    pub table: Map<String, Value>,
    /// Why it cannot be changed by `edit`, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

/// What was changed in a file, or would be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TableEdited {
    /// Which service or job.
    pub name: String,
    /// The file.
    pub file: String,
    /// The lines that go (`-`) and come (`+`) with some around them, as in a unified diff; empty if none do.
    pub diff: String,
    /// What would be wrong; only of a dry run, since nothing else is done then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<KeyProblem>,
    /// Whether the file says so now and that is in force; what runs goes on as it was begun.
    pub saved: bool,
}

/// What would be wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyProblem {
    /// The key below the table; empty for the table as a whole, absent for what is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What would be wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl KeyProblem {
    /// A problem of the configuration, seen from `[kind.NAME]`.
    pub(super) fn of(problem: &Problem, kind: &str, name: &str) -> KeyProblem {
        let below = problem.key.strip_prefix(&format!("{kind}.{name}"));
        let key = below.and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') });
        let message = match key {
            Some(_) => problem.message.clone(),
            None => Problem { hint: None, ..problem.clone() }.to_string(),
        };
        KeyProblem { key: key.map(str::to_owned), message, hint: problem.hint.clone() }
    }
}

impl From<KeyProblem> for Fault {
    fn from(problem: KeyProblem) -> Fault {
        let key = problem.key.filter(|key| !key.is_empty()).map(|key| format!("{key}: ")).unwrap_or_default();
        let fault = Fault::invalid(key + &problem.message);
        match problem.hint {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }
}
