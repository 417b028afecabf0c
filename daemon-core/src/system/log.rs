//! Stand-in until the daemon's log lands.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Level.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Info.
    #[default]
    Info,
}

/// Format.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text.
    #[default]
    Text,
}

/// Where to.
pub enum Output {
    /// The file.
    File,
    /// Both.
    Both,
}

/// Sets the level.
pub fn set_level(_: Level) {}

/// Starts.
pub fn start(_: &Path, _: Output) {}
