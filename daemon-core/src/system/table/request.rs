//! What somebody asks to be changed in a table.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Change, key_path};
use crate::kernel::Fault;
use crate::text::brief;

/// A change of a table in its file.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
#[group(skip)]
pub struct TableEdit {
    /// Which one
    pub name: String,
    /// What to say, such as working_dir=~/shop or env.PORT=8000
    #[serde(default)]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<Setting>,
    /// What to take out, such as working_dir or env.PORT
    #[serde(default)]
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// It is a new one, in a file of its own
    #[serde(default)]
    #[arg(long, conflicts_with_all = ["remove", "unset"])]
    pub add: bool,
    /// Take it out of its file
    #[serde(default)]
    #[arg(long, conflicts_with_all = ["set", "unset"])]
    pub remove: bool,
    /// Only if the file still has this digest, as `config` told it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<String>,
    /// Only say what would change, and what would be wrong
    #[serde(default)]
    #[arg(long)]
    pub dry_run: bool,
}

/// A key and what to say there. Its value is not shown: it may be a secret.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The key below the table, as TOML writes one: `ready.tcp`, `env."A.B"`.
    pub key: String,
    /// What it is to say.
    pub value: serde_json::Value,
}

impl TableEdit {
    /// One after the other: what goes, then what comes.
    pub(super) fn changes(&self, kind: &str) -> Result<Vec<Change>, Fault> {
        let gone = self.unset.iter().map(|key| Ok(Change { path: key_path(key)?, value: None }));
        let said = self
            .set
            .iter()
            .map(|setting| Ok(Change { path: key_path(&setting.key)?, value: Some(setting.value.clone()) }));
        match (self.add, self.remove) {
            (true, true) => Err(Fault::invalid(format!("a {kind} is either added or removed"))),
            (false, true) if !self.set.is_empty() || !self.unset.is_empty() => {
                Err(Fault::invalid("what is removed cannot be changed, too"))
            }
            _ => gone.chain(said).collect(),
        }
    }
}

impl FromStr for Setting {
    type Err = String;

    /// `KEY=VALUE`, as TOML writes a value; what is none is a text.
    fn from_str(text: &str) -> Result<Setting, String> {
        let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
        let read = format!("it = {value}").parse::<toml::Table>().ok();
        // A line more would be another key.
        let value = read.filter(|read| read.len() == 1).and_then(|mut read| read.remove("it"));
        let value = match value.map(serde_json::to_value) {
            Some(Ok(value)) => value,
            _ => text[key.len() + 1..].into(),
        };
        Ok(Setting { key: key.trim().to_owned(), value })
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = ...", brief(&self.key))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check_read(text: &str, key: &str, value: &Value) {
        let read: Setting = text.parse().unwrap();
        assert_eq!((read.key.as_str(), &read.value), (key, value), "{text}");
    }

    #[test]
    fn a_setting_is_read_as_toml_writes_a_value_and_otherwise_as_a_text() {
        check_read("retries=3", "retries", &json!(3));
        check_read("cron=0 3 * * *", "cron", &json!("0 3 * * *"));
        check_read("cron=\"0 3 * * *\"", "cron", &json!("0 3 * * *"));
        check_read("command=[\"make\", \"a=b\"]", "command", &json!(["make", "a=b"]));
        check_read("env.A= x=y ", "env.A", &json!(" x=y "));
        check_read("every=5\nmore = 1", "every", &json!("5\nmore = 1"));
        assert!("retries".parse::<Setting>().is_err());
    }

    #[test]
    fn a_value_is_not_shown_and_a_key_forges_no_line() {
        let setting: Setting = "env.A\u{1b}[2J\nB=hush".parse().unwrap();
        let shown = format!("{setting:?}");
        assert!(!shown.contains("hush") && !shown.contains(['\u{1b}', '\n']), "{shown}");
    }
}
