//! What a caller asks for, as it was written.
//!
//! Nothing in it is believed, and little of it is kept: a list that is longer
//! than any command may be is read to its end for the sake of a precise refusal,
//! but only as much of it stays in memory as shows that it is too long.

use std::fmt;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::bytes::Bytes;
use super::check::{ARGUMENTS, TOTAL};
use crate::config::{Size, Span};
use crate::runs::Vars;

/// A command that somebody wants to have run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
#[schemars(rename = "WantedCommand")]
pub struct Wanted {
    /// The program and its arguments, each by itself; nothing is split, joined or given to a shell
    #[serde(deserialize_with = "bounded")]
    #[schemars(length(min = 1, max = 4096))]
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub argv: Vec<Bytes>,
    /// Where to run it; absolute. Default: the home directory of the daemon's user
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<Bytes>,
    /// Variables for its environment, which is made anew otherwise; those out of the ordinary have to be approved
    #[serde(default, skip_serializing_if = "is_empty")]
    #[arg(skip)]
    pub env: Vars,
    /// What it reads from standard input. Default: nothing
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub stdin: Option<Bytes>,
    /// A file that it is to find as it is now; absolute. It is not run if one of these has changed
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "bounded")]
    #[arg(long = "file", value_name = "FILE")]
    pub files: Vec<Bytes>,
    /// How long it may run. Default: 10m
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TIME")]
    pub wall: Option<Span>,
    /// How much memory it may use with all that it starts. Default: as much as there is
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Size>,
    /// How many processes it may have at a time. Default: as many as can be
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "COUNT")]
    pub pids: Option<u32>,
    /// How much of each of its outputs is kept; all of it is delivered while it runs. Default: 1M
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "SIZE")]
    pub keep: Option<Size>,
}

impl Wanted {
    /// As it is written in a request. serde would also take a list, field by field, which looks like an `argv`.
    ///
    /// # Errors
    /// What it is to be instead.
    pub(crate) fn of_object<'de, D: Deserializer<'de>>(input: D) -> Result<Wanted, D::Error> {
        input.deserialize_map(Object)
    }

    /// Bytes of all arguments, paths, variables and input.
    pub(crate) fn size(&self) -> usize {
        let words = self.argv.iter().chain(&self.files).chain(&self.stdin).chain(&self.cwd);
        let variables = self.env.get().iter().map(|(name, value)| name.len() + value.len());
        words.map(|word| word.get().len()).chain(variables).sum()
    }
}

fn is_empty(vars: &Vars) -> bool {
    vars.get().is_empty()
}

struct Object;

impl<'de> de::Visitor<'de> for Object {
    type Value = Wanted;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(r#"an object as the command: {"argv": ["git", "status"], "cwd": "/..."}"#)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, fields: A) -> Result<Wanted, A::Error> {
        Wanted::deserialize(de::value::MapAccessDeserializer::new(fields))
    }
}

/// A list of which no more is kept than shows that it is too long.
fn bounded<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Bytes>, D::Error> {
    input.deserialize_seq(Bounded)
}

struct Bounded;

impl<'de> de::Visitor<'de> for Bounded {
    type Value = Vec<Bytes>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "a list with the program and each of its arguments by itself, such as [\"git\", \"status\"]",
        )
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Bytes>, A::Error> {
        let (mut kept, mut weight) = (Vec::new(), 0);
        while kept.len() <= ARGUMENTS && weight <= TOTAL {
            let Some(next) = list.next_element::<Bytes>()? else { return Ok(kept) };
            weight += next.get().len();
            kept.push(next);
        }
        while list.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::*;

    #[test]
    fn c02_a_command_is_a_list_and_never_one_string() {
        for json in [
            r#"{"command":"iptables -t nat -A POSTROUTING ; rm -rf /"}"#,
            r#"{"argv":"iptables -t nat -A POSTROUTING ; rm -rf /"}"#,
            r#"{"argv":["id"],"shell":true}"#,
        ] {
            assert!(serde_json::from_str::<Wanted>(json).is_err(), "{json}");
        }
        let error = serde_json::from_str::<Wanted>(r#"{"argv":"id"}"#).unwrap_err().to_string();
        assert!(error.contains(r#"["git", "status"]"#), "{error}");
    }

    #[test]
    fn c18_a_million_arguments_are_refused_and_not_kept() {
        let many = format!(r#"{{"argv":["x"{}]}}"#, r#","x""#.repeat(1_000_000));
        let wanted: Wanted = serde_json::from_str(&many).unwrap();
        assert_eq!(wanted.argv.len(), ARGUMENTS + 1);
        assert_eq!(check(&wanted).unwrap_err().reason(), "E_TOO_LARGE");
        let large = format!(r#"{{"argv":["x","{}","y"]}}"#, "a".repeat(2 << 20));
        let wanted: Wanted = serde_json::from_str(&large).unwrap();
        assert_eq!(wanted.argv.len(), 2, "what follows is not kept");
        assert_eq!(check(&wanted).unwrap_err().reason(), "E_TOO_LARGE");
        let deep = format!(r#"{{"argv":{}"x"{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(serde_json::from_str::<Wanted>(&deep).is_err());
    }

    #[test]
    fn the_command_line_takes_any_bytes() {
        use clap::FromArgMatches as _;
        use std::os::unix::ffi::OsStringExt as _;
        let command = Wanted::augment_args(clap::Command::new("run"));
        let odd = std::ffi::OsString::from_vec(b"\xff-x".to_vec());
        let words = ["run", "--cwd", "/tmp", "--wall", "1m", "--", "git"].map(Into::into);
        let matches = command.get_matches_from(words.into_iter().chain([odd]));
        let wanted = Wanted::from_arg_matches(&matches).unwrap();
        assert_eq!(wanted.argv, [Bytes::from("git"), Bytes::from(b"\xff-x".to_vec())]);
        assert_eq!((wanted.cwd, wanted.wall), (Some("/tmp".into()), Some(Span::secs(60))));
    }
}
