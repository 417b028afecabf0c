//! The configuration of all services: `[service.NAME]` and `[defaults.service]`.
//!
//! In the file of a project both are its own: the home's defaults are not laid
//! under what was approved as it is, and a name in `after` and `requires` is that
//! of a sibling. Only what no sibling is called is looked for outside, by its full
//! name: a service of the home's own, or `other/db` of another project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::graph::Graph;
use super::spec::{self, ServiceConf, Spec, Written};
use crate::config::{self, Loaded, Named, Size};
use crate::runs::conf::{Kept, Surroundings, absent};

/// All services as they are configured.
pub struct Section {
    pub(super) specs: BTreeMap<String, Arc<Spec>>,
    pub(super) graph: Graph,
    /// All logs together have at most so many bytes.
    pub(super) logs_max_total: u64,
}

/// `[defaults]`: what is laid under other tables.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Defaults {
    /// Laid under every service.
    service: ServiceConf,
}

/// `[logs]`: the logs of all services together.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Logs {
    /// Their files take at most this much room, 1M to 16T; beyond it the oldest rotated files of all services go first. Default: "1G"
    max_total: Size,
}

impl Default for Logs {
    fn default() -> Self {
        Logs { max_total: Size::mebibytes(1024) }
    }
}

impl Logs {
    fn read(loaded: &Loaded<'_>) -> Result<Logs, Vec<config::Problem>> {
        let logs: Logs = loaded.section("logs")?;
        let (least, most) = (Size::mebibytes(1), Size::mebibytes(16 << 20));
        if (least..=most).contains(&logs.max_total) {
            return Ok(logs);
        }
        let message = format!("must be {least} to {most}, not {}", logs.max_total);
        Err(vec![loaded.problem(&["logs", "max_total"], message, None)])
    }
}

impl config::Section for Section {
    const NAMES: &'static [&'static str] = &["service", "defaults", "logs"];

    fn read(loaded: &Loaded<'_>) -> Result<Section, Vec<config::Problem>> {
        let mut problems = Vec::new();
        let logs = noted(&mut problems, Logs::read(loaded));
        let defaults = noted(&mut problems, loaded.section::<Defaults>("defaults"));
        let projects = noted(&mut problems, projects(loaded));
        let mut services = Vec::new();
        for service in loaded.each_named::<ServiceConf>("service") {
            services.extend(noted(&mut problems, service));
        }
        // What depends on one that cannot be read is not wrong for that.
        let unread = if problems.is_empty() { BTreeSet::new() } else { unread(loaded, &services) };
        let mut written = projects.unwrap_or_default().written(services);
        written.extend(unread.iter().map(|name| Written::unread(name)));
        written.sort_by(|a, b| a.name.cmp(&b.name));
        let checked = spec::check(written, &defaults.unwrap_or_default().service, &Surroundings::here());
        let specs = match (checked, logs) {
            (Ok(specs), Some(logs)) if problems.is_empty() => (specs, logs),
            (checked, _) => {
                let findings = checked.err().unwrap_or_default().into_iter();
                let of_others = findings.filter(|finding| !unread.contains(&finding.of));
                problems.extend(of_others.map(|finding| loaded.place("service", finding)));
                return Err(problems);
            }
        };
        let (specs, logs) = specs;
        let edges = specs.values().map(|spec| (spec.name.as_str(), &spec.after[..], &spec.requires[..]));
        let graph = Graph::new(edges).expect("a checked configuration has no cycles");
        Ok(Section { specs, graph, logs_max_total: logs.max_total.get() })
    }

    fn doubts(&self, loaded: &Loaded<'_>) -> Vec<config::Problem> {
        let of = |spec: &Arc<Spec>| {
            let env_file = spec.env_file.as_deref().filter(|_| spec.env_text.is_none());
            absent(&spec.name, &spec.working_dir, env_file)
        };
        self.specs.values().flat_map(of).map(|finding| loaded.place("service", finding)).collect()
    }

    fn schemas() -> Vec<Schema> {
        let mut services = schemars::schema_for!(BTreeMap<String, ServiceConf>);
        services.insert("description".to_owned(), "`[service.NAME]`: what the daemon keeps running.".into());
        vec![services, schemars::schema_for!(Defaults), schemars::schema_for!(Logs)]
    }
}

fn noted<T>(problems: &mut Vec<config::Problem>, read: Result<T, Vec<config::Problem>>) -> Option<T> {
    read.map_err(|mut more| problems.append(&mut more)).ok()
}

/// The names of those that are written down and are not among these.
fn unread(loaded: &Loaded<'_>, services: &[Named<ServiceConf>]) -> BTreeSet<String> {
    let read: BTreeSet<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let names = loaded.each_named::<IgnoredAny>("service").flatten().map(|service| service.name);
    names.filter(|name| !read.contains(name.as_str())).collect()
}

/// What the projects lay under their services.
#[derive(Default)]
struct Projects(BTreeMap<String, (ServiceConf, Kept)>);

fn projects(loaded: &Loaded<'_>) -> Result<Projects, Vec<config::Problem>> {
    let (mut projects, mut problems) = (BTreeMap::new(), Vec::new());
    for project in loaded.projects() {
        match loaded.section_of::<Defaults>(&project.name, "defaults") {
            Ok(Defaults { service }) if service.command.is_some() => problems.push(loaded.problem_of(
                &project.name,
                &["defaults", "service", "command"],
                "the defaults cannot have a command".to_owned(),
                Some("give each service its own".to_owned()),
            )),
            Ok(Defaults { service }) => {
                projects.insert(project.name.clone(), (service, Kept::with(project)));
            }
            Err(mut more) => problems.append(&mut more),
        }
    }
    if problems.is_empty() { Ok(Projects(projects)) } else { Err(problems) }
}

impl Projects {
    fn written(&self, services: Vec<Named<ServiceConf>>) -> Vec<Written> {
        let names: BTreeSet<String> = services.iter().map(|service| service.name.clone()).collect();
        let written = services.into_iter().map(|Named { name, value: conf, dir, project, .. }| {
            let Some((project, (defaults, kept))) = project.and_then(|name| self.0.get_key_value(&name))
            else {
                return Written { name, conf, dir, kept: None };
            };
            let sibling = |other: String| match format!("{project}/{other}") {
                full if names.contains(&full) => full,
                _ => other,
            };
            let siblings = |others: Vec<String>| others.into_iter().map(sibling).collect();
            let mut conf = conf.over(defaults);
            conf.after = conf.after.map(siblings);
            conf.requires = conf.requires.map(siblings);
            Written { name, conf, dir, kept: Some(kept.clone()) }
        });
        written.collect()
    }
}
