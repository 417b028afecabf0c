//! How long something is kept, in a configuration: `"30d"`, `"12h"`.
//!
//! A [`Span`] that is shown in days where it has no more than those.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Span, SpanError};

/// A length of time that is shown in days, from nothing to one year of 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Age(Span);

const DAY: u64 = 24 * 3600;

impl Age {
    /// That of so many days.
    pub const fn days(count: u64) -> Age {
        Age(Span::secs(count * DAY))
    }

    /// The same length.
    pub const fn span(self) -> Span {
        self.0
    }
}

impl FromStr for Age {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Age, SpanError> {
        text.parse().map(Age)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0.get();
        match (length.as_secs() / DAY, length.as_secs() % DAY, length.subsec_nanos()) {
            (days @ 1.., 0, 0) => write!(out, "{days}d"),
            _ => self.0.fmt(out),
        }
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Age, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Age;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an age in quotes, like \"30d\" or \"12h\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Age, E> {
        text.parse().map_err(E::custom)
    }
}

impl schemars::JsonSchema for Age {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Age".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "How long something is kept, such as \"30d\" or \"12h\"; \"0s\" is for ever",
            "pattern": r"^\s*[0-9].*[a-zµ]\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(Span, &str), &str>) {
        let read = text.parse::<Age>().map_err(|error| error.to_string());
        match expected {
            Ok((span, shown)) => {
                let read = read.unwrap();
                assert_eq!((read.span(), read.to_string().as_str()), (span, shown));
            }
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{text}: {read:?}"),
        }
    }

    #[test]
    fn a_day_has_24_hours_here() {
        check("30d", Ok((Span::secs(30 * DAY), "30d")));
        check("48h", Ok((Span::secs(2 * DAY), "2d")));
        check("1h30m", Ok((Span::secs(5400), "1h30m")));
        check("0s", Ok((Span::secs(0), "0s")));
        check("1d2h", Ok((Span::secs(26 * 3600), "26h")));
        check("0d", Ok((Span::secs(0), "0s")));
    }

    #[test]
    fn what_is_no_age_is_refused() {
        check("366d", Err("too long"));
        check("99999999999999999999d", Err("too long"));
        check("30", Err("needs a unit"));
        for text in ["d", "-1d", "1.5d", "", "two days"] {
            check(text, Err("is not a duration"));
        }
    }
}
