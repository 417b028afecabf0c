//! Where a time of day is meant.
//!
//! A name of the IANA database, from the system's copy or, where there is none,
//! the one that is built in. Abbreviations such as "CET" are in there too, and
//! mean a place; bare offsets are not.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{self, TimeZone};

use super::ScheduleError;
use super::text::written_as_text;
use crate::text::brief;

/// How many names are proposed instead of one that there is not.
const PROPOSED: usize = 3;

/// The system's zone, or one that was named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Zone {
    /// Whatever the system's is; it may change meanwhile. Written `"system"`.
    #[default]
    System,
    /// That of a name.
    Named(TimeZone),
}

impl Zone {
    /// The zone itself, where the system's is `system`.
    pub fn resolve(&self, system: &TimeZone) -> TimeZone {
        match self {
            Zone::System => system.clone(),
            Zone::Named(zone) => zone.clone(),
        }
    }
}

impl FromStr for Zone {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Zone, ScheduleError> {
        if text == "system" {
            return Ok(Zone::System);
        }
        match tz::db().get(text) {
            Ok(zone) if zone.iana_name().is_some() => Ok(Zone::Named(zone)),
            _ => Err(ScheduleError::NoZone { given: brief(text), nearest: nearest(text) }),
        }
    }
}

/// The names that were probably meant, the likeliest first. A city without its continent counts as meant.
fn nearest(text: &str) -> Vec<String> {
    let text = text.trim().to_lowercase().replace(' ', "_");
    // Comparing takes as long as the product of the lengths, and one of them is a stranger's.
    if text.is_empty() || 40 < text.len() {
        return Vec::new();
    }
    let allowed = text.chars().count().max(3) / 3;
    let names = tz::db().available().map(|name| name.to_string());
    let mut near: Vec<(usize, String)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let city = lower.rsplit('/').next().unwrap_or(&lower);
            let by_city = strsim::damerau_levenshtein(&text, city);
            let distance = strsim::damerau_levenshtein(&text, &lower).min(by_city);
            (distance <= allowed).then_some((distance, name))
        })
        .collect();
    near.sort();
    let best = near.first().map_or(0, |(distance, _)| *distance);
    // Only a name that is nearly as good is worth reading.
    near.into_iter()
        .filter(|(distance, _)| *distance <= best + 1)
        .take(PROPOSED)
        .map(|(_, name)| name)
        .collect()
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::System => out.write_str("system"),
            Zone::Named(zone) => out.write_str(zone.iana_name().expect("only zones with a name are built")),
        }
    }
}

written_as_text!(
    Zone,
    "Zone",
    "the name of a time zone, like \"Europe/Madrid\"",
    "Where times of day are meant: a name of the IANA database, like \"Europe/Madrid\" or \"UTC\", or \"system\", which is the default",
    r"^[A-Za-z][A-Za-z0-9_+/-]*$"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let read = text.parse::<Zone>().map(|zone| zone.to_string()).map_err(|error| error.to_string());
        match expected {
            Ok(name) => assert_eq!(read, Ok(name.to_owned())),
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{text}: {read:?}"),
        }
    }

    #[test]
    fn zones_are_known_by_name() {
        check("Europe/Madrid", Ok("Europe/Madrid"));
        check("europe/madrid", Ok("Europe/Madrid"));
        check("UTC", Ok("UTC"));
        check("system", Ok("system"));
    }

    #[test]
    fn an_unknown_zone_is_told_its_neighbours() {
        check("Europe/Madird", Err("\"Europe/Madird\" is not a time zone (did you mean \"Europe/Madrid\""));
        check("New York", Err("\"America/New_York\""));
        check("madrid", Err("\"Europe/Madrid\""));
        for text in ["", "+02:00", "Mars/Olympus_Mons", "../../etc/passwd", "EST5EDT,M3.2.0,M11.1.0", "a\0b"]
        {
            check(text, Err("is not a time zone"));
        }
        check(&"x".repeat(1 << 20), Err("is not a time zone"));
    }

    #[test]
    fn only_the_system_s_zone_changes_with_the_system() {
        let (system, madrid) = (TimeZone::UTC, TimeZone::get("Europe/Madrid").unwrap());
        assert_eq!(Zone::default().resolve(&system), system);
        assert_eq!("Europe/Madrid".parse::<Zone>().unwrap().resolve(&system), madrid);
    }
}
