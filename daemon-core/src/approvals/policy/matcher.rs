//! What a grant lets pass: one program, some arguments, some directories.
//!
//! Narrower than a rule on purpose. It looks at the command as it was asked for and
//! at nothing inside it, since "always" is not offered for what runs something else.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::argv::{ArgvPattern, MOST};
use super::paths::{PathPattern, Place};
use super::pattern::LONGEST;
use super::plain::is_plain;
use super::subject::{Class, Reach, Subject};
use super::tools;

/// Which commands are meant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// What kind of request.
    pub class: Class,
    /// The program, canonical.
    pub exec: PathBuf,
    /// The name it is asked for by.
    pub named: String,
    /// Its SHA-256, if it must be the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_sha256: Option<String>,
    /// Its arguments.
    pub args: ArgvPattern,
    /// Where; anywhere if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwd: Vec<PathPattern>,
}

impl Matcher {
    /// This command, here, and no other. `None` if it has what no grant can be about: an argument that is no
    /// text, more or longer ones than could be read again, a path with a star.
    pub fn exactly(subject: &Subject<'_>) -> Option<Matcher> {
        let argv: Option<Vec<&str>> = subject
            .argv
            .iter()
            .map(|token| {
                std::str::from_utf8(token).ok().filter(|_| token.len() <= LONGEST && is_plain(token))
            })
            .collect();
        let argv = argv.filter(|argv| argv.len() <= MOST);
        Matcher::new(subject, ArgvPattern::exactly(&argv?), vec![PathPattern::exactly(subject.cwd)?])
    }

    /// The program of a command, pinned if somebody else may change it.
    pub(super) fn new(subject: &Subject<'_>, args: ArgvPattern, cwd: Vec<PathPattern>) -> Option<Matcher> {
        Some(Matcher {
            class: subject.class,
            exec: subject.exec.to_owned(),
            named: subject.named.to_owned(),
            exec_sha256: subject.is_user_writable.then(|| subject.sha256.to_owned()),
            args,
            cwd,
        })
    }

    /// Whether a command is meant. A variable that changes more than what is shown is not.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let place = Place { cwd: subject.cwd, home: None, files: subject.files, looked: subject.looked };
        let is_here = |pattern: &PathPattern| pattern.covers(subject.cwd, None);
        // As bytes: to compare them as paths takes many times as long, and both are canonical.
        self.exec.as_os_str() == subject.exec.as_os_str()
            && self.named == subject.named
            && self.class == subject.class
            && self.exec_sha256.as_ref().is_none_or(|pinned| pinned == subject.sha256)
            && self.args.check(subject.argv, place, Reach::Narrow).is_ok()
            && (self.cwd.is_empty() || self.cwd.iter().any(is_here))
            && subject.env.iter().all(|(name, _)| tools::is_harmless_variable(name))
    }

    /// Under what to keep it, so that only a few are compared to a command.
    pub fn key(&self) -> &Path {
        &self.exec
    }
}
