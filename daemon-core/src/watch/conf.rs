//! Which files to watch, as written: a plain list of globs, or a table.
//!
//! `watch = ["src/**"]` says the same as `watch = { files = ["src/**"] }`; the
//! table has room for the rest. Only the shape is looked at here; what the globs
//! mean is asked when they are checked ([`Files::check`]), since that needs the
//! directory that they are relative to.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::config::Span;

/// Which files to watch, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Files {
    /// Globs of the files, relative to the directory of whoever watches.
    pub files: Vec<String>,
    /// Globs of files and directories that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// A change is told when nothing has changed for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Span>,
    /// Leave out what `.gitignore` files leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gitignore: Option<bool>,
    /// Look so often, instead of waiting to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Span>,
    /// The changed files are written to the standard input, as JSON lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdin: Option<bool>,
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Files, D::Error> {
        input.deserialize_any(Reader)
    }
}

impl JsonSchema for Files {
    fn schema_name() -> Cow<'static, str> {
        "Files".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (list, table) =
            (generator.subschema_for::<Vec<String>>(), generator.subschema_for::<FilesTable>());
        json_schema!({ "description": "Which files to watch: a list of globs, or a table", "anyOf": [list, table] })
    }
}

/// Which files to watch, and how
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FilesTable {
    /// Globs of the files, relative to the working directory: `*` and `?` stay within a name, `**` is any number of directories
    files: Vec<String>,
    /// Globs of files and directories to leave out; one without a `/` is a name at any depth
    #[serde(default)]
    ignore: Vec<String>,
    /// A change is told when nothing has changed for so long, 50ms to 1h; at the latest after ten times that, or 10s if that is longer. Default: 300ms
    #[serde(default)]
    debounce: Option<Span>,
    /// Leave out what `.gitignore` files leave out. Default: true
    #[serde(default)]
    gitignore: Option<bool>,
    /// Look so often, 100ms to 24h, instead of waiting to be told: for network file systems
    #[serde(default)]
    poll: Option<Span>,
    /// The changed files are written to the standard input of what is run, one JSON object a line. Default: false
    #[serde(default)]
    stdin: Option<bool>,
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Files;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of globs like [\"src/**\"], or a table like { files = [\"src/**\"] }")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Files, A::Error> {
        let files = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(Files { files, ..Files::default() })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, table: A) -> Result<Files, A::Error> {
        let FilesTable { files, ignore, debounce, gitignore, poll, stdin } =
            Deserialize::deserialize(MapAccessDeserializer::new(table))?;
        Ok(Files { files, ignore, debounce, gitignore, poll, stdin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Service {
        watch: Files,
    }

    fn read(text: &str) -> Result<Files, String> {
        toml::from_str::<Service>(text).map(|it| it.watch).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_says_the_same_as_a_table() {
        let list = read("watch = [\"src/**\"]").unwrap();
        assert_eq!(list, read("watch = { files = [\"src/**\"] }").unwrap());
        assert_eq!(list.files, ["src/**"]);
    }

    #[test]
    fn a_table_has_room_for_the_rest() {
        let read = read(
            "watch = { files = [\"a\"], ignore = [\"b\"], debounce = \"1s\", gitignore = false, poll = \"2s\", stdin = true }",
        );
        let expected = Files {
            files: vec!["a".into()],
            ignore: vec!["b".into()],
            debounce: Some(Span::secs(1)),
            gitignore: Some(false),
            poll: Some(Span::secs(2)),
            stdin: Some(true),
        };
        assert_eq!(read.unwrap(), expected);
        let written = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<Files>(&written).unwrap(), expected);
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for (text, part) in [
            ("watch = { files = [\"a\"], ignored = [\"b\"] }", "unknown field `ignored`"),
            ("watch = { ignore = [\"b\"] }", "missing field `files`"),
            ("watch = \"src\"", "a list of globs"),
            ("watch = [1]", "expected a string"),
            ("watch = { files = [\"a\"], debounce = 300 }", "needs a unit"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
