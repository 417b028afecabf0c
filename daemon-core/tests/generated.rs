//! What is derived from the declarations and kept in `docs/`, so that people and other programs can read it.
//!
//! Each test fails when its file is stale; `make gen` (that is, `HOB_GEN=1`)
//! writes it anew. The output is the same on every machine: by name, sorted keys.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fmt::Write as _;
use std::path::Path;

use daemon_core::daemon::{catalog, sections};
use daemon_core::kernel::Meta;
use serde_json::{Map, Value, json};

fn check_fresh(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    if std::env::var_os("HOB_GEN").is_some() {
        fs_err::write(&path, text).unwrap();
    }
    let written = fs_err::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/{file} is stale: run `make gen`");
}

#[test]
fn the_reference_of_operations_is_fresh() {
    check_fresh("ops.md", &reference());
}

#[test]
fn the_schemas_of_operations_are_fresh() {
    let mut schemas = Map::new();
    for meta in catalog() {
        let described = json!({
            "doc": meta.about(),
            "access": meta.access,
            "effect": meta.effect,
            "feed": meta.is_feed(),
            "deadline_ms": meta.deadline.map(|deadline| u64::try_from(deadline.as_millis()).unwrap()),
            "params": (meta.params)(),
            "reply": (meta.reply)(),
        });
        schemas.insert(meta.name.to_owned(), described);
    }
    check_fresh("ops.schema.json", &pretty(&Value::Object(schemas)));
}

#[test]
fn the_schema_of_the_configuration_is_fresh() {
    let schema = daemon_core::config::schema(&sections());
    for (section, schema) in schema["properties"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "[{section}] is not described");
    }
    check_fresh("config.schema.json", &pretty(&schema));
}

#[test]
fn the_reference_is_the_same_each_time() {
    assert_eq!(reference(), reference());
    assert_eq!(
        sorted(&json!({"b": [{"d": 1, "c": 2}], "a": 3})).to_string(),
        r#"{"a":3,"b":[{"c":2,"d":1}]}"#
    );
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).unwrap() + "\n"
}

/// With sorted keys, whatever features somebody turns on in serde_json.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort();
            keys.into_iter().map(|key| (key.clone(), sorted(&object[key]))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

fn reference() -> String {
    let mut operations = catalog();
    operations.sort_by_key(|meta| meta.name);
    let mut page = String::from(
        "<!-- Generated from the declarations by `make gen`. Do not edit. -->\n\n# Operations\n\n\
         What a daemon can be asked: by `hob NOUN VERB`, or as the `method` of a JSON-RPC request \
         on its socket. Every field is given by name, and one that is not known is refused.\n\n",
    );
    for meta in &operations {
        let summary = meta.about().lines().next().unwrap_or_default().to_owned();
        writeln!(page, "- [`{}`](#{}): {summary}", meta.name, meta.name.replace('.', "")).unwrap();
    }
    operations.iter().for_each(|meta| operation(&mut page, meta));
    page
}

fn operation(page: &mut String, meta: &Meta) {
    let name = |value: Value| value.as_str().unwrap().to_owned();
    let (access, effect) = (name(json!(meta.access)), name(json!(meta.effect)));
    write!(page, "\n## {}\n\n{}\n\n", meta.name, meta.about()).unwrap();
    write!(page, "Access: {access}. Effect: {effect}. ").unwrap();
    match meta.deadline {
        Some(deadline) => writeln!(page, "Deadline: {} s.", deadline.as_secs()).unwrap(),
        None => writeln!(page, "A feed: it gives items until either side ends it.").unwrap(),
    }
    let (params, reply) = ((meta.params)().to_value(), (meta.reply)().to_value());
    if params["properties"].as_object().is_some_and(|fields| !fields.is_empty()) {
        page.push_str("\n| Parameter | Type | | What |\n|---|---|---|---|\n");
        fields(page, &params, true);
    } else {
        page.push_str("\nIt takes no parameters.\n");
    }
    let of_what = if meta.is_feed() { "Item" } else { "Reply" };
    let title = reply["title"].as_str().unwrap_or_default();
    let about = cell(reply["description"].as_str().unwrap_or_default());
    write!(page, "\n{of_what} `{title}`: {about}\n\n").unwrap();
    if reply["properties"].is_object() {
        page.push_str("| Field | Type | What |\n|---|---|---|\n");
        fields(page, &reply, false);
    } else {
        writeln!(page, "{}", kind(&reply)).unwrap();
    }
}

/// A row for each field, those that must be there first.
fn fields(page: &mut String, schema: &Value, with_need: bool) {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut rows: Vec<(&String, &Value)> = schema["properties"].as_object().unwrap().iter().collect();
    rows.sort_by_key(|(name, _)| (!required.contains(&name.as_str()), *name));
    for (name, field) in rows {
        let about = cell(field["description"].as_str().unwrap_or_default());
        let need = match (with_need, required.contains(&name.as_str())) {
            (false, _) => String::new(),
            (true, true) => " required |".to_owned(),
            (true, false) => match &field["default"] {
                Value::Null => " |".to_owned(),
                default => format!(" `{}` |", cell(&default.to_string())),
            },
        };
        writeln!(page, "| `{name}` | {} |{need} {about} |", kind(field)).unwrap();
    }
}

/// A type in a few words.
fn kind(schema: &Value) -> String {
    let all = |schemas: &Vec<Value>| {
        let kinds: Vec<String> = schemas.iter().filter(|it| it["type"] != "null").map(kind).collect();
        kinds.join(" or ")
    };
    if let Some(reference) = schema["$ref"].as_str() {
        return format!("`{}`", reference.rsplit('/').next().unwrap());
    }
    if let Some(one) = schema.get("const") {
        return format!("`{}`", cell(&one.to_string()));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> =
            values.iter().filter(|it| !it.is_null()).map(|it| format!("`{it}`")).collect();
        return values.join(" or ");
    }
    if let Some(either) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return all(either);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect()
        }
        _ => return "any".to_owned(),
    };
    match types[..] {
        ["array"] => format!("list of {}", kind(&schema["items"])),
        ["object"] if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(&schema["additionalProperties"]))
        }
        _ => types.join(" or "),
    }
}

/// Text that fits into a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
