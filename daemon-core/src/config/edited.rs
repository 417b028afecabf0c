//! A table of a file changed key by key, so that all else in the file stays as a person wrote it.
//!
//! What is said already is not touched: its quotes, its order and the comments
//! beside it stay. A list keeps the lines of the words that it still has. A table
//! that loses its last key goes with it. Whether the result means anything is not
//! asked here.

use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

use crate::kernel::Fault;

/// One change of a table.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// The keys that lead to it, such as `["ready", "tcp"]`.
    pub path: Vec<String>,
    /// What to say there; nothing takes the key out.
    pub value: Option<Json>,
}

/// The keys of a dotted one, such as `env."A.B"`.
///
/// # Errors
/// `invalid` if TOML does not read it as a key.
pub fn key_path(dotted: &str) -> Result<Vec<String>, Fault> {
    let keys = Key::parse(dotted)
        .map_err(|_| Fault::invalid(format!("{} is no key", crate::text::brief(dotted))))?;
    Ok(keys.iter().map(|key| key.get().to_owned()).collect())
}

/// A file's text with `[kind.NAME]` changed; the table is made if it is not there.
///
/// # Errors
/// `invalid` if the text is no TOML, or a change goes below what is no table.
pub fn edited(written: &str, kind: &str, name: &str, changes: &[Change]) -> Result<String, Fault> {
    let mut document = written
        .parse::<DocumentMut>()
        .map_err(|error| Fault::invalid(format!("the file is no TOML: {}", error.message())))?;
    let tables = table_in(document.as_table_mut(), kind, true)?;
    let table = table_in(tables, name, false)?;
    for change in changes {
        match &change.value {
            Some(value) => set(table, &change.path, value)?,
            None => unset(table, &change.path),
        }
    }
    Ok(document.to_string())
}

fn set(table: &mut dyn TableLike, path: &[String], value: &Json) -> Result<(), Fault> {
    match path {
        [] => Ok(()),
        [key] => match table.get_mut(key).filter(|item| !item.is_none()) {
            Some(item) => overwrite(item, value),
            None => {
                table.insert(key, new_item(value)?);
                Ok(())
            }
        },
        [key, below @ ..] => set(table_in(table, key, false)?, below, value),
    }
}

fn unset(table: &mut dyn TableLike, path: &[String]) {
    let Some((key, below)) = path.split_first() else { return };
    if below.is_empty() {
        table.remove(key);
        return;
    }
    let Some(inner) = table.get_mut(key).and_then(Item::as_table_like_mut) else { return };
    unset(inner, below);
    if inner.is_empty() {
        table.remove(key);
    }
}

/// The table under a key; a new one is written with a header of its own, unless it is only on the way to others.
fn table_in<'t>(
    within: &'t mut dyn TableLike,
    key: &str,
    implicit: bool,
) -> Result<&'t mut dyn TableLike, Fault> {
    if within.get(key).is_none_or(Item::is_none) {
        let mut table = Table::new();
        table.set_implicit(implicit);
        within.insert(key, Item::Table(table));
    }
    let item = within.get_mut(key).and_then(Item::as_table_like_mut);
    item.ok_or_else(|| Fault::invalid(format!("{} is no table here", crate::text::brief(key))))
}

/// Says something else, in the style of what was said.
fn overwrite(item: &mut Item, wanted: &Json) -> Result<(), Fault> {
    if &json(item) == wanted {
        return Ok(());
    }
    if let (Some(table), Json::Object(fields)) = (item.as_table_like_mut(), wanted) {
        let gone: Vec<String> =
            table.iter().map(|(key, _)| key.to_owned()).filter(|key| !fields.contains_key(key)).collect();
        for key in gone {
            table.remove(&key);
        }
        return fields.iter().try_for_each(|(key, value)| set(table, std::slice::from_ref(key), value));
    }
    match (item.as_value_mut(), wanted) {
        (Some(Value::Array(list)), Json::Array(wanted)) => fill(list, wanted),
        (Some(old), wanted) => replace(old, wanted),
        (None, wanted) => {
            *item = new_item(wanted)?;
            Ok(())
        }
    }
}

/// The comment beside a value stays beside it.
fn replace(old: &mut Value, wanted: &Json) -> Result<(), Fault> {
    let decor = old.decor().clone();
    *old = new_value(wanted)?;
    *old.decor_mut() = decor;
    Ok(())
}

fn fill(list: &mut Array, wanted: &[Json]) -> Result<(), Fault> {
    while wanted.len() < list.len() {
        list.remove(list.len() - 1);
    }
    // Where each stands on a line of its own, a new one does so, too.
    let line = list.iter().last().and_then(|last| {
        let prefix = last.decor().prefix()?.as_str()?;
        prefix.rfind('\n').map(|end| prefix[end..].to_owned())
    });
    for (index, value) in wanted.iter().enumerate() {
        match list.get_mut(index) {
            Some(old) if &of_value(old) == value => {}
            Some(old) => replace(old, value)?,
            None => match &line {
                Some(line) => list.push_formatted(new_value(value)?.decorated(line.as_str(), "")),
                None => list.push(new_value(value)?),
            },
        }
    }
    Ok(())
}

