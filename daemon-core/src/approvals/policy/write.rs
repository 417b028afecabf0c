//! Patterns for one argument, written as they were: in JSON, and as TOML for people.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use super::pattern::MORE;
use super::token::{Kind, TokenPattern};

impl Serialize for TokenPattern {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let (name, text) = match self {
            Kind::Literal(text) if !text.contains('*') && text != MORE => return out.serialize_str(text),
            Kind::Glob(glob) => return out.serialize_str(glob.text()),
            Kind::More => return out.serialize_str(MORE),
            Kind::Any(kinds) => {
                let mut list = out.serialize_seq(Some(kinds.len()))?;
                for kind in kinds {
                    list.serialize_element(kind)?;
                }
                return list.end();
            }
            Kind::Literal(text) => ("literal", Some(text.clone())),
            Kind::Path(path) => ("path", Some(path.text().to_owned())),
            Kind::File(path) => ("file", Some(path.text().to_owned())),
            Kind::Int(range) => ("int", Some(format!("{}..{}", range.start(), range.end()))),
            Kind::Ip(network) => ("ip", network.map(|it| format!("{}/{}", it.address, it.bits))),
            Kind::Cidr(network) => ("cidr", network.map(|it| format!("{}/{}", it.address, it.bits))),
            Kind::Ident => ("ident", None),
            Kind::Re(_, text) => ("re", Some(text.clone())),
        };
        let mut table = out.serialize_map(Some(1))?;
        match text {
            Some(text) => table.serialize_entry(name, &text)?,
            None => table.serialize_entry(name, &true)?,
        }
        table.end()
    }
}

impl fmt::Display for TokenPattern {
    /// As it is written in a policy.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Literal(text) if !text.contains('*') && text != MORE => write!(out, "{}", Quoted(text)),
            Kind::Glob(glob) => write!(out, "{}", Quoted(glob.text())),
            Kind::More => write!(out, "{}", Quoted(MORE)),
            Kind::Literal(text) => write!(out, "{{ literal = {} }}", Quoted(text)),
            Kind::Path(path) => write!(out, "{{ path = {} }}", Quoted(path.text())),
            Kind::File(path) => write!(out, "{{ file = {} }}", Quoted(path.text())),
            Kind::Int(range) => write!(out, "{{ int = \"{}..{}\" }}", range.start(), range.end()),
            Kind::Ip(None) => out.write_str("{ ip = true }"),
            Kind::Ip(Some(network)) => write!(out, "{{ ip = \"{}/{}\" }}", network.address, network.bits),
            Kind::Cidr(None) => out.write_str("{ cidr = true }"),
            Kind::Cidr(Some(network)) => write!(out, "{{ cidr = \"{}/{}\" }}", network.address, network.bits),
            Kind::Ident => out.write_str("{ ident = true }"),
            Kind::Re(_, text) => write!(out, "{{ re = {} }}", Quoted(text)),
            Kind::Any(kinds) => {
                for (index, kind) in kinds.iter().enumerate() {
                    write!(out, "{}{kind}", if index == 0 { "[" } else { ", " })?;
                }
                out.write_str("]")
            }
        }
    }
}

/// A text of a pattern, which has nothing in it that cannot be seen, as a basic string of TOML.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("\"")?;
        for piece in self.0.split_inclusive(['"', '\\']) {
            match piece.strip_suffix(['"', '\\']) {
                Some(before) => write!(out, "{before}\\{}", &piece[before.len()..])?,
                None => out.write_str(piece)?,
            }
        }
        out.write_str("\"")
    }
}

impl JsonSchema for TokenPattern {
    fn schema_name() -> Cow<'static, str> {
        "TokenPattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let typed = json_schema!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
                "literal": { "type": "string" }, "path": { "type": "string" }, "file": { "type": "string" },
                "int": { "type": "string" }, "ip": { "type": ["string", "boolean"] },
                "cidr": { "type": ["string", "boolean"] }, "ident": { "const": true }, "re": { "type": "string" },
            },
        });
        json_schema!({
            "description": "One argument: a text (a glob if it has a star), a list of alternatives, or a type",
            "anyOf": [
                { "type": "string" },
                typed,
                { "type": "array", "minItems": 1, "items": { "anyOf": [{ "type": "string" }, typed] } },
            ],
        })
    }
}
