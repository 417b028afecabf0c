//! A number of bytes in a configuration: `"10M"`, `"512K"`.
//!
//! Units are binary: K is 1024 bytes, M is 1024 K, G is 1024 M, T is 1024 G.
//! `KB` and `KiB` mean the same as `K`; case does not matter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Size(u64);

const UNITS: [(u32, &str); 5] = [(40, "T"), (30, "G"), (20, "M"), (10, "K"), (0, "B")];

/// A text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It has no unit.
    #[error("the size \"{0}\" needs a unit: \"{0}M\" is mebibytes, \"{0}K\" kibibytes, \"{0}B\" bytes")]
    NoUnit(String),
    /// It could not be read.
    #[error(
        "\"{0}\" is not a size: write a whole number and a unit, like \"10M\" or \"512K\" (units: B, K, M, G, T; K is 1024 bytes)"
    )]
    Unreadable(String),
    /// It is more than can be counted.
    #[error("the size \"{0}\" is too large")]
    TooLarge(String),
}

impl Size {
    /// The size of so many bytes.
    pub const fn bytes(count: u64) -> Size {
        Size(count)
    }

    /// The size of so many mebibytes.
    pub const fn mebibytes(count: u64) -> Size {
        Size(count << 20)
    }

    /// How many bytes.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Size, SizeError> {
        let shown = || crate::text::brief(text);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        if digits == 0 {
            return Err(SizeError::Unreadable(shown()));
        }
        if unit.is_empty() {
            return Err(SizeError::NoUnit(shown()));
        }
        let shift = shift(unit.trim_start()).ok_or_else(|| SizeError::Unreadable(shown()))?;
        number
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(1 << shift))
            .map(Size)
            .ok_or_else(|| SizeError::TooLarge(shown()))
    }
}

fn shift(unit: &str) -> Option<u32> {
    let unit = unit.to_ascii_uppercase();
    UNITS.iter().find_map(|(shift, letter)| {
        let rest = unit.strip_prefix(letter)?;
        let known = rest.is_empty() || (*letter != "B" && ["B", "IB"].contains(&rest));
        known.then_some(*shift)
    })
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |shift: u32| self.0 != 0 && self.0.is_multiple_of(1 << shift);
        let (shift, unit) = UNITS.iter().find(|(shift, _)| whole(*shift)).unwrap_or(&UNITS[4]);
        write!(out, "{}{unit}", self.0 >> shift)
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Size, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Size;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a size like \"10M\" or \"512K\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Size, E> {
        if number < 0 {
            return Err(E::custom(SizeError::Unreadable(number.to_string())));
        }
        Err(E::custom(SizeError::NoUnit(number.to_string())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Size, E> {
        Err(E::custom(SizeError::NoUnit(number.to_string())))
    }
}

impl schemars::JsonSchema for Size {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A whole number of bytes with its unit (B, K, M, G, T; K is 1024 bytes), such as \"10M\" or \"512K\"",
            "pattern": "^[0-9]+\\s*([Bb]|[KkMmGgTt]([Ii]?[Bb])?)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<u64, &str>) {
        let read = text.parse::<Size>().map(Size::get).map_err(|error| error.to_string());
        match expected {
            Ok(bytes) => assert_eq!(read, Ok(bytes), "{text}"),
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{text}: {read:?}"),
        }
    }

    #[test]
    fn units_are_binary_whatever_their_spelling() {
        for text in ["10M", "10m", "10MB", "10MiB", "10 mib", "10240K", "10485760B"] {
            check(text, Ok(10 << 20));
        }
        check("0B", Ok(0));
    }

    #[test]
    fn what_is_no_size_is_told_how_to_be_one() {
        check("10", Err("\"10M\" is mebibytes"));
        check("18446744073709551616B", Err("too large"));
        check("16777216T", Err("too large"));
        for text in ["", "M", "-1M", "1.5G", "10X", "10BB", "10Kilo", "１M"] {
            check(text, Err("is not a size"));
        }
        let error = toml::from_str::<std::collections::BTreeMap<String, Size>>("at = 10").unwrap_err();
        assert!(error.to_string().contains("\"10M\" is mebibytes"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_read(bytes in any::<u64>(), shift in 0u32..64) {
            let size = Size(bytes >> shift << (shift / 2));
            let written = serde_json::to_string(&size).unwrap();
            prop_assert_eq!(serde_json::from_str::<Size>(&written).unwrap(), size);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            drop(text.parse::<Size>());
        }
    }
}
