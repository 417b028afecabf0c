//! One run of a service, from its plan to its process.

use std::ffi::OsString;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hob_launch::{Failure, Limit, Output, Plan, Resource, UNLIMITED, launch};
use tokio::sync::mpsc;

use super::child::Child;
use super::common::Common;
use super::environment::{self, Var};
use super::error::Error;
use super::logs::{Policy, RunLog};
use super::spec::{Spec, resolve};
use super::store::Began;
use super::unit::Former;
use super::user::user_named;
use crate::home;

/// What a service's files may be read by, besides itself (umask(2)).
const UMASK: u32 = 0o022;

type Probe = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A run under way.
pub(super) struct Run {
    pub(super) child: Child,
    pub(super) log: Option<RunLog>,
    /// When it began, by the monotonic clock.
    pub(super) began: Duration,
    /// Whether it is ready, while that is not known.
    pub(super) probe: Option<Probe>,
    /// What it says of itself, as it says it.
    pub(super) says: Option<mpsc::Receiver<String>>,
    /// The last of it.
    pub(super) line: Option<String>,
    /// How it was started; kept for probes that are commands, and until it is known that it was.
    plan: Option<Plan>,
}

/// Starts a run: finds the program, opens the log, launches.
pub(super) async fn begin(common: &Arc<Common>, spec: &Spec, number: u64) -> Result<Run, Error> {
    let user = spec.user.as_deref().map(user_named).transpose()?;
    let variables = variables(common, spec, number).await?;
    let environment: Vec<(OsString, OsString)> =
        variables.into_iter().map(|var| (var.name, var.value)).collect();
    let path = environment.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
    let program = resolve(&spec.command[0], path, &spec.working_dir)?;
    let owner = user.as_ref().map(|user| (user.uid, user.gid));
    let policy = Policy { max_size: spec.log_max_size.get(), keep: spec.log_keep, owner };
    let log = common.logs.open(&spec.name, number, policy).await?;
    let plan = Plan {
        program,
        argv: spec.command.iter().map(OsString::from).collect(),
        env: environment,
        dir: spec.working_dir.clone(),
        stdout: Output::Fifo(log.out().to_owned()),
        stderr: Output::Fifo(log.err().to_owned()),
        umask: UMASK,
        limits: vec![open_files(common, spec)],
        user,
        cgroup: None,
    };
    let launched = launch(common.dirs.launcher(), &plan).map_err(Error::Launch)?;
    let child = Child::of(launched).map_err(Error::Launch)?;
    common.store.began(common.began(spec, number, child.pid()));
    let began = common.clock.uptime();
    Ok(Run { child, log: Some(log), began, probe: None, says: None, line: None, plan: Some(plan) })
}

impl Run {
    /// A run that an earlier daemon began.
    pub(super) fn former(former: Former, now: Duration) -> Run {
        let Former { child, log, .. } = former;
        Run { child, log, began: now, probe: None, says: None, line: None, plan: None }
    }

    /// Begins to find out whether it is ready.
    pub(super) fn probe(&mut self, _: &Common, _: &Spec) {
        self.probe = Some(Box::pin(std::future::ready(Ok(()))));
    }

    /// Why the launcher could not run the program.
    pub(super) fn explain(&self, failure: &Failure) -> String {
        match &self.plan {
            Some(plan) => hob_launch::explain(plan, failure),
            None => failure.to_string(),
        }
    }
}

/// All variables of a run, and where each comes from.
pub(super) async fn variables(common: &Common, spec: &Spec, number: u64) -> Result<Vec<Var>, Error> {
    let own = [
        ("HOB_SERVICE", OsString::from(&spec.name)),
        ("HOB_RUN", common.tag(&spec.name, number)),
        ("HOB_SOCKET", common.dirs.socket().into()),
        ("HOB_SERVICE_HOME", common.dirs.state().into()),
    ];
    let base = common.environment().await;
    Ok(environment::effective(base, None, &spec.env, &own))
}

impl Common {
    fn began(&self, spec: &Spec, run: u64, pid: i32) -> Began {
        Began {
            service: spec.name.clone(),
            run,
            pid,
            start_ticks: home::start_ticks(pid).unwrap_or_default(),
            boot: self.boot.clone(),
            at: self.clock.now(),
        }
    }
}

/// What the daemon raised for itself is put back, unless the service asks for something else.
fn open_files(common: &Common, spec: &Spec) -> Limit {
    let hard = rustix::process::getrlimit(Resource::Nofile).maximum.unwrap_or(UNLIMITED);
    let soft = spec.open_files.unwrap_or(common.open_files).min(hard);
    Limit { resource: Resource::Nofile, soft, hard: spec.open_files.map_or(hard, |_| soft) }
}

/// Whether the same attempt may succeed in a while: the machine lacked something, not the service.
pub(super) fn is_transient(failure: &Failure) -> bool {
    matches!(failure.errno, libc::EAGAIN | libc::ENOMEM | libc::ENFILE | libc::EMFILE | libc::ETXTBSY)
}
