//! Changing the file of a service key by key, as a person would: what is not changed stays to the letter.
//!
//! The same request is looked at first and done then: with `dry_run` it answers
//! with the lines that would change and with what would be wrong with each key.
//! With the digest of what was looked at, a file that somebody else has changed
//! meanwhile is left alone. A new service is written as `service.add` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::spec::{ServiceConf, check_name};
use super::super::{Handle, Section};
use super::config::of_project;
use crate::config::{
    Change, Problem, covered, difference, edited, fault, key_path, table_text, text_digest, with_file,
    without,
};
use crate::home::Dirs;
use crate::kernel::text::brief;
use crate::kernel::{Access, Call, Code, Effect, Fault, Op};
use crate::system::{changed_meanwhile, there_is_one};

/// Change the file of a service, add one, or take it out; comments stay
///
/// Values that may be secret are covered in the answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Edit {
    /// Which service
    pub name: String,
    /// What to say, such as restart=always or ready.tcp=8000
    #[serde(default)]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<Setting>,
    /// What to take out, such as ready.tcp or env.PORT
    #[serde(default)]
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// It is a new service, in a file of its own
    #[serde(default)]
    #[arg(long, conflicts_with_all = ["remove", "unset"])]
    pub add: bool,
    /// Stop it and take it out of its file
    #[serde(default)]
    #[arg(long, conflicts_with_all = ["set", "unset"])]
    pub remove: bool,
    /// Only if the file still has this digest, as `service.config` told it
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
    /// The key below the service's table, as TOML writes one: `ready.tcp`, `env."A.B"`.
    pub key: String,
    /// What it is to say.
    pub value: serde_json::Value,
}

/// What was changed in a file, or would be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ServiceEdited {
    /// Which service.
    pub name: String,
    /// The file.
    pub file: String,
    /// The lines that go (`-`) and come (`+`) with some around them, as in a unified diff; empty if none do.
    pub diff: String,
    /// What would be wrong; only of a dry run, since nothing else is done then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<KeyProblem>,
    /// Whether the file says so now and that is in force; what runs is as it was until it is restarted.
    pub saved: bool,
}

/// What would be wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyProblem {
    /// The key below the service's table; empty for the table as a whole, absent for what is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What would be wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Op for Edit {
    const NAME: &'static str = "service.edit";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    const DEADLINE: Duration = super::LONG;
    type On = Handle;
    type Reply = ServiceEdited;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceEdited, Fault> {
        services.edit(self).await
    }
}

impl Handle {
    async fn edit(&self, edit: Edit) -> Result<ServiceEdited, Fault> {
        let changes = edit.changes()?;
        let dirs = self.0.common.runs.dirs.clone();
        let draft = match edit.add {
            true => self.draft_of_new(&edit.name, &changes)?,
            false => self.draft_of_known(&edit, &changes).await?,
        };
        let (name, only_look) = (edit.name.clone(), edit.dry_run);
        let (draft, problems) = super::blocking(move || draft.checked(&dirs, &name)).await??;
        let told: Vec<KeyProblem> = problems.iter().map(|problem| told(problem, &edit.name)).collect();
        let answer = |saved| ServiceEdited {
            name: edit.name.clone(),
            file: draft.file.display().to_string(),
            diff: draft.difference(&edit.name, &changes),
            problems: told.clone(),
            saved,
        };
        if only_look {
            return Ok(answer(false));
        }
        if !problems.is_empty() {
            return Err(fault(&problems));
        }
        self.write(&edit.name, &draft).await?;
        Ok(answer(true))
    }

    fn draft_of_new(&self, name: &str, changes: &[Change]) -> Result<Draft, Fault> {
        check_name("service", name).map_err(|error| Fault::invalid(error.to_string()))?;
        let file = self.file_of(name);
        if self.unit(name).is_ok() || file.exists() {
            return Err(there_is_one("service", name, &file));
        }
        let after = Some(edited("", "service", name, changes)?);
        Ok(Draft { file, before: None, after })
    }

