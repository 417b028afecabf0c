//! Settings from the environment, which are laid over what the files say.
//!
//! They count as if they had been written behind the end of a file, one offset
//! each, so that an error at such an offset leads back to its variable.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;
use super::source::{Origin, Value};

const PREFIX: &str = "HOB__";

/// Settings from the environment.
#[derive(Default)]
pub(super) struct Overlay(pub(super) Vec<Variable>);

pub(super) struct Variable {
    name: String,
    path: Vec<String>,
    value: String,
}

impl Variable {
    pub(super) fn problem(&self, message: &str) -> Problem {
        let origin = Origin::Variable { variable: self.name.clone() };
        Problem { origin, key: self.path.join("."), message: message.to_owned(), hint: None }
    }
}

impl Overlay {
    pub(super) fn from_env() -> Overlay {
        let mut variables: Vec<Variable> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter_map(|(name, value)| {
                let path = name.strip_prefix(PREFIX)?.split("__").map(str::to_lowercase).collect();
                Some(Variable { name, path, value })
            })
            .collect();
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        Overlay(variables)
    }

    pub(super) fn has(&self, section: &str) -> bool {
        self.0.iter().any(|variable| variable.path[0] == section)
    }

    pub(super) fn covers(&self, key: &str) -> bool {
        self.0.iter().any(|variable| variable.path.join(".") == key)
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = (&str, Problem)> {
        self.0.iter().map(|variable| (variable.path[0].as_str(), variable.problem("")))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.0.iter().map(|variable| Value {
            key: variable.path.join("."),
            value: variable.value.clone(),
            origin: Origin::Variable { variable: variable.name.clone() },
        })
    }

    pub(super) fn lay_over<'t>(&'t self, section: &str, value: &mut Spanned<DeValue<'t>>, end: usize) {
        for (index, variable) in self.0.iter().enumerate().filter(|(_, variable)| variable.path[0] == section)
        {
            let span = end + 1 + index..end + 1 + index;
            let mut place = &mut *value;
            for key in &variable.path[1..] {
                if place.get_ref().as_table().is_none() {
                    *place.get_mut() = DeValue::Table(DeTable::new());
                }
                let DeValue::Table(table) = place.get_mut() else {
                    unreachable!("it was made a table just now")
                };
                let key = Spanned::new(span.clone(), key.as_str().into());
                place =
                    table.entry(key).or_insert_with(|| Spanned::new(span.clone(), DeValue::Boolean(false)));
            }
            *place = Spanned::new(span, parsed(&variable.value));
        }
    }
}

/// A variable's value as TOML if it is some, else as the string that it is.
fn parsed(value: &str) -> DeValue<'_> {
    match DeValue::parse(value) {
        Ok(parsed) => parsed.into_inner(),
        Err(_) => DeValue::String(value.into()),
    }
}
