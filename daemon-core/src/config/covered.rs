//! A file's text as it may be shown: what may be a secret is covered.
//!
//! The daemon tells nobody the value of a variable, since it may be a password.
//! Who edits a file wants to see that `PORT` is 3000 all the same, so a value is
//! shown if its name says that it is harmless; what is in doubt stays covered.
//! Outside environments, what is called a secret is. Comments are not judged: what
//! they say is for all who read the file.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::edited::json;

/// What stands for a value that is not shown.
pub const COVER: &str = "•••";
/// The same, where the value is about to change.
const NEW_COVER: &str = "••• (new)";

/// How names of harmless variables end.
const HARMLESS: [&str; 34] = [
    "ADDR",
    "ADDRESS",
    "BIND",
    "BROWSER",
    "COLOR",
    "CONCURRENCY",
    "COUNT",
    "DEBUG",
    "DIR",
    "DIRECTORY",
    "DOMAIN",
    "EDITOR",
    "ENV",
    "ENVIRONMENT",
    "FORMAT",
    "HOST",
    "HOSTNAME",
    "LANG",
    "LEVEL",
    "LIMIT",
    "LOG",
    "MODE",
    "PATH",
    "PORT",
    "REGION",
    "SIZE",
    "THREADS",
    "TIMEOUT",
    "TZ",
    "URL",
    "VERBOSE",
    "WORKERS",
    "BACKTRACE",
    "RETRIES",
];
/// What is in the names of secrets.
const SECRET: [&str; 10] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "CREDENTIAL",
    "PRIVATE_KEY",
];

/// The text with what may be secret covered; paths in `fresh` are told to be about to change. `None` if it is
/// no TOML, of which nothing can be known.
pub fn covered(text: &str, fresh: &BTreeSet<Vec<String>>) -> Option<String> {
    let mut document = text.parse::<DocumentMut>().ok()?;
    cover(document.as_table_mut(), &mut Vec::new(), fresh);
    Some(document.to_string())
}

/// A table of a file as JSON, with null for what is covered; `None` if it is not there.
pub fn covered_table(text: &str, path: [&str; 2]) -> Option<Json> {
    let mut document = text.parse::<DocumentMut>().ok()?;
    cover(document.as_table_mut(), &mut Vec::new(), &BTreeSet::new());
    let mut table = json(document.get(path[0])?.get(path[1])?);
    uncover(&mut table);
    Some(table)
}

fn cover(table: &mut dyn TableLike, path: &mut Vec<String>, fresh: &BTreeSet<Vec<String>>) {
    for (key, item) in table.iter_mut() {
        path.push(key.get().to_owned());
        match item {
            Item::Value(value) => cover_value(value, path, fresh),
            Item::Table(table) => cover(table, path, fresh),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| cover(table, path, fresh)),
            Item::None => {}
        }
        path.pop();
    }
}

fn cover_value(value: &mut Value, path: &mut Vec<String>, fresh: &BTreeSet<Vec<String>>) {
    match value {
        Value::InlineTable(table) => cover(table, path, fresh),
        Value::Array(list) => list.iter_mut().for_each(|value| cover_value(value, path, fresh)),
        Value::String(text) if may_be_secret(path, text.value()) => {
            let decor = value.decor().clone();
            *value = Value::from(if fresh.contains(path) { NEW_COVER } else { COVER });
            *value.decor_mut() = decor;
        }
        _ => {}
    }
}

fn may_be_secret(path: &[String], value: &str) -> bool {
    let [.., table, name] = path else { return false };
    let name = name.to_ascii_uppercase();
    if SECRET.iter().any(|part| name.contains(part)) {
        return true;
    }
    if table != "env" {
        return false;
    }
    let ends_so = HARMLESS
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|it| it.is_empty() || it.ends_with('_')));
    // A password stands before the host of an address, or behind its question mark.
    !ends_so || value.contains(['@', '?'])
}

fn uncover(value: &mut Json) {
    match value {
        Json::String(text) if text == COVER => *value = Json::Null,
        Json::Array(list) => list.iter_mut().for_each(uncover),
        Json::Object(fields) => fields.values_mut().for_each(uncover),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = r#"# mine
[service.web]
command = "web"
env = { PORT = "3000", STRIPE_KEY = "sk_live_x", HOST = "::" } # hm

[service.db.env]
DATABASE_URL = "postgres://me:hush@db/shop" # where
PATH = "/usr/bin"

[http]
token = 'hush'
"#;

    #[test]
    fn what_may_be_secret_is_covered_and_all_else_stays() {
        let shown = covered(FILE, &BTreeSet::new()).unwrap();
        let expected = FILE
            .replace("\"sk_live_x\"", "\"•••\"")
            .replace("\"postgres://me:hush@db/shop\"", "\"•••\"")
            .replace("'hush'", "\"•••\"");
        assert_eq!(shown, expected);
        assert_eq!(covered("[", &BTreeSet::new()), None);
    }

    #[test]
    fn a_covered_value_that_changes_is_told_apart() {
        let path = ["service", "web", "env", "STRIPE_KEY"].map(str::to_owned).to_vec();
        let shown = covered(FILE, &BTreeSet::from([path])).unwrap();
        assert!(shown.contains("STRIPE_KEY = \"••• (new)\"") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn a_table_has_null_where_it_is_covered() {
        let env = json!({"PORT": "3000", "STRIPE_KEY": null, "HOST": "::"});
        assert_eq!(covered_table(FILE, ["service", "web"]), Some(json!({"command": "web", "env": env})));
        assert_eq!(covered_table(FILE, ["service", "no"]), None);
    }
}