    async fn draft_of_known(&self, edit: &Edit, changes: &[Change]) -> Result<Draft, Fault> {
        let stands = self.stands(&edit.name).await?;
        if let Some(project) = stands.project {
            let what = format!("{} cannot be changed here: {}", edit.name, of_project(&project));
            return Err(Fault::new(Code::Conflict, what).hint(format!("edit {}", stands.file.display())));
        }
        if edit.digest.as_ref().is_some_and(|digest| *digest != text_digest(&stands.text)) {
            return Err(changed_meanwhile(&stands.file));
        }
        let after = match edit.remove {
            // The main file stays, even if it says nothing any more.
            true => without(&stands.text, "service", &edit.name)
                .flatten()
                .or_else(|| (stands.file == self.0.common.runs.dirs.config()).then(String::new)),
            false => Some(edited(&stands.text, "service", &edit.name, changes)?),
        };
        Ok(Draft { file: stands.file, before: Some(stands.text), after })
    }

    async fn write(&self, name: &str, draft: &Draft) -> Result<(), Fault> {
        let system = &self.0.common.system;
        match (&draft.before, &draft.after) {
            (None, Some(text)) => system.add_table(("service", name), &draft.file, text).await,
            (Some(before), after) if Some(before) != after.as_ref() => {
                let unit = self.unit(name).ok();
                system.rewrite_file(&draft.file, before, after.as_deref()).await?;
                match unit {
                    // It leaves; the answer is when it has left.
                    Some(unit) if self.unit(name).is_err() => unit.gone().await,
                    _ => {}
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Edit {
    fn changes(&self) -> Result<Vec<Change>, Fault> {
        let gone = self.unset.iter().map(|key| Ok(Change { path: key_path(key)?, value: None }));
        let said = self
            .set
            .iter()
            .map(|setting| Ok(Change { path: key_path(&setting.key)?, value: Some(setting.value.clone()) }));
        match (self.add, self.remove) {
            (true, true) => Err(Fault::invalid("a service is either added or removed")),
            (false, true) if !self.set.is_empty() || !self.unset.is_empty() => {
                Err(Fault::invalid("what is removed cannot be changed, too"))
            }
            _ => gone.chain(said).collect(),
        }
    }
}

/// A file as it is and as it is to be.
struct Draft {
    file: PathBuf,
    before: Option<String>,
    after: Option<String>,
}

impl Draft {
    /// Itself, a new service in the form in which all are written, and what would be wrong.
    fn checked(mut self, dirs: &Dirs, name: &str) -> Result<(Draft, Vec<Problem>), Fault> {
        let problems = with_file::<Section>(dirs, &self.file, self.after.clone()).err().unwrap_or_default();
        if let (None, Some(text), true) = (&self.before, &self.after, problems.is_empty()) {
            self.after = Some(as_added(text, name)?);
        }
        Ok((self, problems))
    }

    fn difference(&self, name: &str, changes: &[Change]) -> String {
        let begin = ["service".to_owned(), name.to_owned()];
        let fresh: BTreeSet<Vec<String>> =
            changes.iter().map(|change| begin.iter().chain(&change.path).cloned().collect()).collect();
        let shown = |text: &Option<String>, fresh: &BTreeSet<_>| {
            text.as_ref().and_then(|text| covered(text, fresh)).unwrap_or_default()
        };
        difference(&shown(&self.before, &BTreeSet::new()), &shown(&self.after, &fresh))
    }
}

/// The text that `service.add` would have written.
fn as_added(text: &str, name: &str) -> Result<String, Fault> {
    let unreadable = |error: toml::de::Error| Fault::invalid(error.message().to_owned());
    let tables: BTreeMap<String, BTreeMap<String, ServiceConf>> = toml::from_str(text).map_err(unreadable)?;
    let table = tables.get("service").and_then(|services| services.get(name));
    table_text("service", name, table.expect("it was written under this name"))
}

fn told(problem: &Problem, name: &str) -> KeyProblem {
    let below = problem.key.strip_prefix(&format!("service.{name}"));
    let key = below.and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') });
    let message = match key {
        Some(_) => problem.message.clone(),
        None => Problem { hint: None, ..problem.clone() }.to_string(),
    };
    KeyProblem { key: key.map(str::to_owned), message, hint: problem.hint.clone() }
}

impl FromStr for Setting {
    type Err = String;

    /// `KEY=VALUE`, as TOML writes a value; what is none is a text.
    fn from_str(text: &str) -> Result<Setting, String> {
        let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
        let value = format!("it = {value}").parse::<toml::Table>().ok().and_then(|mut it| it.remove("it"));
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
