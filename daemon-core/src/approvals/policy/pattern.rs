//! Patterns for one argument as they are written, in a policy and in a grant.
//!
//! A text is itself, or a glob if it has a star; a list says "one of these"; a
//! table names a type: `{ int = "1..65535" }`. Everything is checked and bounded
//! when it is read, so that a mistake has its line and nothing that is written
//! can make a decision slow (gate.md, C20).

use std::fmt;
use std::str::FromStr as _;

use regex::{Regex, RegexBuilder};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::glob::Glob;
use super::paths::PathPattern;
use super::plain::is_plain;
use super::token::{Kind, Network, TokenPattern};
use crate::text::{brief, nearest};

/// No single text in a pattern is longer, in bytes.
pub(super) const LONGEST: usize = 1024;
/// No list of alternatives has more.
const MOST_ALTERNATIVES: usize = 128;
/// A regular expression is shorter, nests no deeper, and its automaton takes no more bytes.
const LONGEST_REGEX: usize = 512;
const DEEPEST_REGEX: u32 = 16;
const LARGEST_REGEX: usize = 128 << 10;

/// Stands for any more arguments, where that may be.
pub(super) const MORE: &str = "...";

const TYPES: [&str; 8] = ["literal", "path", "file", "int", "ip", "cidr", "ident", "re"];

impl<'de> Deserialize<'de> for TokenPattern {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<TokenPattern, D::Error> {
        input.deserialize_any(Reader { may_list: true })
    }
}

/// One of a list, which is no list itself.
struct Alternative(Kind);

impl<'de> Deserialize<'de> for Alternative {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Alternative, D::Error> {
        input.deserialize_any(Reader { may_list: false }).map(|pattern| Alternative(pattern.0))
    }
}

struct Reader {
    may_list: bool,
}

