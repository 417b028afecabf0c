//! How a command ended, and what it has written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exec::plan::Bytes;
use crate::runs::child::Exit;

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// What it exited with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal that killed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// What it wrote to standard output.
    pub out: Summary,
    /// What it wrote to standard error.
    pub err: Summary,
    /// Why it had to end, if it did not by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub killed_because: Option<Because>,
    /// What it left running and was killed, or lives all the same; in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_running: Option<String>,
    /// How long it ran, milliseconds.
    pub took_ms: u64,
}

/// Why a command had to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Because {
    /// It ran for as long as it might.
    WallLimit,
    /// It used more than it might.
    Limit {
        /// Of what, and how much.
        what: String,
    },
    /// It was not wanted any more.
    Cancelled,
    /// The daemon ends.
    Stopped,
}

/// One stream of a command, from its begin to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The SHA-256 of all of it, in hex.
    pub sha256: String,
    /// How many bytes there were.
    pub bytes: u64,
    /// How it begins; all of it if nothing was skipped.
    pub head: Bytes,
    /// Bytes that follow the head and were not kept.
    #[serde(default)]
    pub skipped: u64,
    /// How it ends, if something was skipped.
    #[serde(default)]
    pub tail: Bytes,
}

impl Ended {
    /// Nobody knows how.
    pub(super) fn unknown() -> Ended {
        Ended {
            code: None,
            signal: None,
            out: Summary::default(),
            err: Summary::default(),
            killed_because: None,
            left_running: None,
            took_ms: 0,
        }
    }

    pub(super) fn with(exit: Exit) -> Ended {
        let (code, signal) = match exit {
            Exit::Code(code) => (Some(code), None),
            Exit::Signal(signal) => (None, Some(signal)),
            Exit::Unknown => (None, None),
        };
        Ended { code, signal, ..Ended::unknown() }
    }

    /// Whether it ended by itself.
    pub fn is_finished(&self) -> bool {
        self.code.is_some() && self.killed_because.is_none()
    }
}

impl Summary {
    /// Whether some of it was not kept.
    pub fn is_truncated(&self) -> bool {
        0 < self.skipped
    }

    /// Bytes that were kept.
    pub fn kept(&self) -> u64 {
        self.bytes - self.skipped
    }
}
