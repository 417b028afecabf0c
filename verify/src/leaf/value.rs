//! What a leaf's body is made of: JSON without numbers and without `null`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A value in a leaf's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A text; also a number, in decimal digits.
    Text(String),
    /// Several.
    List(Vec<Value>),
    /// Several with names.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// What `json` is in a leaf: numbers become text, what is `null` is left out of an object (and
    /// is an empty text in a list), and what is not ASCII in a key is escaped.
    pub fn of(json: serde_json::Value) -> Option<Value> {
        Some(match json {
            serde_json::Value::Null => return None,
            serde_json::Value::Bool(flag) => Value::Flag(flag),
            serde_json::Value::Number(number) => Value::Text(number.to_string()),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(list) => {
                Value::List(list.into_iter().map(|json| Value::of(json).unwrap_or_default()).collect())
            }
            serde_json::Value::Object(map) => Value::Map(Value::map(map)),
        })
    }

    /// The same for an object.
    pub fn map(json: serde_json::Map<String, serde_json::Value>) -> BTreeMap<String, Value> {
        json.into_iter().filter_map(|(key, json)| Some((ascii(key), Value::of(json)?))).collect()
    }

    pub(super) fn has_ascii_keys(&self) -> bool {
        match self {
            Value::Flag(_) | Value::Text(_) => true,
            Value::List(list) => list.iter().all(Value::has_ascii_keys),
            Value::Map(map) => map.iter().all(|(key, value)| key.is_ascii() && value.has_ascii_keys()),
        }
    }
}

fn ascii(key: String) -> String {
    if key.is_ascii() {
        return key;
    }
    let escaped = |it: char| if it.is_ascii() { it.to_string() } else { it.escape_unicode().to_string() };
    key.chars().map(escaped).collect()
}

impl Default for Value {
    fn default() -> Value {
        Value::Text(String::new())
    }
}

impl<T: Into<String>> From<T> for Value {
    fn from(text: T) -> Value {
        Value::Text(text.into())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, true, false, a list or an object (an integer is a string)")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_json_has_its_place_in_a_leaf() {
        let json =
            json!({"n": 7, "big": u64::MAX, "f": 1.5, "none": null, "list": [null, -1], "ü": {"é": true}});
        let value = Value::of(json).unwrap();
        let expected =
            r#"{"\\u{fc}":{"\\u{e9}":true},"big":"18446744073709551615","f":"1.5","list":["","-1"],"n":"7"}"#;
        assert_eq!(serde_json::to_string(&value).unwrap(), expected);
        assert!(value.has_ascii_keys());
    }
}
