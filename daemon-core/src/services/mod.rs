//! Services: long-running child processes that the daemon keeps alive.
//!
//! A service is configured ([`spec`]), ordered among the others ([`graph`]), and
//! lives in a task of its own (`unit`) that asks a pure function what to do
//! ([`state`], [`backoff`]). Its processes are started by the launcher (`run`),
//! watched by descriptor (`child`), and their output is captured so that a kill
//! of the daemon loses nothing (`logs`). A run ends with everything that it has
//! started (`tree`).
//!
//! Here is the handle: which services there are, and commands to one or all.

pub mod backoff;
mod common;
mod detail;
mod error;
mod former;
pub mod graph;
mod health;
mod history;
pub mod notify;
mod ops;
mod plan;
mod probed;
mod prober;
pub mod ready;
mod roster;
mod run;
mod section;
mod sentence;
pub mod spec;
mod standing;
pub mod state;
pub mod stats;
mod status;
mod store;
mod unit;
mod watchdog;
mod watched;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::{oneshot, watch};

pub use crate::runs::conf::Controllers;
pub use crate::runs::difference::KeyDifference;
pub use crate::runs::environment::file_names as environment_names;
pub use crate::runs::limits::{Holds, LimitHeld};
pub use crate::runs::processes::family::RunProcess;
pub use error::{Error, meant};
pub use ops::{
    Add, AllServices, Edit, Follow, FollowItem, Get, GetConfig, List, LogLine, LogPage, Logs, Remove,
    Removed, Restart, SendSignal, Source, Start, Stop, Stopped, ops,
};
pub use plan::{Difference, Plan, difference};
pub use probed::{Probe, Probes};
pub use section::Section;
pub use spec::{NameError, check_project_name, project_name_of};
pub use status::{ServiceDetail, ServiceStatus, VariableOrigin, Word};
pub use store::{Event, Run};

use crate::kernel::Fault;
use crate::kernel::mount::Mount;
use crate::runs::Runs;
use crate::system;
use crate::watch::Watcher;
pub use common::Happening;

use common::Common;
use roster::Services;
use spec::Spec;
use unit::{Answer, Command, Unit};

/// How long what was killed may take to vanish.
const VANISH: Duration = Duration::from_secs(2);

/// A handle on all services.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    common: Arc<Common>,
    services: Mutex<Services>,
    stats: stats::Statistics,
    /// Counts the configurations that were applied.
    configured: watch::Sender<u64>,
}

/// Mounts the capability. What an earlier daemon left is found here, and gone on with once the
/// configuration is known.
///
/// # Errors
/// `unavailable` if the tables or the logs cannot be opened.
pub async fn mount(
    m: &mut Mount,
    system: &system::Handle,
    runs: &Runs,
    watcher: &Watcher,
) -> Result<Handle, Fault> {
    let store = store::Store::open(&m.db).await?;
    let common = Arc::new(Common::new(system, m.board.clone(), runs, store, watcher));
    let services = Services::after(former::find(&common).await?);
    let stats = stats::Statistics::open(m).await?;
    let handle = Handle(Arc::new(Inner {
        common,
        stats,
        services: Mutex::new(services),
        configured: watch::Sender::new(0),
    }));
    let counted = Arc::downgrade(&handle.0);
    runs.count_services(move || counted.upgrade().map(|inner| Handle(inner).roots()).unwrap_or_default());
    m.ops(&handle, ops());
    let configured = handle.clone();
    m.configure(move |section: Section| configured.configure(section));
    stats::mount(m, &handle);
    let shown = handle.clone();
    history::keep_reports(&handle.0.common, move |service| {
        if let Ok(unit) = shown.unit(service) {
            post(&unit, Command::Show);
        }
    });
    Ok(handle)
}

impl Handle {
    /// How all services are, by name.
    pub fn list(&self) -> Vec<Arc<ServiceStatus>> {
        self.services().units.values().map(|unit| unit.status()).collect()
    }

    /// How one service is.
    ///
    /// # Errors
    /// If it does not exist.
    pub fn status(&self, name: &str) -> Result<Arc<ServiceStatus>, Error> {
        Ok(self.unit(name)?.status())
    }

    /// What happens to services from now on.
    pub fn happenings(&self) -> tokio::sync::broadcast::Receiver<Happening> {
        self.0.common.happened.subscribe()
    }

    /// Starts a service, those that it requires first; returns when it is ready.
    ///
    /// # Errors
    /// If it does not exist or does not become ready.
    pub async fn start(&self, name: &str) -> Result<Arc<ServiceStatus>, Error> {
        let unit = self.unit(name)?;
        self.want_required(name).await;
        ask(&unit, |answer| Command::Start(Some(answer))).await
    }

    /// Waits until a service is ready that is being started already.
    ///
    /// # Errors
    /// As [`Handle::start`].
    pub(super) async fn started(&self, name: &str) -> Result<Arc<ServiceStatus>, Error> {
        ask(&self.unit(name)?, Command::Await).await
    }

    /// Stops a service, those that require it first; returns when nothing of it is left, with those that were
    /// stopped before it.
    ///
    /// # Errors
    /// If it does not exist, or is started again meanwhile.
    pub async fn stop(&self, name: &str) -> Result<(Arc<ServiceStatus>, Vec<String>), Error> {
        let unit = self.unit(name)?;
        let mut before = Vec::new();
        for name in self.dependent(name) {
            let Ok(dependent) = self.unit(&name) else { continue };
            let was_up = !matches!(dependent.status().state, Word::Stopped | Word::Failed);
            ask(&dependent, |answer| Command::Stop(Some(answer))).await?;
            before.extend(was_up.then_some(name));
        }
        Ok((ask(&unit, |answer| Command::Stop(Some(answer))).await?, before))
    }

