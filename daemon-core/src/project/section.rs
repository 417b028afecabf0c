//! `[project]`, which stands in a project's own file and nowhere else.

use schemars::{JsonSchema, Schema};
use serde::Deserialize;

use crate::config::{self, Approved, LeftOut, Loaded, Problem};

/// The projects, as they are in force.
pub struct Section {
    pub(super) in_force: Vec<Approved>,
    pub(super) left_out: Vec<LeftOut>,
}

/// `[project]`: what a project's file says of the project. Only in the `hob.toml` of its directory.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Conf {
    /// What it is called, which stands before the names of its services: `shop/web`. Default: the
    /// name of its directory.
    name: Option<String>,
}

impl config::Section for Section {
    const NAMES: &'static [&'static str] = &["project"];

    fn read(loaded: &Loaded<'_>) -> Result<Section, Vec<Problem>> {
        loaded.only_in_projects("project")?;
        let mut in_force = Vec::new();
        for project in loaded.projects() {
            loaded.section_of::<Conf>(&project.name, "project")?;
            in_force.push(project.clone());
        }
        Ok(Section { in_force, left_out: loaded.left_out().to_vec() })
    }

    fn schemas() -> Vec<Schema> {
        vec![schemars::schema_for!(Conf)]
    }
}

/// What a file says that its project is called, before anybody has looked at the rest of it; what is
/// wrong with the file is told by whoever reads it whole.
pub(super) fn name_in(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    table.get("project")?.get("name")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_there_is_one() {
        for (text, name) in [
            ("[project]\nname = \"shop\"", Some("shop")),
            ("project = { name = \"a\" }", Some("a")),
            ("[project]\n", None),
            ("[project]\nname = 7", None),
            ("[service.web]\ncommand = \"x\"", None),
            ("[project", None),
        ] {
            assert_eq!(name_in(text).as_deref(), name, "{text}");
        }
    }
}
