//! An argument: bytes, which are nearly always text.
//!
//! On the wire it is a string; what is not UTF-8 is `{"b64": "..."}`. A plan
//! always writes text as text, so that one argument has one form.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::builder::{MapValueParser, OsStringValueParser, TypedValueParser as _, ValueParserFactory};
use schemars::JsonSchema;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes that are written as a string where they are UTF-8.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// As they are.
    pub fn get(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        str::from_utf8(&self.0).ok()
    }

    /// As the kernel's calls take it.
    pub fn os(&self) -> &OsStr {
        OsStr::from_bytes(&self.0)
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(bytes)
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Bytes {
        Bytes(text.into())
    }
}

impl From<OsString> for Bytes {
    fn from(text: OsString) -> Bytes {
        Bytes(text.into_vec())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0.escape_ascii())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = self.text() {
            return out.serialize_str(text);
        }
        let mut map = out.serialize_map(Some(1))?;
        map.serialize_entry("b64", &STANDARD.encode(&self.0))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Bytes, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Bytes;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string, or {\"b64\": \"...\"} for bytes that are not UTF-8")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Bytes, E> {
        Ok(Bytes(text.into_bytes()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
        let shape = || de::Error::custom("bytes are written {\"b64\": \"...\"}, with this one key");
        let Some("b64") = map.next_key::<String>()?.as_deref() else { return Err(shape()) };
        let encoded: String = map.next_value()?;
        if map.next_key::<de::IgnoredAny>()?.is_some() {
            return Err(shape());
        }
        let decoded = STANDARD.decode(encoded);
        decoded
            .map(Bytes)
            .map_err(|_| de::Error::custom("the value of \"b64\" is not base64 (RFC 4648, with padding)"))
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A string; bytes that are not UTF-8 are {\"b64\": \"...\"} (RFC 4648, with padding)",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "b64": { "type": "string" } },
                    "required": ["b64"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

impl ValueParserFactory for Bytes {
    type Parser = MapValueParser<OsStringValueParser, fn(OsString) -> Bytes>;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<&[u8]>) {
        let read = serde_json::from_str::<Bytes>(json).ok();
        assert_eq!(read.as_ref().map(Bytes::get), expected, "{json}");
    }

    #[test]
    fn text_is_a_string_and_other_bytes_say_what_they_are() {
        check(r#""a b""#, Some(b"a b"));
        check(r#"{"b64":"/w=="}"#, Some(b"\xff"));
        check(r#"{"b64":"YQ=="}"#, Some(b"a"));
        for json in [
            r#"{"b64":"/w"}"#,
            r#"{"b64":"!"}"#,
            r#"{"b64":"","x":1}"#,
            r#"{"x":""}"#,
            "{}",
            "1",
            "null",
            "[]",
        ] {
            check(json, None);
        }
        let write = |bytes: &[u8]| serde_json::to_string(&Bytes(bytes.to_vec())).unwrap();
        assert_eq!(write(b"a\n"), r#""a\n""#);
        assert_eq!(write(b"\xff"), r#"{"b64":"/w=="}"#);
    }
}
