//! A length of time in a configuration: `"10s"`, `"1m30s"`, `"100ms"`.
//!
//! A bare number is refused, because nobody can see whether `10` was meant as
//! seconds or milliseconds; the refusal says what to write. A day has 24 hours
//! here, whatever a clock does; when something is due is another matter (`every`).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::fmt::friendly::{Designator, Spacing, SpanParser, SpanPrinter};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, from nothing to one year of 365 days.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(Duration);

/// The longest [`Span`].
pub const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// It has no unit, so nobody knows what was meant.
    #[error(
        "the duration \"{0}\" needs a unit: \"{0}s\" is seconds, \"{0}ms\" milliseconds, \"{0}m\" minutes"
    )]
    NoUnit(String),
    /// It could not be read.
    #[error(
        "\"{0}\" is not a duration: write it like \"10s\", \"1m30s\" or \"100ms\" (units: d, h, m, s, ms, us, ns)"
    )]
    Unreadable(String),
    /// It is longer than anything here may last.
    #[error("the duration \"{0}\" is too long: at most one year, \"8760h\"")]
    TooLong(String),
}

impl Span {
    /// The span of so many milliseconds.
    pub const fn millis(count: u64) -> Span {
        Span(Duration::from_millis(count))
    }

    /// The span of so many seconds.
    pub const fn secs(count: u64) -> Span {
        Span(Duration::from_secs(count))
    }

    /// The same length as std knows it.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Span {
    /// What is longer than the longest is cut to that.
    fn from(duration: Duration) -> Span {
        Span(duration.min(LONGEST))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Duration {
        span.0
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Span, SpanError> {
        static PARSER: SpanParser = SpanParser::new();
        let shown = || crate::text::brief(text);

        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(SpanError::NoUnit(shown()));
        }
        let (days, rest) = split_days(text);
        let rest = match (days, rest.trim_start()) {
            (Some(_), "") => Duration::ZERO,
            (_, rest) => PARSER.parse_unsigned_duration(rest).map_err(|_| SpanError::Unreadable(shown()))?,
        };
        let length = rest.saturating_add(Duration::from_secs(days.unwrap_or(0).saturating_mul(24 * 3600)));
        if LONGEST < length {
            return Err(SpanError::TooLong(shown()));
        }
        Ok(Span(length))
    }
}

/// The whole days that a text begins with, and what follows them.
fn split_days(text: &str) -> (Option<u64>, &str) {
    let Some((days, rest)) = text.split_once('d') else { return (None, text) };
    match days.trim() {
        "" => (None, text),
        // More than can be counted are too many.
        days if days.bytes().all(|byte| byte.is_ascii_digit()) => {
            (Some(days.parse().unwrap_or(u64::MAX)), rest)
        }
        _ => (None, text),
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        static PRINTER: SpanPrinter =
            SpanPrinter::new().designator(Designator::HumanTime).spacing(Spacing::None);
        out.write_str(&PRINTER.unsigned_duration_to_string(&self.0))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Span, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Span;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a duration like \"10s\", \"1m30s\" or \"100ms\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Span, E> {
        if number < 0 {
            return Err(E::custom(SpanError::Unreadable(number.to_string())));
        }
        Err(E::custom(SpanError::NoUnit(number.to_string())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
        Err(E::custom(SpanError::NoUnit(number.to_string())))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Span, E> {
        Err(E::custom(SpanError::NoUnit(number.to_string())))
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A length of time with its unit (d, h, m, s, ms, us, ns), such as \"10s\", \"1m30s\" or \"100ms\"; at most one year",
            "pattern": r"^\s*([0-9]+([.,][0-9]+)?\s*(d|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|msecs?|millis|milliseconds?|us|µs|usecs?|micros|microseconds?|ns|nsecs?|nanos|nanoseconds?)[\s,]*)+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<Duration, &str>) {
        let json = serde_json::to_string(text).unwrap();
        let read = serde_json::from_str::<Span>(&json).map(Span::get).map_err(|error| error.to_string());
        match expected {
            Ok(length) => assert_eq!(read, Ok(length), "{text}"),
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{text}: {read:?}"),
        }
    }

    #[test]
    fn durations_are_read_with_their_units() {
        check("10s", Ok(Duration::from_secs(10)));
        check("1m30s", Ok(Duration::from_secs(90)));
        check("100ms", Ok(Duration::from_millis(100)));
        check("1.5h", Ok(Duration::from_secs(5400)));
        check("0s", Ok(Duration::ZERO));
        check("8760h", Ok(LONGEST));
        check("30d", Ok(Duration::from_secs(30 * 86400)));
        check("1d12h", Ok(Duration::from_secs(36 * 3600)));
        check("365 d", Ok(LONGEST));
    }

    #[test]
    fn what_is_no_duration_is_told_how_to_be_one() {
        check("10", Err("\"10s\" is seconds"));
        for text in ["8761h", "366d", "365d1s", "99999999999999999999d"] {
            check(text, Err("at most one year"));
        }
        for text in ["", "s", "-1s", "1s ago", "ten seconds", "1.5d", "1d-1h", "1d5", "1y", "10s\u{0}", "😀"]
        {
            check(text, Err("is not a duration"));
        }
    }

    #[test]
    fn a_bare_number_is_told_to_have_a_unit() {
        for (number, remedy) in [("10", "\"10s\" is seconds"), ("1.5", "\"1.5s\""), ("-3", "not a duration")]
        {
            let error = toml::from_str::<std::collections::BTreeMap<String, Span>>(&format!("at = {number}"));
            assert!(error.unwrap_err().to_string().contains(remedy));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_read(nanos in 0..=LONGEST.as_nanos()) {
            let span = Span(Duration::from_nanos(u64::try_from(nanos).unwrap()));
            let written = serde_json::to_string(&span).unwrap();
            prop_assert_eq!(serde_json::from_str::<Span>(&written).unwrap(), span);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(span) = text.parse::<Span>() {
                prop_assert!(span.get() <= LONGEST);
            }
        }
    }
}
