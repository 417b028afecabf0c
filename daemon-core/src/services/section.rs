//! The configuration of all services: `[service.NAME]` and `[defaults.service]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use schemars::{JsonSchema, Schema};
use serde::Deserialize;

use super::graph::Graph;
use super::spec::{self, ServiceConf, Spec, Surroundings, Written};
use crate::config::{self, Loaded, Named, Size};

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
        let message = format!("logs.max_total must be {least} to {most}, not {}", logs.max_total);
        Err(vec![loaded.problem(&["logs", "max_total"], message, None)])
    }
}

impl config::Section for Section {
    const NAMES: &'static [&'static str] = &["service", "defaults", "logs"];

    fn read(loaded: &Loaded<'_>) -> Result<Section, Vec<config::Problem>> {
        let (services, defaults) =
            match (loaded.named::<ServiceConf>("service"), loaded.section::<Defaults>("defaults")) {
                (Ok(services), Ok(defaults)) => (services, defaults.service),
                (services, defaults) => {
                    return Err([services.err(), defaults.err()].into_iter().flatten().flatten().collect());
                }
            };
        let logs = Logs::read(loaded)?;
        let written =
            services.into_iter().map(|Named { name, value, dir, .. }| Written { name, conf: value, dir });
        let surroundings = Surroundings {
            home_dir: std::env::var_os("HOME").map(PathBuf::from).unwrap_or_else(|| PathBuf::from("/")),
            is_root: rustix::process::geteuid().is_root(),
        };
        let specs = spec::check(written.collect(), &defaults, &surroundings).map_err(|problems| {
            problems.into_iter().map(|problem| placed(loaded, problem)).collect::<Vec<_>>()
        })?;
        let edges = specs.values().map(|spec| (spec.name.as_str(), &spec.after[..], &spec.requires[..]));
        let graph = Graph::new(edges).expect("a checked configuration has no cycles");
        Ok(Section { specs, graph, logs_max_total: logs.max_total.get() })
    }

    fn schemas() -> Vec<Schema> {
        let mut services = schemars::schema_for!(BTreeMap<String, ServiceConf>);
        services.insert("description".to_owned(), "`[service.NAME]`: what the daemon keeps running.".into());
        vec![services, schemars::schema_for!(Defaults), schemars::schema_for!(Logs)]
    }
}

/// A problem of a service, with the file and line of its key.
fn placed(loaded: &Loaded<'_>, problem: spec::Problem) -> config::Problem {
    let spec::Problem { service, path, message, hint } = problem;
    let table = if service.is_empty() { ["defaults", "service"] } else { ["service", service.as_str()] };
    let keys: Vec<&str> = table.into_iter().chain(path.iter().map(String::as_str)).collect();
    loaded.problem(&keys, message, hint)
}
