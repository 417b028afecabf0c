//! `watch = ["src/**"]`: the files whose change restarts a service.
//!
//! What the globs mean is for `watch` to say. A service has no use for the
//! changes on its standard input, which it would get only after a restart.

use std::path::Path;

use serde::Serialize;

use crate::config::Findings;
use crate::watch::{Files, Selection};

/// The files whose change restarts a service.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Watched {
    /// As written.
    pub written: Files,
    /// As checked.
    #[serde(skip)]
    pub selection: Selection,
}

impl Watched {
    /// The files of a service that runs in `working_dir`; boxed, as most have none.
    pub(super) fn check(written: Files, working_dir: &Path, findings: &mut Findings) -> Option<Box<Watched>> {
        if written.stdin.is_some() {
            let message = "a service is restarted when files change, and gets nothing to read";
            findings.add_hint(&["watch", "stdin"], message, "remove \"stdin\"; it is for jobs");
        }
        match written.check(working_dir) {
            Ok(selection) => Some(Box::new(Watched { written, selection })),
            Err(refusals) => {
                for refusal in refusals {
                    findings.push(&["watch", refusal.key], &refusal.message, refusal.hint);
                }
                None
            }
        }
    }
}
