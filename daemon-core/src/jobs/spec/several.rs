//! A value, or a list of such: `cron = "0 2 * * *"` and `cron = ["0 2 * * *", "@weekly"]`.
//!
//! An untagged enum would read the same and forget why a value was refused.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values of which one alone is written without a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Several<T>(pub Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Several(Vec::new())
    }
}

impl<T: Serialize> Serialize for Several<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(out),
            list => list.serialize(out),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Several<T>, D::Error> {
        input.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

/// Whatever is no list is for the type of one to read, or to refuse in its own words.
impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Reader<T> {
    type Value = Several<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value, or a list of such")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Several<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Several)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, table: A) -> Result<Several<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(table)).map(|one| Several(vec![one]))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Several<T>, E> {
        T::deserialize(text.into_deserializer()).map(|one| Several(vec![one]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Several<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| Several(vec![one]))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Several<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| Several(vec![one]))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Several<T>, E> {
        T::deserialize(value.into_deserializer()).map(|one| Several(vec![one]))
    }
}

impl<T: JsonSchema> JsonSchema for Several<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("SeveralOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, list) = (generator.subschema_for::<T>(), generator.subschema_for::<Vec<T>>());
        json_schema!({ "anyOf": [one, list] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::schedule::Every;

    #[derive(Debug, Deserialize, Serialize)]
    struct Table {
        every: Several<Every>,
    }

    #[test]
    fn one_is_a_list_of_one_and_is_written_as_it_was() {
        for (text, count) in
            [("every = \"15m\"\n", 1), ("every = [\"15m\", \"1h\"]\n", 2), ("every = []\n", 0)]
        {
            let table: Table = toml::from_str(text).unwrap();
            assert_eq!(table.every.0.len(), count);
            assert_eq!(toml::to_string(&table).unwrap(), text);
        }
    }

    #[test]
    fn what_is_refused_is_refused_in_its_own_words_at_its_line() {
        for (text, line, part) in [
            ("every = \"0s\"", "line 1", "too often"),
            ("\nevery = [\"15m\",\n\"0s\"]", "line 3", "too often"),
            ("every = 15", "line 1", "expected a duration with its unit"),
            ("every = {}", "line 1", "expected a duration with its unit"),
            ("every = [[]]", "line 1", "expected a duration with its unit"),
        ] {
            let error = toml::from_str::<Table>(text).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(part), "{text}: {error}");
        }
    }
}
