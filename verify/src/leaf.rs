//! One entry of the record: a JSON object on one line, of which there is exactly one spelling.
//!
//! The spelling is that of RFC 8785 (JCS), for a part of JSON in which it is
//! plain: keys are ASCII, there are no numbers (integers are written as
//! strings of decimal digits, so that no reader rounds them) and no `null`.
//! A line is taken only if it is spelled like that, to the byte, so that two
//! lines never mean the same, and a line feed is always the end of a leaf.
//!
//! What kinds of leaves there are, and what each must say, is known by
//! [`crate::history`].

mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use value::Value;

/// The longest leaf, in bytes, without its line feed.
pub const MAX_LEAF: usize = 1 << 20;

/// One entry. The fields are declared in the order of the spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Who did it.
    pub actor: Actor,
    /// What was done; which fields there are depends on the kind.
    pub body: BTreeMap<String, Value>,
    /// Since when the machine runs: the kernel's random id of it.
    pub boot: String,
    /// Its place in the record, from 0.
    #[serde(with = "decimal")]
    pub idx: u64,
    /// Which log it belongs to.
    pub log: String,
    /// When it was, in microseconds since the machine started.
    #[serde(with = "decimal")]
    pub mono: u64,
    /// Which revision of the policy was in force.
    #[serde(default, with = "decimal::option", skip_serializing_if = "Option::is_none")]
    pub policy: Option<u64>,
    /// Which request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub req: Option<String>,
    /// When it was, by the wall: RFC 3339 in UTC with microseconds.
    pub t: String,
    /// What kind of entry it is, such as `exec.claimed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the format.
    pub v: String,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Which one.
    pub id: String,
    /// `human`, `client` or `daemon`.
    pub kind: String,
    /// How presence was shown, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<String>,
    /// By which way: `cli`, `socket`, `window`, `policy` or `daemon`.
    pub surface: String,
}

/// Why a line is no leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLeaf {
    /// It is not such an object at all.
    #[error("it is no leaf: {0}")]
    Shape(String),
    /// It is one, but in another spelling than the only one.
    #[error("it is not in the canonical form (RFC 8785)")]
    Spelling,
    /// A field says what it cannot.
    #[error("`{0}` is not as it must be")]
    Field(&'static str),
    /// It is too long.
    #[error("it is longer than {MAX_LEAF} bytes")]
    Length,
}

impl Leaf {
    /// The version that is written.
    pub const VERSION: &'static str = "1";

    /// Reads a line, without its line feed.
    ///
    /// # Errors
    /// If it is no leaf, or not spelled as it must be.
    pub fn parse(line: &[u8]) -> Result<Leaf, NoLeaf> {
        if MAX_LEAF < line.len() {
            return Err(NoLeaf::Length);
        }
        let leaf: Leaf = serde_json::from_slice(line).map_err(|error| NoLeaf::Shape(error.to_string()))?;
        if leaf.to_line()? == line { Ok(leaf) } else { Err(NoLeaf::Spelling) }
    }

    /// Its line, without a line feed.
    ///
    /// # Errors
    /// If it says what no leaf can say.
    pub fn to_line(&self) -> Result<Vec<u8>, NoLeaf> {
        self.check()?;
        // Strings are escaped as RFC 8785 wants it, and our own order of keys is that of the bytes.
        let line = serde_json::to_vec(self).expect("a leaf has string keys and no failing serializer");
        if MAX_LEAF < line.len() { Err(NoLeaf::Length) } else { Ok(line) }
    }

    fn check(&self) -> Result<(), NoLeaf> {
        let fields = [
            (self.v == Leaf::VERSION, "v"),
            (is_time(&self.t), "t"),
            (is_kind(&self.kind), "type"),
            (matches!(self.actor.kind.as_str(), "human" | "client" | "daemon"), "actor.kind"),
            (!self.log.is_empty(), "log"),
            (!self.boot.is_empty(), "boot"),
            (self.body.iter().all(|(key, value)| key.is_ascii() && value.has_ascii_keys()), "body"),
        ];
        fields.iter().find(|(is_good, _)| !is_good).map_or(Ok(()), |(_, name)| Err(NoLeaf::Field(name)))
    }

    /// A text in the body.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.body.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// The number that `text` is, if it is written in the one way: no sign, no leading zeros.
pub fn decimal_of(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// `noun.verb` in small letters, or a name of its own that begins with `x-`.
fn is_kind(kind: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte))
    };
    kind.split_once('.')
        .map_or(kind.starts_with("x-") && is_word(kind), |(noun, verb)| is_word(noun) && is_word(verb))
}

