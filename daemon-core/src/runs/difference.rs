//! In what two configurations of a service or job differ, for a person who is to approve the newer one.
//!
//! Values of variables may be secrets: that one has changed is told, and not what it was.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::conf::EnvText;
use super::environment;

/// A key of a service or job that has another value than the approved one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyDifference {
    /// The key, such as `command` or `env.PORT`.
    pub key: String,
    /// What was approved; absent if there was nothing, or if it may be a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it would be; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// What became of a value that is not shown: `added`, `changed` or `removed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<String>,
}

/// The keys that have another value than before, but for the name. What is null is not there.
pub fn shown(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<KeyDifference> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).filter(|key| *key != "name").collect();
    keys.sort();
    keys.dedup();
    let side = |map: &Map<String, Value>, key| map.get(key).filter(|value| !value.is_null()).cloned();
    let other = keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).map(|key| KeyDifference {
        key: key.clone(),
        before: side(before, key),
        after: side(after, key),
        hidden: None,
    });
    other.collect()
}

/// The variables below `key` that are other than before.
pub fn hidden(
    key: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<KeyDifference> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let became = |name: &String| match (before.get(name), after.get(name)) {
        (None, _) => Some("added"),
        (_, None) => Some("removed"),
        (before, after) => (before != after).then_some("changed"),
    };
    let changed = names.into_iter().filter_map(|name| {
        let hidden = Some(became(name)?.to_owned());
        Some(KeyDifference { key: format!("{key}.{name}"), before: None, after: None, hidden })
    });
    changed.collect()
}

/// The variables of an `env_file`, once that was looked at; the later of two counts.
pub fn variables(text: Option<&EnvText>) -> BTreeMap<String, String> {
    let text = text.map(|text| text.0.as_str()).unwrap_or_default();
    environment::parse(text).unwrap_or_default().into_iter().map(|it| (it.name, it.value)).collect()
}