    /// Stops those of these services that there are, each after those that come after it; returns when
    /// nothing of them is left.
    ///
    /// # Errors
    /// The first that is started again meanwhile.
    pub async fn stop_together(&self, names: &[String]) -> Result<(), Error> {
        let waves = self.services().stop_waves();
        for wave in waves {
            let ours: Vec<Unit> =
                wave.into_iter().filter(|unit| names.contains(&unit.status().name)).collect();
            let stopped =
                join_all(ours.iter().map(|unit| ask(unit, |answer| Command::Stop(Some(answer))))).await;
            stopped.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(())
    }

    /// Waits until nothing is left of services that are not configured any more.
    pub async fn left(&self) {
        let leaving = self.services().leaving();
        join_all(leaving.iter().map(|unit| unit.gone())).await;
    }

    /// Ends a service's run, if there is one, and starts it; returns when it is ready.
    ///
    /// # Errors
    /// As [`Handle::start`].
    pub async fn restart(&self, name: &str) -> Result<Arc<ServiceStatus>, Error> {
        let unit = self.unit(name)?;
        self.want_required(name).await;
        ask(&unit, Command::Restart).await
    }

    /// Sends a signal to a service's process group.
    ///
    /// # Errors
    /// If it does not exist or does not run.
    pub async fn signal(&self, name: &str, signal: spec::Signal) -> Result<Arc<ServiceStatus>, Error> {
        ask(&self.unit(name)?, |answer| Command::Signal(signal.get(), answer)).await
    }

    /// Stops all services, each after those that depend on it; kills what is left after `patience`.
    pub async fn stop_all(&self, patience: Duration) {
        self.0.common.store.forget_standing(None);
        let (waves, leaving) = {
            let mut services = self.services();
            services.close();
            (services.stop_waves(), services.leaving())
        };
        let stopping = async {
            for wave in waves {
                join_all(wave.iter().map(|unit| ask(unit, |answer| Command::Remove(Some(answer))))).await;
            }
            join_all(leaving.iter().map(|unit| unit.gone())).await;
        };
        if tokio::time::timeout(patience, stopping).await.is_err() {
            tracing::warn!(?patience, "services did not end in time and are killed");
            let units = self.services().all();
            units.iter().for_each(|unit| post(unit, Command::Kill));
            let gone = join_all(units.iter().map(|unit| unit.gone()));
            if tokio::time::timeout(VANISH, gone).await.is_err() {
                tracing::error!("something could not be killed");
            }
        }
    }

    /// Lets go of all services, which run on, for the next daemon to adopt.
    pub async fn leave_all(&self) {
        let units = {
            let mut services = self.services();
            services.close();
            services.all()
        };
        self.0.common.runs.trees.leave_the_dead();
        units.iter().for_each(|unit| post(unit, Command::Leave));
        let gone = join_all(units.iter().map(|unit| unit.gone()));
        if tokio::time::timeout(VANISH, gone).await.is_err() {
            tracing::warn!("not all services were let go of in time");
        }
    }

    /// How many runs have begun, which changes with each.
    pub fn starts(&self) -> watch::Receiver<u64> {
        self.0.common.starts.subscribe()
    }

    /// Kills every service at once and waits for nothing.
    pub fn kill_all(&self) {
        for unit in self.services().all() {
            let group = unit.group.load(Ordering::Relaxed);
            if let Some(group) = Pid::from_raw(group)
                && let Err(error) = kill_process_group(group, Signal::KILL)
            {
                tracing::debug!(%error, "it had ended already");
            }
        }
    }

    /// Starts what a service requires; returns when that is on its way, so that an old failure of it is forgotten.
    async fn want_required(&self, name: &str) {
        for required in self.required(name) {
            let Ok(unit) = self.unit(&required) else { continue };
            let (take, taken) = oneshot::channel();
            if !unit.commands.send(Command::Want(take)) || taken.await.is_err() {
                tracing::debug!(service = required, "it has just been removed");
            }
        }
    }

    fn unit(&self, name: &str) -> Result<Unit, Error> {
        let services = self.services();
        let known = || services.units.keys().map(String::as_str);
        services.units.get(name).cloned().ok_or_else(|| Error::unknown(name, known()))
    }

    fn spec(&self, name: &str) -> Option<Arc<Spec>> {
        self.services().specs.get(name).cloned()
    }

    /// What has to be started before `name`, in order.
    fn required(&self, name: &str) -> Vec<String> {
        let services = self.services();
        services.graph.to_start(name).into_iter().filter(|other| *other != name).map(str::to_owned).collect()
    }

    /// What has to be stopped before `name`, in order.
    fn dependent(&self, name: &str) -> Vec<String> {
        let services = self.services();
        services.graph.to_stop(name).into_iter().filter(|other| *other != name).map(str::to_owned).collect()
    }

    fn services(&self) -> MutexGuard<'_, Services> {
        self.0.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask(unit: &Unit, command: impl FnOnce(Answer) -> Command) -> Result<Arc<ServiceStatus>, Error> {
    let (answer, answered) = oneshot::channel();
    let gone = || Error::Overtaken { service: unit.status().name.clone(), what: "was removed" };
    post(unit, command(answer));
    // One that has ended has dropped the command, and with it the way to answer.
    answered.await.map_err(|_| gone())?
}

/// Tells a unit something; one that has ended has no use for it.
fn post(unit: &Unit, command: Command) {
    if !unit.commands.send(command) {
        tracing::debug!(service = unit.status().name, "the unit has ended");
    }
}
