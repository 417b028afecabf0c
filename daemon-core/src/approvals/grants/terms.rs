//! What else of a command belongs to what was granted, besides its program, arguments and place.
//!
//! Whoever said yes was shown what reads a script, which files are to be as they
//! are, and what the command may use. A yes to that is none to the same words
//! with another interpreter, with other files, or with more memory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exec::Plan;

/// What else a yes was to. A grant that was stored without it is for no script and for no pinned file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "GrantTerms")]
pub struct Terms {
    /// The digest over all interpreters of a script, each by place, content and who names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreters: Option<String>,
    /// The digest over the pinned files, each by place and content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
    /// How long it may run at most, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    /// How much memory at most, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// How many processes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<u64>,
    /// How much of each output is kept at most, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u64>,
}

impl Terms {
    /// Those that whoever decides about a plan is shown.
    pub fn of(plan: &Plan) -> Terms {
        let limits = plan.limits();
        Terms {
            interpreters: plan.interpreters_sha256(),
            files: plan.files_sha256(),
            wall_ms: Some(limits.wall_ms.0),
            memory: limits.memory.map(|most| most.0),
            pids: limits.pids.map(|most| most.0),
            keep: Some(limits.keep.0),
        }
    }

    /// Whether what is asked for is about the same files and within the same limits.
    pub fn cover(&self, asked: &Terms) -> bool {
        self.files == asked.files
            && is_within(self.wall_ms, asked.wall_ms)
            && is_within(self.memory, asked.memory)
            && is_within(self.pids, asked.pids)
            && is_within(self.keep, asked.keep)
    }
}

/// What has no limit is within none.
fn is_within(most: Option<u64>, asked: Option<u64>) -> bool {
    most.is_none_or(|most| asked.is_some_and(|asked| asked <= most))
}
