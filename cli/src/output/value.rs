//! Any reply, shown: a list of alike objects as a table, an object as keys and values.
//!
//! This is how an operation looks on the command line for which nobody wrote
//! anything by hand. Keys keep the order in which the daemon sent them.

use std::fmt;

use daemon_core::text::visible;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::style::{Paint, Style};
use super::table::{Cell, Column, Table};

/// JSON whose objects keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    /// A member of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.iter().find(|member| member.0 == key).map(|member| &member.1),
            _ => None,
        }
    }

    /// On one line, safe to show; empty for what is absent.
    pub(crate) fn inline(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
            Value::Number(number) => number.clone(),
            Value::Text(text) => visible(&text.lines().map(str::trim).collect::<Vec<_>>().join(" ")),
            Value::List(items) => {
                let separator = if items.iter().any(Value::is_nested) { "; " } else { ", " };
                items.iter().map(Value::inline).collect::<Vec<_>>().join(separator)
            }
            Value::Object(members) => {
                let pair = |(key, value): &(String, Value)| match value {
                    Value::Object(_) => format!("{}={{{}}}", visible(key), value.inline()),
                    _ => format!("{}={}", visible(key), value.inline()),
                };
                members.iter().map(pair).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// As lines for a person.
    pub(crate) fn render(&self, style: &Style) -> String {
        match self {
            Value::Object(members) if members.is_empty() => String::new(),
            Value::Object(members) => match &members[..] {
                [(_, Value::List(items))] if items.iter().all(Value::is_object) => table(items, style),
                _ => pairs(members, style),
            },
            Value::List(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
                table(items, style)
            }
            Value::List(items) => items.iter().map(|item| item.inline() + "\n").collect(),
            Value::Null => String::new(),
            single => single.inline() + "\n",
        }
    }

    fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }

    fn is_nested(&self) -> bool {
        matches!(self, Value::Object(_) | Value::List(_))
    }

    fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// Keys beside their values; lists of objects follow as tables of their own.
pub(crate) fn pairs(members: &[(String, Value)], style: &Style) -> String {
    let mut pairs = Table::new(vec![Column::text("", 2, 12), Column::text("", 1, 10)]);
    let mut tables = String::new();
    for (key, value) in members.iter().filter(|member| !member.1.is_empty()) {
        let label = label(key);
        match value {
            Value::List(items) if items.iter().all(Value::is_object) => {
                tables += &format!("\n{}\n{}", style.paint(Paint::Bold, &label), table(items, style));
            }
            _ => pairs.row(vec![Cell::painted(label, Paint::Dim), value.inline().into()]),
        }
    }
    // What a person asked to see in full is wrapped by the terminal, not cut.
    pairs.render(&Style { width: None, ..*style }) + &tables
}

fn table(items: &[Value], style: &Style) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in items
        .iter()
        .filter_map(|item| if let Value::Object(members) = item { Some(members) } else { None })
        .flatten()
    {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let last = keys.len().saturating_sub(1);
    let columns = keys.iter().enumerate().map(|(place, key)| {
        let numbers = items
            .iter()
            .filter_map(|item| item.get(key))
            .all(|value| matches!(value, Value::Number(_) | Value::Null));
        let importance = u8::MAX - u8::try_from(place).unwrap_or(u8::MAX);
        let title = label(key).to_uppercase();
        match numbers {
            true => Column::number(&title, importance),
            // What it says in words comes last; it is read whole or not at all.
            false if place == last && 0 < last => Column::remark(&title, usize::MAX),
            false => Column::text(&title, importance, 8),
        }
    });
    let mut table = Table::new(columns.collect());
    for item in items {
        table.row(
            keys.iter().map(|key| item.get(key).map(Value::inline).unwrap_or_default().into()).collect(),
        );
    }
    table.render(style)
}

fn label(key: &str) -> String {
    visible(key).replace('_', " ")
}

/// A size as one reads it: three digits and a unit.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["K", "M", "G", "T", "P"];
    #[allow(clippy::cast_precision_loss, reason = "it is rounded to three digits")]
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while 999.5 <= size && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(size < 9.95 && 0 < unit);
    format!("{size:.digits$}{}", UNITS[unit])
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(value.render(&Style::plain()), expected);
    }

    #[test]
    fn an_object_is_keys_and_values_in_the_order_they_came() {
        check(
            r#"{"version":"0.1.0","a_b":true,"gone":null,"list":[1,2],"map":{"x":1,"y":"z"}}"#,
            "version  0.1.0\na b      yes\nlist     1, 2\nmap      x=1 y=z\n",
        );
    }

    #[test]
    fn a_list_of_objects_is_a_table() {
        check(
            r#"{"tasks":[{"name":"sweep","restarts":0},{"name":"x","restarts":12,"last_error":"boo"}]}"#,
            "NAME   RESTARTS  LAST ERROR\nsweep         0\nx            12  boo\n",
        );
        check(r#"{"up":1,"tasks":[{"name":"sweep"}]}"#, "up  1\n\ntasks\nNAME\nsweep\n");
    }

    #[test]
    fn what_is_said_in_words_is_wrapped_below_its_row_and_not_cut() {
        let events = r#"{"events":[{"at":"07:00","run":1,"text":"failed: no such file as was named"}]}"#;
        let value: Value = serde_json::from_str(events).unwrap();
        assert_eq!(
            value.render(&Style { width: Some(24), ..Style::plain() }),
            "AT     RUN\n07:00    1\n    failed: no such file\n    as was named\n"
        );
    }

    #[test]
    fn what_is_empty_is_nothing_and_what_is_hostile_is_visible() {
        check(r#"{"ready":{"kind":{"tcp":{"port":1}},"n":2}}"#, "ready  kind={tcp={port=1}} n=2\n");
        check("{}", "");
        check("null", "");
        check("[]", "");
        check(r#"{"name":"\u001b[2Jx\n y\t"}"#, "name  \\u{1b}[2Jx y\n");
    }
}
