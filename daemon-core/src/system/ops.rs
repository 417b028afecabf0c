//! What clients may ask of the daemon itself.

use std::sync::Weak;

use clap::Args;
use futures_util::stream::{Stream, StreamExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::doctor::{Known, of_running};
use super::pause::{Pause, Resume, StartPause};
use super::{Checks, End, Handle, JobCounts};
use crate::home::Place;
use crate::kernel::board::Changes;
use crate::kernel::tasks::TaskStatus;
use crate::kernel::{Access, Call, Effect, Fault, Feed, Op, Ops};

/// The operations of the daemon itself.
pub fn ops() -> Ops<Handle> {
    Ops::default()
        .op::<Ping>()
        .op::<GetStatus>()
        .op::<Reload>()
        .op::<StartPause>()
        .op::<Resume>()
        .op::<Shutdown>()
        .op::<Replace>()
        .op::<Doctor>()
        .op::<ListOps>()
        .feed::<Watch>()
}

/// Answer at once
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Ping {}

/// The answer to a ping.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Pong {
    /// The daemon's process.
    pub pid: u32,
}

impl Op for Ping {
    const NAME: &'static str = "system.ping";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Pong;

    async fn run(self, _: &Handle, _: &Call) -> Result<Pong, Fault> {
        Ok(Pong { pid: std::process::id() })
    }
}

/// Show how the daemon is
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "GetStatus")]
pub struct GetStatus {}

/// How the daemon is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Its state directory.
    pub home: String,
    /// When it started.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// For how long it has run, in milliseconds; the clock may have been set meanwhile.
    pub uptime_ms: u64,
    /// How many clients and wanted services keep it from being idle.
    pub holds: usize,
    /// Its background tasks.
    pub tasks: Vec<TaskStatus>,
    /// Its paths.
    pub paths: Vec<PathStatus>,
    /// Whether what crashes is started again only later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// Why the configuration on disk is not the one in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_problem: Option<Fault>,
    /// Why the policy on disk is not the one in force, and what is on the first line of its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_problem: Option<Fault>,
    /// How the jobs are; absent where there are none, and nothing runs or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs: Option<JobCounts>,
    /// So many requests wait for a person to decide.
    #[serde(default)]
    pub requests_waiting: usize,
}

/// A path that the daemon uses.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PathStatus {
    /// What it is for.
    pub name: String,
    /// The path.
    pub path: String,
    /// What decided it.
    pub from: String,
}

impl From<&Place> for PathStatus {
    fn from(place: &Place) -> PathStatus {
        PathStatus {
            name: place.name.to_owned(),
            path: place.path.display().to_string(),
            from: place.from.clone(),
        }
    }
}

impl Op for GetStatus {
    const NAME: &'static str = "system.status";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Status;

    async fn run(self, system: &Handle, _: &Call) -> Result<Status, Fault> {
        let inner = &system.0;
        let places = inner.dirs.places();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            home: inner.dirs.state().display().to_string(),
            started: inner.started,
            uptime_ms: u64::try_from(inner.clock.uptime().as_millis()).unwrap_or(u64::MAX),
            holds: inner.activity.holds(),
            tasks: inner.tasks.status(),
            paths: places.into_iter().map(PathStatus::from).collect(),
            paused: inner.paused.get(),
            config_problem: system.config_problem(),
            policy_problem: system.policy_problem(),
            jobs: system.jobs_in_brief(),
            requests_waiting: system.requests_waiting(),
        })
    }
}

/// Read the configuration again and apply it
///
/// Everything is checked before anything changes.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Reload {}

/// The configuration on disk is in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Reloaded {
    /// The directories and files that were read.
    pub read: Vec<String>,
}

impl Op for Reload {
    const NAME: &'static str = "system.reload";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = Reloaded;

    async fn run(self, system: &Handle, _: &Call) -> Result<Reloaded, Fault> {
        system.reload().await?;
        let dirs = &system.0.dirs;
        let read = [dirs.config().to_owned(), dirs.services_d(), dirs.jobs_d()];
        Ok(Reloaded { read: read.iter().map(|path| path.display().to_string()).collect() })
    }
}

/// Stop all services, then the daemon
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// Let the services run on; the next daemon takes them over. One that writes 64 KiB while none runs waits for it
    #[arg(long)]
    #[serde(default)]
    pub leave_services: bool,
}

/// The daemon is stopping.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stopping {
    /// The process to wait for.
    pub pid: u32,
}

impl Op for Shutdown {
    const NAME: &'static str = "system.shutdown";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = Stopping;

    async fn run(self, system: &Handle, _: &Call) -> Result<Stopping, Fault> {
        system.end(if self.leave_services { End::Leave } else { End::Asked });
        Ok(Stopping { pid: std::process::id() })
    }
}

/// Execute the daemon's program anew, in the same process and without its services noticing
///
/// It may be another version by now. A daemon inside the desktop app cannot do this.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Replace {}

/// The daemon is being replaced.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Replacing {
    /// The process, which stays the same.
    pub pid: u32,
    /// The program that it executes.
    pub program: String,
}

impl Op for Replace {
    const NAME: &'static str = "system.replace";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = Replacing;

    async fn run(self, system: &Handle, _: &Call) -> Result<Replacing, Fault> {
        let program = system.program_to_be().await?;
        system.end(End::Restart);
        Ok(Replacing { pid: std::process::id(), program: program.display().to_string() })
    }
}

/// Check everything the daemon needs, and say what to do about what is missing
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Doctor {}

impl Op for Doctor {
    const NAME: &'static str = "system.doctor";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Checks;

    async fn run(self, system: &Handle, _: &Call) -> Result<Checks, Fault> {
        let system = system.clone();
        let checks = move || {
            let known = Known {
                record: system.record_trouble(),
                moved: system.0.db.moved(),
                gate_moved: system.gate_moved(),
            };
            of_running(&system.0.dirs, known)
        };
        tokio::task::spawn_blocking(checks)
            .await
            .map_err(|error| Fault::internal(format!("the checks broke: {error}")))
    }
}

/// List all operations of this daemon
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct ListOps {}

/// All operations.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OpsList {
    /// By name.
    pub ops: Vec<Described>,
}

/// An operation.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Described {
    /// `noun.verb`.
    pub name: String,
    /// What it does.
    pub about: String,
    /// What the caller must be allowed to do.
    pub access: Access,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether it answers with a stream.
    pub feed: bool,
}

impl Op for ListOps {
    const NAME: &'static str = "system.ops";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = OpsList;

    async fn run(self, system: &Handle, _: &Call) -> Result<OpsList, Fault> {
        let registry = system.0.registry.get().and_then(Weak::upgrade).ok_or_else(super::absent)?;
        let described = registry.metas().map(|meta| Described {
            name: meta.name.to_owned(),
            about: meta.about(),
            access: meta.access,
            effect: meta.effect,
            feed: meta.is_feed(),
        });
        Ok(OpsList { ops: described.collect() })
    }
}

/// Watch current values: all of them first, then each change
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Only values of these kinds, such as `service`; all if none is given
    #[serde(default)]
    pub nouns: Vec<String>,
}

impl Feed for Watch {
    const NAME: &'static str = "system.watch";
    const ACCESS: Access = Access::Observe;
    type On = Handle;
    type Item = Changes;

    fn open(
        self,
        system: &Handle,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<Changes, Fault>> + Send + 'static, Fault> {
        Ok(system.0.board.watch(self.nouns).map(Ok))
    }
}
