//! What clients may ask of services.

mod add;
mod config;
mod read;

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use add::{Add, Remove, Removed};
pub use config::{Edit, GetConfig};
pub(super) use read::moment;
pub use read::{Follow, FollowItem, LogLine, LogPage, Logs, Source};

use super::stats::{GetHistory, Stats};
use super::{Handle, ServiceDetail, ServiceStatus, spec};
use crate::kernel::{Access, Call, Effect, Fault, Op, Ops};

/// Longer than any service may take to stop and to be ready again.
const LONG: Duration = Duration::from_secs(26 * 3600);

/// The operations on services.
pub fn ops() -> Ops<Handle> {
    Ops::default()
        .op::<List>()
        .op::<Get>()
        .op::<Start>()
        .op::<Stop>()
        .op::<Restart>()
        .op::<SendSignal>()
        .op::<Add>()
        .op::<Remove>()
        .op::<GetConfig>()
        .op::<Edit>()
        .op::<Logs>()
        .feed::<Follow>()
        .feed::<Stats>()
        .op::<GetHistory>()
}

/// List all services and how they are
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct List {}

/// All services.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AllServices {
    /// By name.
    pub services: Vec<ServiceStatus>,
}

impl Op for List {
    const NAME: &'static str = "service.list";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = AllServices;

    async fn run(self, services: &Handle, _: &Call) -> Result<AllServices, Fault> {
        Ok(AllServices { services: services.list().iter().map(|status| (**status).clone()).collect() })
    }
}

/// Show all that is known of a service
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Which service
    pub name: String,
}

impl Op for Get {
    const NAME: &'static str = "service.get";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = ServiceDetail;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceDetail, Fault> {
        services.detail(&self.name).await
    }
}

/// Start a service and those it requires; answers when it is ready
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Which service
    pub name: String,
}

impl Op for Start {
    const NAME: &'static str = "service.start";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = LONG;
    type On = Handle;
    type Reply = ServiceStatus;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceStatus, Fault> {
        Ok((*services.start(&self.name).await?).clone())
    }
}

/// Stop a service and those that require it; answers when nothing of it is left
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Which service
    pub name: String,
}

/// A service that was stopped.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// How it is.
    #[serde(flatten)]
    pub status: ServiceStatus,
    /// Those that were stopped before it, since they require it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped_before: Vec<String>,
}

impl Op for Stop {
    const NAME: &'static str = "service.stop";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = LONG;
    type On = Handle;
    type Reply = Stopped;

    async fn run(self, services: &Handle, _: &Call) -> Result<Stopped, Fault> {
        let (status, stopped_before) = services.stop(&self.name).await?;
        Ok(Stopped { status: (*status).clone(), stopped_before })
    }
}

/// Stop a service and start it again; answers when it is ready
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Which service
    pub name: String,
}

impl Op for Restart {
    const NAME: &'static str = "service.restart";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = LONG;
    type On = Handle;
    type Reply = ServiceStatus;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceStatus, Fault> {
        Ok((*services.restart(&self.name).await?).clone())
    }
}

/// Send a signal to all processes of a service's group
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct SendSignal {
    /// Which service
    pub name: String,
    /// Which signal, such as HUP, SIGUSR1 or 10
    pub signal: spec::Signal,
}

impl Op for SendSignal {
    const NAME: &'static str = "service.signal";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = ServiceStatus;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceStatus, Fault> {
        Ok((*services.signal(&self.name, self.signal).await?).clone())
    }
}
