//! A setting as it would be written in the configuration: `{ tcp = 5432, timeout = "1m" }`.
//!
//! What was checked says by what kind something is told (`kind = { tcp = { host, port } }`); nobody writes it so.

use daemon_core::text::visible;
use serde_json::{Map, Value};

/// A value in TOML, on one line and safe to show.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => visible(&toml_edit::Value::from(text.as_str()).to_string()),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = as_written(members);
            let pairs: Vec<String> =
                members.iter().map(|(key, value)| format!("{} = {}", visible(key), written(value))).collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
        other => other.to_string(),
    }
}

/// What has tables in it, as one would write it; nothing of anything else.
pub(crate) fn tables(value: &Value) -> Option<String> {
    let is_table = |value: &Value| value.as_object().is_some_and(|members| !members.is_empty());
    let is = is_table(value) || value.as_array().is_some_and(|items| items.iter().any(is_table));
    is.then(|| written(value))
}

/// The members of a table, those of its kind first, without those that are absent.
fn as_written(members: &Map<String, Value>) -> Vec<(String, Value)> {
    let (mut out, mut kind) = (Vec::new(), Vec::new());
    for (key, value) in members {
        match (key.as_str(), value) {
            (_, Value::Null) => {}
            ("kind", Value::String(name)) => kind.push((name.clone(), Value::Bool(true))),
            ("kind", Value::Object(of)) => of.iter().for_each(|(name, of)| kind.extend(of_kind(name, of))),
            _ => out.push((key.clone(), value.clone())),
        }
    }
    kind.append(&mut out);
    kind
}

fn of_kind(kind: &str, of: &Value) -> Vec<(String, Value)> {
    let named = |value: Value| (kind.to_owned(), value);
    match (kind, of["host"].as_str(), &of["port"], &of["url"]) {
        ("tcp", None, port @ Value::Number(_), _) => vec![named(port.clone())],
        ("tcp", Some(host), port, _) if host.contains(':') => vec![named(format!("[{host}]:{port}").into())],
        ("tcp", Some(host), port, _) => vec![named(format!("{host}:{port}").into())],
        ("http", _, _, url @ Value::String(_)) => {
            let status = of.get("status").filter(|it| it.as_array().is_some_and(|list| !list.is_empty()));
            let status = status.map(|status| ("status".to_owned(), status.clone()));
            [named(url.clone())].into_iter().chain(status).collect()
        }
        _ => vec![named(of.clone())],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, expected: &str) {
        assert_eq!(written(&value), expected);
    }

    #[test]
    fn what_was_checked_is_shown_as_one_would_write_it() {
        let tcp = json!({ "kind": { "tcp": { "host": null, "port": 5432 } }, "timeout": "1m" });
        check(tcp, "{ tcp = 5432, timeout = \"1m\" }");
        check(json!({ "kind": { "tcp": { "host": "db", "port": 5432 } } }), "{ tcp = \"db:5432\" }");
        check(json!({ "kind": { "tcp": { "host": "::1", "port": 1 } } }), "{ tcp = \"[::1]:1\" }");
        let http = json!({ "kind": { "http": { "url": "http://x/", "status": [] } } });
        check(http, "{ http = \"http://x/\" }");
        let http = json!({ "kind": { "http": { "url": "http://x/", "status": [200] } } });
        check(http, "{ http = \"http://x/\", status = [200] }");
        check(json!({ "kind": "notify", "interval": "1s" }), "{ notify = true, interval = \"1s\" }");
        check(json!({ "kind": { "command": ["./ready", "a b"] } }), "{ command = [\"./ready\", \"a b\"] }");
        check(json!({ "kind": { "log": "up \u{202e}\u{1b}" } }), "{ log = \"up \\u{202e}\\u001B\" }");
        check(json!({}), "{}");
    }
}
