//! What a service would run, for a person to judge before it may.
//!
//! Everything that its specification says beyond the defaults is here, whatever
//! keys there are: what is not shown could not be approved. Only values of
//! variables are left out, since they may be secrets; that one has changed is
//! told all the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Section;
use super::spec::{self, ServiceConf, Spec, Written};
use crate::runs::conf::Surroundings;
use crate::runs::difference::{self, KeyDifference};

/// What a service of a project would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Its full name.
    pub name: String,
    /// What would be executed, word by word.
    pub command: Vec<String>,
    /// Where.
    pub working_dir: String,
    /// As which user, if not the daemon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The names of its variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The file of further variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_file: Option<String>,
    /// Their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_file_names: Vec<String>,
    /// Whether it starts with the project and with the daemon.
    pub autostart: bool,
    /// Everything else that is not as it is by default.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
}

/// How a service differs from what was approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The service, as its file calls it.
    pub service: String,
    /// Whether it was not there before.
    pub added: bool,
    /// Whether it is not there any more.
    pub removed: bool,
    /// What is other than it was, if it was there before and still is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyDifference>,
}

impl Section {
    /// What the services of a project would run, by name.
    pub fn plans(&self, project: &str) -> Vec<Plan> {
        let default = known(&plain());
        self.of(project).map(|(_, spec)| plan(spec, &default)).collect()
    }

    /// The `env_file`s of a project, each with a service that wants it.
    pub fn env_files(&self, project: &str) -> BTreeMap<PathBuf, String> {
        let named =
            self.of(project).filter_map(|(name, spec)| Some((spec.env_file.clone()?, name.to_owned())));
        named.collect()
    }

    fn of<'a>(&'a self, project: &'a str) -> impl Iterator<Item = (&'a str, &'a Spec)> {
        self.specs.values().filter_map(move |spec| {
            let name = spec.name.strip_prefix(project)?.strip_prefix('/')?;
            Some((name, &**spec))
        })
    }
}

/// How the services of a project differ from those approved, each side under the name it has there.
pub fn difference(before: (&Section, &str), after: (&Section, &str)) -> Vec<Difference> {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (before.0.of(before.1).collect(), after.0.of(after.1).collect());
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let differences = names.into_iter().map(|name| {
        let (old, new) = (old.get(name), new.get(name));
        let keys = old.zip(new).map(|(old, new)| keys(old, new)).unwrap_or_default();
        Difference { service: name.to_owned(), added: old.is_none(), removed: new.is_none(), keys }
    });
    differences.filter(|it| it.added || it.removed || !it.keys.is_empty()).collect()
}

fn keys(old: &Spec, new: &Spec) -> Vec<KeyDifference> {
    let shown = difference::shown(&known(old), &known(new));
    let hidden = difference::hidden("env", old.env.get(), new.env.get());
    let of_files = difference::hidden("env_file", &variables(old), &variables(new));
    [shown, hidden, of_files].concat()
}

fn plan(spec: &Spec, default: &Map<String, Value>) -> Plan {
    let told = ["name", "command", "working_dir", "user", "env_file", "autostart"];
    let mut settings = known(spec);
    settings.retain(|key, value| !told.contains(&key.as_str()) && default.get(key) != Some(value));
    Plan {
        name: spec.name.clone(),
        command: spec.command.clone(),
        working_dir: spec.working_dir.display().to_string(),
        user: spec.user.clone(),
        env: spec.env.get().keys().cloned().collect(),
        env_file: spec.env_file.as_ref().map(|path| path.display().to_string()),
        env_file_names: variables(spec).into_keys().collect(),
        autostart: spec.autostart,
        settings,
    }
}

fn variables(spec: &Spec) -> BTreeMap<String, String> {
    difference::variables(spec.env_text.as_ref())
}

/// All keys of a specification that are not secret.
fn known(spec: &Spec) -> Map<String, Value> {
    let Ok(Value::Object(mut keys)) = serde_json::to_value(spec) else {
        unreachable!("a specification is an object")
    };
    keys.remove("env");
    keys
}

/// A service of which nothing is said.
fn plain() -> Spec {
    let conf = ServiceConf {
        command: Some(spec::CommandLine::Words(vec!["true".to_owned()])),
        ..ServiceConf::default()
    };
    let written = Written { name: "plain".to_owned(), conf, dir: PathBuf::from("/"), kept: None };
    let checked = spec::check(vec![written], &ServiceConf::default(), &Surroundings::none());
    let spec = checked.expect("the defaults are in order").into_values().next().expect("there is one");
    Spec::clone(&spec)
}
