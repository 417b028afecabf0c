//! Which events are worth a line: a level for all, and others for some targets.
//!
//! A parser of our own before tracing-subscriber's type, because that one takes
//! a mistyped level for the name of a target and then logs everything.

use std::fmt;
use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

/// What may be written for a level.
const NAMES: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A level for everything, and others for the targets that begin with a name:
/// `info,daemon_core::services=debug`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Levels {
    everything: LevelFilter,
    targets: Vec<(String, LevelFilter)>,
}

/// A word that is no level.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is no log level: use off, error, warn, info, debug or trace, or target=level for a part")]
pub struct UnknownLevel {
    /// As it was written.
    pub word: String,
}

impl Levels {
    pub(super) fn targets(&self) -> Targets {
        Targets::new().with_targets(self.targets.iter().cloned()).with_default(self.everything)
    }
}

impl Default for Levels {
    fn default() -> Self {
        Self { everything: LevelFilter::INFO, targets: Vec::new() }
    }
}

impl FromStr for Levels {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let mut levels = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => levels.everything = level(part)?,
                Some((target, word)) => levels.targets.push((target.trim().to_owned(), level(word.trim())?)),
            }
        }
        Ok(levels)
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.everything)?;
        self.targets.iter().try_for_each(|(target, level)| write!(formatter, ",{target}={level}"))
    }
}

impl From<Levels> for String {
    fn from(levels: Levels) -> Self {
        levels.to_string()
    }
}

impl TryFrom<String> for Levels {
    type Error = UnknownLevel;

    fn try_from(text: String) -> Result<Self, UnknownLevel> {
        text.parse()
    }
}

fn level(word: &str) -> Result<LevelFilter, UnknownLevel> {
    let known = NAMES.iter().find(|name| name.eq_ignore_ascii_case(word));
    let unknown = || UnknownLevel { word: word.to_owned() };
    known.and_then(|name| name.parse().ok()).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn check(text: &str, target: &str, level: Level, expected: bool) {
        let targets = text.parse::<Levels>().unwrap().targets();
        assert_eq!(targets.would_enable(target, &level), expected, "{text}: {target} at {level}");
    }

    #[test]
    fn the_longest_matching_target_decides() {
        check("", "any", Level::INFO, true);
        check("", "any", Level::DEBUG, false);
        check("WARN", "any", Level::INFO, false);
        check("off", "any", Level::ERROR, false);
        check("warn, a::b = trace", "a::b::c", Level::TRACE, true);
        check("warn, a::b = trace", "a::c", Level::INFO, false);
        check("a=debug,a::b=error", "a::b", Level::WARN, false);
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for text in ["info", "off,a=trace", "warn,a::b=debug,a=error"] {
            let levels: Levels = text.parse().unwrap();
            let written = serde_json::to_string(&levels).unwrap();
            assert_eq!(written, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Levels>(&written).unwrap(), levels);
        }
    }

    #[test]
    fn a_mistyped_level_is_refused_and_named() {
        for text in ["inf", "info,verbose", "a::b=loud", "4"] {
            let word = text.rsplit([',', '=']).next().unwrap();
            assert_eq!(text.parse::<Levels>(), Err(UnknownLevel { word: word.to_owned() }), "{text}");
        }
        let error = serde_json::from_str::<Levels>("\"inf\"").unwrap_err().to_string();
        assert!(error.contains("\"inf\" is no log level"), "{error}");
    }
}
