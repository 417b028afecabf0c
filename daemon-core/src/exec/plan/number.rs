//! A whole number, written as a string.
//!
//! RFC 8785 writes numbers as JavaScript does, which knows integers only up to
//! 2^53; inode numbers are larger.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A whole number in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u64);

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Number, D::Error> {
        let text = String::deserialize(input)?;
        let number: Option<u64> = text.parse().ok();
        let number = number.filter(|number| number.to_string() == text);
        number.map(Number).ok_or_else(|| de::Error::custom("a number is a string of decimal digits"))
    }
}
