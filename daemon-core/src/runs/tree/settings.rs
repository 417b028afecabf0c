//! The settings of all services together: `[services]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Loaded, Problem, Section};

/// `[services]`: how the daemon keeps all services.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Run each service in a cgroup of its own where one can be had, so that nothing can escape its stop.
    /// Default: true. Holds for runs that begin from now on.
    pub cgroups: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { cgroups: true }
    }
}

impl Section for Settings {
    const NAMES: &'static [&'static str] = &["services"];

    fn read(loaded: &Loaded<'_>) -> Result<Settings, Vec<Problem>> {
        loaded.section("services")
    }

    fn schemas() -> Vec<schemars::Schema> {
        vec![schemars::schema_for!(Settings)]
    }
}