impl<'de> Visitor<'de> for Reader {
    type Value = TokenPattern;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, a list of alternatives, or a type such as { int = \"1..65535\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TokenPattern, E> {
        TokenPattern::read(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TokenPattern, A::Error> {
        if !self.may_list {
            return Err(de::Error::custom("a list of alternatives has no lists in it: write them into one"));
        }
        let mut kinds = Vec::new();
        while let Some(Alternative(kind)) = list.next_element()? {
            if matches!(kind, Kind::More) {
                return Err(de::Error::custom("\"...\" stands for all that follows, and is no alternative"));
            }
            if MOST_ALTERNATIVES <= kinds.len() {
                return Err(de::Error::custom(format!("more than {MOST_ALTERNATIVES} alternatives")));
            }
            kinds.push(kind);
        }
        if kinds.is_empty() {
            return Err(de::Error::custom("a list of alternatives is empty, so nothing could match"));
        }
        Ok(TokenPattern(Kind::Any(kinds)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<TokenPattern, A::Error> {
        let Some(name) = table.next_key::<String>()? else {
            return Err(de::Error::custom("a type is missing, such as { int = \"1..65535\" }"));
        };
        let value = match TYPES.contains(&name.as_str()) {
            true => table.next_value::<Parameter>()?,
            false => return Err(de::Error::custom(no_type(&name))),
        };
        let kind = typed(&name, value).map_err(de::Error::custom)?;
        match table.next_key::<String>()? {
            Some(second) => Err(de::Error::custom(format!("has two types: {name} and {}", brief(&second)))),
            None => Ok(TokenPattern(kind)),
        }
    }
}

fn no_type(name: &str) -> String {
    let hint = nearest(name, TYPES).map(|known| format!("; did you mean `{known}`?"));
    format!(
        "`{}` is no type of argument (there are {}){}",
        brief(name),
        TYPES.join(", "),
        hint.unwrap_or_default()
    )
}

/// `true`, or a text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, or true")]
enum Parameter {
    True(bool),
    Text(String),
}

fn typed(name: &str, value: Parameter) -> Result<Kind, String> {
    let text = match (name, value) {
        ("ip", Parameter::True(true)) => return Ok(Kind::Ip(None)),
        ("cidr", Parameter::True(true)) => return Ok(Kind::Cidr(None)),
        ("ident", Parameter::True(true)) => return Ok(Kind::Ident),
        ("ident", _) => return Err("write { ident = true }".to_owned()),
        (_, Parameter::Text(text)) => text,
        _ => return Err(format!("`{name}` needs a text in quotes")),
    };
    bounded(&text)?;
    let network = || {
        Network::new(&text).ok_or_else(|| format!("\"{}\" is no network like \"10.0.0.0/8\"", brief(&text)))
    };
    match name {
        "literal" => Ok(Kind::Literal(text)),
        "path" => PathPattern::new(&text).map(Kind::Path),
        "file" => PathPattern::new(&text).map(Kind::File),
        "int" => range(&text),
        "ip" => Ok(Kind::Ip(Some(network()?))),
        "cidr" => Ok(Kind::Cidr(Some(network()?))),
        _ => regex(&text).map(|regex| Kind::Re(regex, text.clone())),
    }
}

fn range(text: &str) -> Result<Kind, String> {
    let bad = || {
        format!("\"{}\" is no range of whole numbers: write it like \"1..65535\", both included", brief(text))
    };
    let (low, high) = text.split_once("..").ok_or_else(bad)?;
    let (low, high) = (i64::from_str(low).map_err(|_| bad())?, i64::from_str(high).map_err(|_| bad())?);
    if high < low {
        return Err(format!("\"{}\" has no number in it: {high} is less than {low}", brief(text)));
    }
    Ok(Kind::Int(low..=high))
}

/// A regular expression that has to match the whole, in time linear in it.
fn regex(text: &str) -> Result<Regex, String> {
    if LONGEST_REGEX < text.len() {
        return Err(format!("the expression has {} bytes, and may have {LONGEST_REGEX}", text.len()));
    }
    let backslashes = |inner: &str| inner.bytes().rev().take_while(|byte| *byte == b'\\').count();
    let inner = text.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let inner = inner.filter(|inner| backslashes(inner) % 2 == 0);
    let inner = inner.ok_or("an expression is for the whole argument: write { re = \"^...$\" }")?;
    // By itself first: `a)|(b` would be an expression only with what is put around it.
    build(inner)?;
    build(&format!(r"\A(?:{inner})\z"))
}

fn build(text: &str) -> Result<Regex, String> {
    let limited = RegexBuilder::new(text)
        .size_limit(LARGEST_REGEX)
        .dfa_size_limit(LARGEST_REGEX)
        .nest_limit(DEEPEST_REGEX)
        .build();
    limited.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the expression is too large: it repeats too much".to_owned(),
        other => format!(
            "is no regular expression: {}",
            other.to_string().lines().last().unwrap_or_default().trim()
        ),
    })
}

fn bounded(text: &str) -> Result<(), String> {
    if LONGEST < text.len() {
        return Err(format!("has {} bytes, and a pattern may have {LONGEST}", text.len()));
    }
    if !is_plain(text.as_bytes()) {
        return Err(format!("\"{}\" has characters that cannot be seen", brief(text)));
    }
    Ok(())
}

impl TokenPattern {
    /// A text as it is written in a list of arguments: a glob if it has a star.
    ///
    /// # Errors
    /// Why it cannot be one, in a few words.
    pub fn read(text: &str) -> Result<TokenPattern, String> {
        bounded(text)?;
        if text == MORE {
            return Ok(TokenPattern(Kind::More));
        }
        if text.contains('*') {
            return Glob::new(text).map(|glob| TokenPattern(Kind::Glob(glob)));
        }
        Ok(TokenPattern::literal(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<TokenPattern, String> {
        let table: toml::Table = format!("it = {text}").parse().unwrap();
        table["it"].clone().try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in [
            "\"-L\"",
            "\"a*\"",
            "[\"a\", \"b*\", { int = \"1..2\" }]",
            "{ ip = true }",
            "{ cidr = \"10.0.0.0/8\" }",
            "{ literal = \"*\" }",
            "{ literal = \"...\" }",
            "{ re = \"^a$\" }",
            "{ path = \"~/src/**\" }",
            "{ ident = true }",
            "\"a \\\"b\\\" \\\\c\"",
        ] {
            let pattern = read(text).unwrap();
            assert_eq!(pattern.to_string(), text, "{text}");
            let json = serde_json::to_string(&pattern).unwrap();
            assert_eq!(serde_json::from_str::<TokenPattern>(&json).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_bad_pattern_says_what_is_bad() {
        for (text, part) in [
            ("{ integer = \"1..2\" }", "`integer` is no type"),
            ("{ pth = \"/x\" }", "did you mean `path`?"),
            ("{ int = \"2..1\" }", "1 is less than 2"),
            ("{ int = 1 }", "a text, or true"),
            ("{ int = true }", "needs a text"),
            ("{ ip = \"10.0.0.1/8\" }", "is no network"),
            ("{ re = \"a\" }", "for the whole argument"),
            ("{ re = '^a\\$' }", "for the whole argument"),
            ("{ re = \"^a)|(b$\" }", "is no regular expression"),
            ("{ re = \"^($\" }", "is no regular expression"),
            ("{ path = \"srv\" }", "begins with"),
            ("{ ip = true, int = \"1..2\" }", "two types"),
            ("{}", "a type is missing"),
            ("[]", "is empty"),
            ("[[\"a\"]]", "no lists in it"),
            ("\"a\\u0000\"", "cannot be seen"),
            ("7", "a list of alternatives, or a type"),
        ] {
            let refused = read(text).map(|pattern| pattern.to_string());
            assert!(refused.as_ref().is_err_and(|message| message.contains(part)), "{text}: {refused:?}");
        }
    }

    #[test]
    fn c20_a_bomb_is_refused_when_it_is_read() {
        let nested = format!("{{ re = \"^{}a{}$\" }}", "(".repeat(40), ")*".repeat(40));
        for text in [
            format!("\"{}\"", "*".repeat(60)),
            format!("\"{}\"", "a*".repeat(60)),
            format!("\"{}\"", "x".repeat(2000)),
            "{ re = \"^(a{1000}){1000}$\" }".to_owned(),
            "{ re = '^(\\w{50}){50}$' }".to_owned(),
            format!("{{ re = \"^{}$\" }}", "a|".repeat(400)),
            nested,
            format!("[{}]", "\"a\",".repeat(200)),
        ] {
            assert!(read(&text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_is_refused_and_never_crosses_a_token(text in any::<String>(), token in any::<Vec<u8>>()) {
            use super::super::paths::Place;
            use super::super::subject::Reach;
            let place = Place { cwd: std::path::Path::new("/"), home: None, files: &[], looked: &Default::default() };
            if let Ok(pattern) = TokenPattern::read(&text) {
                let narrow = pattern.matches(&token, place, Reach::Narrow);
                prop_assert!(!narrow || pattern.matches(&token, place, Reach::Wide));
                prop_assert!(!narrow || is_plain(&token));
            }
            drop(regex(&text));
        }
    }
}
