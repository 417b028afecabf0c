//! The settings of statistics: `[stats]`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Loaded, Problem, Section, Span};

/// `[stats]`: what is remembered of what services use.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Note this often what services use, as in "30s", and keep it for 24 hours: as it was noted for one
    /// hour, every two minutes for six, every ten minutes for the rest. From "5s" to "10m"; "0s" is
    /// never, the default.
    pub history: Span,
}

const LEAST: Duration = Duration::from_secs(5);
const MOST: Duration = Duration::from_secs(600);

impl Settings {
    /// How often, if at all.
    pub(super) fn every(&self) -> Option<Duration> {
        Some(self.history.get()).filter(|every| !every.is_zero())
    }
}

impl Section for Settings {
    const NAMES: &'static [&'static str] = &["stats"];

    fn read(loaded: &Loaded<'_>) -> Result<Settings, Vec<Problem>> {
        let settings: Settings = loaded.section("stats")?;
        match settings.every() {
            Some(every) if !(LEAST..=MOST).contains(&every) => {
                let message = format!("{} is not between 5s and 10m", settings.history);
                let hint = "write \"30s\", or \"0s\" for no history".to_owned();
                Err(vec![loaded.problem(&["stats", "history"], message, Some(hint))])
            }
            _ => Ok(settings),
        }
    }

    fn schemas() -> Vec<schemars::Schema> {
        vec![schemars::schema_for!(Settings)]
    }
}
