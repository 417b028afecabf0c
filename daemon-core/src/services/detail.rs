//! All that is known of one service, gathered when somebody asks.
//!
//! What the unit and the tables know is taken as it is. What they do not (which
//! program the command leads to, what processes there are) is looked up at that
//! moment, on a thread that may block, and forgotten.

use jiff::Timestamp;

use super::Handle;
use super::error::Error;
use super::spec::{Spec, resolve};
use super::status::{ServiceDetail, VariableOrigin};
use crate::kernel::Fault;
use crate::runs::account_named;
use crate::runs::environment::{self, Environment};
use crate::runs::processes::family::{Family, family};

/// How much of its past is shown.
const RUNS: u32 = 10;
const EVENTS: u32 = 20;

impl Handle {
    pub(super) async fn detail(&self, name: &str) -> Result<ServiceDetail, Fault> {
        let status = (*self.status(name)?).clone();
        let common = &self.0.common;
        let spec = self.spec(name).ok_or_else(|| Error::unknown(name, std::iter::empty()))?;
        let serde_json::Value::Object(mut config) =
            serde_json::to_value(&*spec).map_err(|error| Fault::internal(error.to_string()))?
        else {
            return Err(Fault::internal("a spec is an object"));
        };
        config.insert("env".to_owned(), spec.env.get().keys().cloned().collect::<Vec<_>>().into());
        let limits = spec.limits().held(common.runs.trees.controllers());
        let account = spec.user.as_deref().map(account_named).transpose();
        let known = account.as_ref().ok().and_then(Option::as_ref);
        let variables = common.runs.environment_of(&spec.program(), known).await;
        let (executable, no_executable) = match (&account, &variables) {
            (Ok(_), Ok(variables)) => executable(&spec, variables),
            (Err(error), _) | (_, Err(error)) => (None, Some(error.to_string())),
        };
        let family = self.family(name, status.run).await;
        common.store.settled().await?;
        let runs = common.store.runs(name, RUNS).await?;
        let events = common.store.events(name, Timestamp::UNIX_EPOCH, EVENTS).await?;
        let cgroup = status.pid.and_then(|pid| common.runs.trees.cgroup_of(pid));
        Ok(ServiceDetail {
            status,
            config,
            limits,
            executable,
            no_executable,
            probes: common.probed.of(name),
            processes: family.processes,
            more_processes: family.more,
            cgroup: cgroup.map(|path| path.to_string_lossy().into_owned()),
            watching: common.watches.state(name),
            // A file of variables that cannot be read is told when the service starts.
            environment: origins(&variables.unwrap_or_default()),
            runs,
            events,
        })
    }

    /// The processes of a run; none if it has ended, or if they cannot be counted.
    async fn family(&self, name: &str, run: u64) -> Family {
        let roots = self.0.common.runs.roots();
        let Some(place) = roots.iter().position(|root| &*root.service == name && root.run == run) else {
            return Family::default();
        };
        let sampler = self.0.common.runs.sampler.clone();
        let counting = tokio::task::spawn_blocking(move || family(roots, place, sampler.tags())).await;
        match counting {
            Ok(Ok(family)) => family,
            Ok(Err(error)) => {
                tracing::warn!(service = name, %error, "its processes cannot be counted");
                Family::default()
            }
            Err(error) => {
                tracing::error!(service = name, %error, "counting its processes broke");
                Family::default()
            }
        }
    }
}

/// Where the first word of its command leads, or why nowhere.
fn executable(spec: &Spec, variables: &Environment) -> (Option<String>, Option<String>) {
    let path = variables.get("PATH").map(|path| path.value.as_os_str());
    match resolve(&spec.command[0], path, &spec.working_dir) {
        Ok(found) => (Some(found.to_string_lossy().into_owned()), None),
        Err(error) => (None, Some(error.in_full())),
    }
}

/// The names of variables besides those that are inherited, and where each value comes from.
fn origins(variables: &Environment) -> Vec<VariableOrigin> {
    let is_inherited = |origin: &environment::Origin| {
        matches!(origin, environment::Origin::Daemon | environment::Origin::Login)
    };
    let own = variables.iter().filter(|(_, value)| !is_inherited(&value.origin));
    own.map(|(name, value)| VariableOrigin {
        name: name.to_string_lossy().into_owned(),
        origin: value.origin.to_string(),
    })
    .collect()
}
