//! The settings of the daemon itself: `[daemon]` and `[log]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::log::{Format, Levels};
use crate::config::{Loaded, Problem, Section, Size, Span};

/// Both sections.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How the daemon lives.
    pub daemon: Daemon,
    /// What it writes about itself.
    pub log: Log,
}

/// `[daemon]`: how the daemon lives.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Daemon {
    /// Whether a command that needs the daemon starts it. Default: true.
    pub auto_start: bool,
    /// End by itself after so long without a service that should run and without a client; "0s" is never, the default.
    pub idle_timeout: Span,
    /// How long services have, in all, to end when the daemon stops; then they are killed. Default: "60s".
    pub stop_timeout: Span,
    /// Take services' environment from a login shell (`$SHELL -lic env`), once per daemon. Default: false.
    pub login_env: bool,
}

/// `[log]`: the daemon's own log.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is worth a line: "error", "warn", "info" (default), "debug" or "trace", or different
    /// levels for parts of the daemon, as in "info,daemon_core::services=debug".
    #[schemars(with = "String")]
    pub level: Levels,
    /// "text" (default) or "json". Takes effect when the daemon starts.
    pub format: Format,
    /// The file is rotated at this size. Default: "10M". Takes effect when the daemon starts.
    pub max_size: Size,
    /// So many rotated files are kept. Default: 3. Takes effect when the daemon starts.
    pub keep: u32,
}

impl Default for Log {
    fn default() -> Self {
        Log { level: Levels::default(), format: Format::default(), max_size: Size::mebibytes(10), keep: 3 }
    }
}

impl Default for Daemon {
    fn default() -> Self {
        Daemon {
            auto_start: true,
            idle_timeout: Span::secs(0),
            stop_timeout: Span::secs(60),
            login_env: false,
        }
    }
}

impl Section for Settings {
    const NAMES: &'static [&'static str] = &["daemon", "log"];

    fn read(loaded: &Loaded<'_>) -> Result<Settings, Vec<Problem>> {
        match (loaded.section("daemon"), loaded.section("log")) {
            (Ok(daemon), Ok(log)) => Ok(Settings { daemon, log }),
            (daemon, log) => Err([daemon.err(), log.err()].into_iter().flatten().flatten().collect()),
        }
    }

    fn schemas() -> Vec<schemars::Schema> {
        vec![schemars::schema_for!(Daemon), schemars::schema_for!(Log)]
    }
}
