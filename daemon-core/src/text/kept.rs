//! What a record may keep of arguments that nobody has judged.
//!
//! A record is kept for years and copied elsewhere, so what is in doubt stays
//! out: only fields whose names say that they name something, or set a time or
//! a number, keep their value. A command line, an environment, a file's content
//! and whatever a later operation brings may hold a password; of those the
//! record says that they were there.

use serde::Serialize;
use serde_json::{Map, Value};

/// Fields that name something, or say when.
const KEPT: [&str; 24] = [
    "after",
    "approved",
    "at",
    "client",
    "cron",
    "digest",
    "dir",
    "every",
    "id",
    "ids",
    "length",
    "name",
    "names",
    "overlap",
    "project",
    "queue",
    "requires",
    "restart",
    "signal",
    "timeout",
    "until",
    "verdict",
    "working_dir",
    "zone",
];

/// The longest text that is kept, in bytes.
const LONGEST: usize = 256;

/// What of a request's fields may be kept.
pub(crate) fn arguments<Q: Serialize>(request: &Q) -> Value {
    let Ok(Value::Object(fields)) = serde_json::to_value(request) else { return Value::Object(Map::new()) };
    let kept = fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let keeps = is_harmless(&value, KEPT.contains(&name.as_str()));
        (name, if keeps { value } else { Value::from("withheld") })
    });
    Value::Object(kept.collect())
}

fn is_harmless(value: &Value, is_known: bool) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_known && text.len() <= LONGEST,
        Value::Array(list) => {
            list.len() <= 64 && list.iter().all(|it| !it.is_object() && is_harmless(it, is_known))
        }
        Value::Object(fields) => fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_hold_a_secret_is_not_kept() {
        let request = json!({
            "name": "web",
            "requires": ["db"],
            "no_autostart": true,
            "priority": 3,
            "zone": null,
            "command": ["curl", "-u", "me:hunter2"],
            "env": {"TOKEN": "hunter2"},
            "note": "hunter2",
            "names": [{"hunter2": "hunter2"}],
            "dir": "hunter2".repeat(99),
        });
        let kept = json!({
            "name": "web",
            "requires": ["db"],
            "no_autostart": true,
            "priority": 3,
            "command": "withheld",
            "env": "withheld",
            "note": "withheld",
            "names": "withheld",
            "dir": "withheld",
        });
        assert_eq!(arguments(&request), kept);
        assert_eq!(arguments(&"no object"), json!({}));
    }
}