fn new_item(value: &Json) -> Result<Item, Fault> {
    let Json::Object(fields) = value else { return Ok(Item::Value(new_value(value)?)) };
    let mut table = Table::new();
    for (key, value) in fields {
        table.insert(key, new_item(value)?);
    }
    Ok(Item::Table(table))
}

fn new_value(value: &Json) -> Result<Value, Fault> {
    Ok(match value {
        Json::Null => return Err(Fault::invalid("TOML has no null; take the key out instead")),
        Json::Bool(is) => (*is).into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(list) => Value::Array(list.iter().map(new_value).collect::<Result<_, _>>()?),
        Json::Object(fields) => {
            let mut table = InlineTable::new();
            for (key, value) in fields {
                table.insert(key, new_value(value)?);
            }
            Value::InlineTable(table)
        }
    })
}

/// What an item says, as JSON; a date is its text.
pub(super) fn json(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| of_table(table)).collect(),
    }
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(is) => (*is.value()).into(),
        Value::Datetime(moment) => moment.value().to_string().into(),
        Value::Array(list) => list.iter().map(of_value).collect(),
        Value::InlineTable(table) => of_table(table),
    }
}

fn of_table(table: &dyn TableLike) -> Json {
    Json::Object(table.iter().map(|(key, item)| (key.to_owned(), json(item))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(path: &str, value: Json) -> Change {
        Change { path: key_path(path).unwrap(), value: Some(value).filter(|it| !it.is_null()) }
    }

    fn check(written: &str, changes: &[(&str, Json)], expected: &str) {
        let changes: Vec<Change> = changes.iter().map(|(path, value)| change(path, value.clone())).collect();
        assert_eq!(edited(written, "service", "web", &changes).unwrap(), expected);
    }

    const FILE: &str = r#"# ours
[service.web] # the shop
command = ['npm', "run", "dev"] # vite
restart = "always"   # it leaks

# for the tests
env = { PORT = "3000", MODE = "dev" }

[service.web.ready]
tcp = 3000

[service.db] # not mine
command = "postgres"
"#;

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        check(FILE, &[], FILE);
        let same = [("restart", json!("always")), ("command", json!(["npm", "run", "dev"]))];
        check(FILE, &same, FILE);
    }

    #[test]
    fn a_value_changes_in_its_place_and_keeps_its_comment() {
        check(FILE, &[("restart", json!("never"))], &FILE.replace("\"always\" ", "\"never\" "));
        check(FILE, &[("env.PORT", json!("4000"))], &FILE.replace("\"3000\"", "\"4000\""));
        check(FILE, &[("ready.tcp", json!(4000))], &FILE.replace("tcp = 3000", "tcp = 4000"));
        let longer = [("command", json!(["npm", "run", "dev", "--", "--host"]))];
        check(FILE, &longer, &FILE.replace("\"dev\"] #", "\"dev\", \"--\", \"--host\"] #"));
    }

    #[test]
    fn a_list_on_lines_of_its_own_keeps_them() {
        let file = "[service.web]\ncommand = [\n  \"npm\", # the old one\n  \"start\",\n]\n";
        check(file, &[("command", json!(["npm", "run", "dev"]))], {
            "[service.web]\ncommand = [\n  \"npm\", # the old one\n  \"run\",\n  \"dev\",\n]\n"
        });
    }

    #[test]
    fn a_new_key_stands_in_its_table_and_a_new_table_behind_it() {
        let file = "[service.web]\ncommand = \"x\"\n\n[service.db]\ncommand = \"y\"\n";
        let changes = [("autostart", json!(false)), ("ready.http", json!("http://127.0.0.1:1/")), {
            ("ready.timeout", json!("5s"))
        }];
        check(
            file,
            &changes,
            "[service.web]\ncommand = \"x\"\nautostart = false\n\n[service.web.ready]\nhttp = \"http://127.0.0.1:1/\"\n\
             timeout = \"5s\"\n\n[service.db]\ncommand = \"y\"\n",
        );
    }

    #[test]
    fn a_table_goes_with_its_last_key() {
        check(FILE, &[("ready.tcp", json!(null))], &FILE.replace("[service.web.ready]\ntcp = 3000\n\n", ""));
        let both = [("env.PORT", json!(null)), ("env.MODE", json!(null)), ("nothing.here", json!(null))];
        assert!(
            !edited(FILE, "service", "web", &both.map(|(path, value)| change(path, value)))
                .unwrap()
                .contains("env")
        );
    }

    #[test]
    fn a_table_that_is_not_there_is_made() {
        let text = edited("", "service", "shop/web", &[change("command", json!(["a b", "c"]))]).unwrap();
        assert_eq!(text, "[service.\"shop/web\"]\ncommand = [\"a b\", \"c\"]\n");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (path, value, what) in
            [("restart.x", json!(1), "no table"), ("env", json!({"A": null}), "no null")]
        {
            let fault = edited(FILE, "service", "web", &[change(path, value)]).unwrap_err();
            assert!(fault.message.contains(what), "{fault}");
        }
        assert!(edited("[", "service", "web", &[]).unwrap_err().message.contains("no TOML"));
        assert!(key_path("a..b").is_err() && key_path("").is_err());
        assert_eq!(key_path("env.\"A.B\"").unwrap(), ["env", "A.B"]);
    }
}
