//! Environment variables as a configuration or a request writes them.
//!
//! TOML refuses a duplicate key by itself; JSON readers silently take the last.
//! Here both refuse, because two values for one name is always a mistake. So is
//! a name or value that the kernel could not pass on.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Names and values, free of duplicates, of NUL characters, and of `=` in names.
#[derive(Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Vars(BTreeMap<String, String>);

impl Vars {
    /// No variables.
    pub const fn new() -> Vars {
        Vars(BTreeMap::new())
    }

    /// The variables by name.
    pub fn get(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// These on top of `below`: where both have a name, this value holds.
    pub fn over(mut self, below: &Vars) -> Vars {
        for (name, value) in &below.0 {
            if !self.0.contains_key(name) {
                self.0.insert(name.clone(), value.clone());
            }
        }
        self
    }
}

impl From<BTreeMap<String, String>> for Vars {
    /// Of names and values that were checked.
    fn from(checked: BTreeMap<String, String>) -> Vars {
        Vars(checked)
    }
}

impl fmt::Debug for Vars {
    /// Only the names: a value may be a secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// Checks that a name can stand before the `=` in an environment.
pub fn check_variable(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("an environment variable needs a name".to_owned());
    }
    if name.contains(['=', '\0']) {
        let shown = crate::text::brief(name);
        return Err(format!("the environment variable name \"{shown}\" contains \"=\" or a NUL character"));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Vars {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Vars, D::Error> {
        input.deserialize_any(MapReader)
    }
}

struct MapReader;

impl<'de> de::Visitor<'de> for MapReader {
    type Value = Vars;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("environment variables like { PORT = \"8000\" }")
    }

    /// As in `env = "TOKEN=..."`. What is there may be a secret, and is not repeated.
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Vars, E> {
        Err(E::custom("environment variables are written like this: env = { PORT = \"8000\" }"))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Vars, A::Error> {
        let mut vars = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            check_variable(&name).map_err(de::Error::custom)?;
            if vars.contains_key(&name) {
                let shown = crate::text::brief(&name);
                return Err(de::Error::custom(format!(
                    "the environment variable \"{shown}\" is there twice"
                )));
            }
            let value = map.next_value_seed(ValueReader(&name))?;
            vars.insert(name, value);
        }
        Ok(Vars(vars))
    }
}

struct ValueReader<'a>(&'a str);

impl ValueReader<'_> {
    /// The value itself is not repeated: it may be a secret.
    fn no_text<E: de::Error>(&self) -> E {
        let name = crate::text::brief(self.0);
        E::custom(format!(
            "the value of the environment variable {name} must be a string: {name} = \"...\", in quotes"
        ))
    }
}

impl<'de> de::DeserializeSeed<'de> for ValueReader<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<String, D::Error> {
        input.deserialize_any(self)
    }
}

impl de::Visitor<'_> for ValueReader<'_> {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a string as the value of {}", crate::text::brief(self.0))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<String, E> {
        if value.contains('\0') {
            let name = crate::text::brief(self.0);
            return Err(E::custom(format!(
                "the value of the environment variable {name} contains a NUL character"
            )));
        }
        Ok(value.to_owned())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<String, E> {
        Err(self.no_text())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<String, E> {
        Err(self.no_text())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<String, E> {
        Err(self.no_text())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<String, E> {
        Err(self.no_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, refusal: &str) {
        let error = serde_json::from_str::<Vars>(json).unwrap_err().to_string();
        assert!(error.contains(refusal), "{error}");
    }

    #[test]
    fn two_values_for_one_name_are_refused() {
        check(r#"{"A":"1","B":"2","A":"3"}"#, "\"A\" is there twice");
    }

    #[test]
    fn what_no_environment_can_hold_is_refused() {
        check(r#"{"":"1"}"#, "needs a name");
        check(r#"{"A=B":"1"}"#, "contains \"=\"");
        check(r#"{"A\u0000":"1"}"#, r"A\u{0}");
        check(r#"{"A":"1\u0000"}"#, "value of the environment variable A contains a NUL");
    }

    #[test]
    fn a_number_is_told_to_be_a_string() {
        check(r#"{"PORT":8000}"#, "PORT = \"...\", in quotes");
        check(r#"{"DEBUG":true}"#, "DEBUG = \"...\", in quotes");
        check(r#"{"LIST":[]}"#, "a string as the value of LIST");
    }

    #[test]
    fn no_value_is_repeated() {
        for json in [r#""TOKEN=4711""#, r#"{"TOKEN":4711}"#, r#"{"TOKEN":["4711"]}"#, r#"{"TOKEN":47.11}"#] {
            let error = serde_json::from_str::<Vars>(json).unwrap_err().to_string();
            assert!(!error.contains("47"), "{error}");
        }
    }

    #[test]
    fn the_upper_value_holds() {
        let read = |json| serde_json::from_str::<Vars>(json).unwrap();
        let merged = read(r#"{"A":"1"}"#).over(&read(r#"{"A":"0","B":"0"}"#));
        assert_eq!(merged, read(r#"{"A":"1","B":"0"}"#));
    }
}