/// `2026-11-21T01:23:45.123456Z`.
fn is_time(text: &str) -> bool {
    const PATTERN: &[u8] = b"0000-00-00T00:00:00.000000Z";
    let has_shape = text.len() == PATTERN.len()
        && text.bytes().zip(PATTERN).all(|(byte, pattern)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *pattern,
        });
    let within = |place: std::ops::Range<usize>, low: u8, high: u8| {
        text[place].parse().is_ok_and(|number: u8| low <= number && number <= high)
    };
    has_shape
        && within(5..7, 1, 12)
        && within(8..10, 1, 31)
        && within(11..13, 0, 23)
        && within(14..16, 0, 59)
        && within(17..19, 0, 59)
}

/// A number as a string of decimal digits.
mod decimal {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::decimal_of(&text).ok_or_else(|| D::Error::custom("an integer is a string of decimal digits"))
    }

    /// The same where there may be none.
    pub(super) mod option {
        use serde::{Deserializer, Serializer};

        pub(crate) fn serialize<S: Serializer>(
            number: &Option<u64>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match number {
                Some(number) => super::serialize(number, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<u64>, D::Error> {
            super::deserialize(deserializer).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = concat!(
        r#"{"actor":{"id":"owner","kind":"human","presence":"none","surface":"cli"},"#,
        r#""body":{"list":["a",{"b":true}],"note":"\u001b[2J\n\"ü"},"boot":"b1c","idx":"42","log":"hob.local/4f/1000","#,
        r#""mono":"8123456789","policy":"17","req":"01JD","t":"2026-11-21T01:23:45.123456Z","#,
        r#""type":"approval.decided","v":"1"}"#
    );

    #[test]
    fn a_leaf_has_one_spelling() {
        let leaf = Leaf::parse(LINE.as_bytes()).unwrap();
        assert_eq!(leaf.to_line().unwrap(), LINE.as_bytes());
        assert_eq!((leaf.idx, leaf.policy, leaf.text("note")), (42, Some(17), Some("\u{1b}[2J\n\"ü")));
        for (from, to) in [
            ("{\"actor", "{ \"actor"),
            ("\"v\":\"1\"}", "\"v\":\"1\"}\n"),
            ("\"v\":\"1\"}", "\"v\":\"1\",\"v\":\"1\"}"),
            ("\"list\"", "\"list\":[],\"list\""),
            ("\\u001b", "\\u001B"),
            ("ü", "\\u00fc"),
            ("\\n", "\\u000a"),
            ("\"boot\":\"b1c\",\"idx\":\"42\"", "\"idx\":\"42\",\"boot\":\"b1c\""),
        ] {
            let line = LINE.replacen(from, to, 1);
            assert_ne!(line, LINE, "{from}");
            assert!(Leaf::parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn what_no_leaf_says_is_refused() {
        for (from, to) in [
            ("\"42\"", "42"),
            ("\"42\"", "\"042\""),
            ("\"42\"", "\"-42\""),
            ("\"42\"", "\"18446744073709551616\""),
            ("true", "1.5"),
            ("true", "7"),
            ("true", "null"),
            ("\"policy\":\"17\",", "\"policy\":null,"),
            ("\"list\"", "\"lüst\""),
            ("\"v\":\"1\"", "\"v\":\"2\""),
            ("\"v\":\"1\"", "\"v\":\"1\",\"w\":\"1\""),
            ("45.123456Z", "45Z"),
            ("45.123456Z", "60.123456Z"),
            ("2026-11", "2026-13"),
            ("\"human\"", "\"god\""),
            ("approval.decided", "Approval"),
            ("approval.decided", "approval."),
            ("\"log\":\"hob.local/4f/1000\",", ""),
        ] {
            let line = LINE.replacen(from, to, 1);
            assert_ne!(line, LINE, "{from}");
            assert!(Leaf::parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn c114_no_line_feed_or_escape_gets_into_the_file() {
        let line = Leaf::parse(LINE.as_bytes()).unwrap().to_line().unwrap();
        assert!(line.iter().all(|byte| b' ' <= *byte));
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused() {
        let deep = LINE.replacen("true", &("[".repeat(10_000) + &"]".repeat(10_000)), 1);
        assert!(matches!(Leaf::parse(deep.as_bytes()), Err(NoLeaf::Shape(_))));
        let long = LINE.replacen("8123456789", &"1".repeat(MAX_LEAF), 1);
        assert_eq!(Leaf::parse(long.as_bytes()), Err(NoLeaf::Length));
    }
}
