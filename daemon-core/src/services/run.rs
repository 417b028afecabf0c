//! One run of a service, from its plan to its process.

use std::ffi::OsString;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hob_launch::{Failure, Limit, Output, Plan, Resource, UNLIMITED, User, launch};
use tokio::sync::watch;

use super::child::Child;
use super::common::Common;
use super::environment::{self, Environment};
use super::error::Error;
use super::logs::{Policy, RunLog};
use super::notify::{Message, Sender, Socket};
use super::prober::{Matched, Prober};
use super::ready;
use super::spec::{Kind, Spec, resolve};
use super::store::Began;
use super::tree::{Process, Tree, Trees};
use super::user::{Account, account_named};
use crate::home;
use crate::kernel::text;

/// What a service's files may be read by, besides itself (umask(2)).
const UMASK: u32 = 0o022;

mod adopted;

type Probe = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A run under way.
pub(super) struct Run {
    pub(super) child: Child,
    /// When that started, if it was seen to.
    ticks: Option<u64>,
    /// It, and all that it starts.
    pub(super) tree: Tree,
    pub(super) log: Option<RunLog>,
    /// When it began, by the monotonic clock.
    pub(super) began: Duration,
    /// How long it had been up by then, under an earlier daemon.
    pub(super) before: Duration,
    /// Whether it is ready, while that is not known.
    pub(super) probe: Option<Probe>,
    /// Where it says how it is, if it was asked to.
    pub(super) notify: Option<Socket>,
    /// The last of what it said.
    pub(super) line: Option<String>,
    /// Whether it has said that it is ready, while that matters.
    said_ready: Option<watch::Sender<bool>>,
    matched: Option<Matched>,
    /// How it was started, until it is known that it was and is ready.
    plan: Option<Box<Plan>>,
}

/// Starts a run: finds the program, opens the log, launches.
pub(super) async fn begin(common: &Arc<Common>, spec: &Spec, number: u64) -> Result<Run, Error> {
    let _turn = common.turns.acquire().await.expect("it is never closed");
    let mut plan = planned(common, spec, number).await?;
    let owner = plan.user.as_ref().map(|user| (user.uid, user.gid));
    let policy = Policy {
        max_size: spec.log_max_size.get(),
        keep: spec.log_keep,
        max_age: Some(spec.log_max_age.get()).filter(|age| !age.is_zero()),
        on_full: spec.log_on_full,
        owner,
    };
    let log = common.logs.open(&spec.name, number, policy).await?;
    (plan.stdout, plan.stderr) = (Output::Fifo(log.out()), Output::Fifo(log.err()));
    let tree = common.trees.plant((spec.name.clone(), number), &mut plan);
    match launched(common, spec, &log, plan, tree) {
        Ok(begun) => {
            common.store.began(common.began(spec, number, &begun));
            Ok(Run { log: Some(log), ..begun })
        }
        Err(error) => {
            // Nobody will ever write to it, so it would not end by itself.
            log.close().await?;
            Err(error)
        }
    }
}

/// How it is started, except for where its output goes.
async fn planned(common: &Common, spec: &Spec, number: u64) -> Result<Plan, Error> {
    let account = spec.user.as_deref().map(account_named).transpose()?;
    let inherited = environment(common, spec, account.as_ref()).await?;
    let path = inherited.get("PATH").map(|path| path.value.as_os_str());
    Ok(Plan {
        program: resolve(&spec.command[0], path, &spec.working_dir)?,
        argv: spec.command.iter().map(OsString::from).collect(),
        env: variables(common, spec, number, &inherited),
        dir: spec.working_dir.clone(),
        stdout: Output::Null,
        stderr: Output::Null,
        umask: UMASK,
        limits: vec![open_files(common, spec)],
        user: account.map(|account| account.user),
        cgroup: None,
    })
}

/// Launches; what is listened to is there before the process, so that nothing it writes or says is missed.
fn launched(
    common: &Common,
    spec: &Spec,
    log: &RunLog,
    mut plan: Plan,
    mut tree: Tree,
) -> Result<Run, Error> {
    let kind = spec.ready.as_ref().map(|ready| &ready.kind);
    let matched = match kind {
        Some(Kind::Log(pattern)) => Some(log.matched(in_bytes(pattern)).boxed().shared()),
        _ => None,
    };
    let notify = match kind {
        Some(Kind::Notify) => Some(notify_socket(common, spec, plan.user.as_ref())?),
        _ => None,
    };
    if let Some(socket) = &notify {
        plan.env.retain(|(name, _)| name != "NOTIFY_SOCKET");
        plan.env.push(("NOTIFY_SOCKET".into(), socket.path().into()));
    }
    let launched = launch(common.dirs.launcher(), &plan).map_err(Error::Launch)?;
    let child = Child::of(launched).map_err(Error::Launch)?;
    let ticks = tree.led_by(child.pid());
    Ok(Run {
        child,
        ticks,
        tree,
        log: None,
        began: common.clock.uptime(),
        before: Duration::ZERO,
        probe: None,
        notify,
        line: None,
        said_ready: Some(watch::channel(false).0),
        matched,
        plan: Some(Box::new(plan)),
    })
}

impl Run {
    /// Begins to find out whether it is ready.
    pub(super) fn probe(&mut self, common: &Common, spec: &Spec) {
        let Some(said_ready) = &self.said_ready else { return };
        let (Some(plan), Some(readiness)) = (self.plan.take(), spec.ready.clone()) else { return };
        let prober = Prober {
            plan: *plan,
            launcher: common.dirs.launcher().to_owned(),
            tasks: common.tasks.clone(),
            matched: self.matched.take(),
            notified: said_ready.subscribe(),
        };
        self.probe = Some(Box::pin(async move {
            ready::probe(&readiness, &prober).await.map_err(|not_ready| not_ready.to_string())
        }));
    }

    /// Lets go of what is needed only until it is known that it runs and is ready.
    pub(super) fn settle(&mut self) {
        self.probe = None;
        self.plan = None;
        self.matched = None;
        self.said_ready = None;
    }

    /// Takes in what it says of itself, if it is one of its processes that says so. The value is
    /// another main process that it has named.
    pub(super) fn hear(&mut self, trees: &Trees, message: Message, sender: Sender) -> Option<Process> {
        if !self.is_mine(trees, sender) {
            tracing::debug!(pid = sender.pid, "a message of a process that is not of this run");
            return None;
        }
        if let Some(said_ready) = self.said_ready.as_ref().filter(|_| message.ready) {
            said_ready.send_replace(true);
        }
        if let Some(status) = message.status {
            self.line = Some(text::brief(&status));
        }
        self.follow(trees, i32::try_from(message.main_pid?).ok()?)
    }

    /// Watches another of its processes as the main one.
    fn follow(&mut self, trees: &Trees, pid: i32) -> Option<Process> {
        if pid == self.child.pid() || self.child.is_launching() || !trees.has(&self.tree, pid) {
            return None;
        }
        let child = Child::named(pid)?;
        let ticks = home::start_ticks(pid)?;
        // Nobody waits for the old one by name any more: it is an orphan like any other.
        self.child = child;
        self.tree.is_led_by_another();
        trees.reap();
        Some(Process { pid, ticks })
    }

    /// What it has said and nobody has heard yet.
    pub(super) fn last_words(&self) -> Option<(Message, Sender)> {
        self.notify.as_ref().and_then(Socket::waiting)
    }

    /// Whether a message comes from one of its processes, as far as that can be known.
    ///
    /// A program that only tells, such as systemd-notify(1), may have ended before it is heard. Of
    /// such a one the kernel still says whose it was, and nobody but the service's user can write here.
    fn is_mine(&self, trees: &Trees, sender: Sender) -> bool {
        let Some(pid) = i32::try_from(sender.pid).ok().filter(|pid| 0 < *pid) else { return false };
        match home::stat_after_name(pid) {
            Some(_) => trees.has(&self.tree, pid),
            None => self.notify.as_ref().is_some_and(|socket| socket.owner() == sender.uid),
        }
    }

    /// Why the launcher could not run the program.
    pub(super) fn explain(&self, failure: &Failure) -> String {
        match &self.plan {
            Some(plan) => hob_launch::explain(plan, failure),
            None => failure.to_string(),
        }
    }
}

/// The environment of a service, besides what tells it whose service it is.
pub(super) async fn environment(
    common: &Common,
    spec: &Spec,
    account: Option<&Account>,
) -> Result<Environment, Error> {
    let base = common.environment().await;
    let file = match &spec.env_file {
        Some(path) => Some((path.clone(), environment::read(path, account.map(|account| &account.user))?)),
        None => None,
    };
    Ok(match account {
        None => Environment::merge(base, file, spec.env.get()),
        Some(Account { name, home, shell, .. }) => {
            let name = OsString::from(name);
            let own = [("HOME", home), ("USER", &name), ("LOGNAME", &name), ("SHELL", shell)];
            Environment::merge(&base.of_another(own), file, spec.env.get())
        }
    })
}

/// All of it, each name once: what tells a process whose service it is cannot be configured away.
fn variables(
    common: &Common,
    spec: &Spec,
    number: u64,
    inherited: &Environment,
) -> Vec<(OsString, OsString)> {
    let own: [(&str, OsString); 4] = [
        ("HOB_SERVICE", OsString::from(&spec.name)),
        ("HOB_RUN", common.tag(&spec.name, number)),
        ("HOB_SOCKET", common.dirs.socket().into()),
        ("HOB_SERVICE_HOME", common.dirs.state().into()),
    ];
    let given = inherited
        .iter()
        .filter(|(name, _)| own.iter().all(|(ours, _)| name != ours))
        .map(|(name, value)| (name.to_owned(), value.value.clone()));
    given.chain(own.clone().map(|(name, value)| (name.into(), value))).collect()
}

fn notify_socket(common: &Common, spec: &Spec, user: Option<&User>) -> Result<Socket, Error> {
    let mut socket = Socket::bind(&common.notify_socket(&spec.name))?;
    if let Some(user) = user {
        socket.give_to(user.uid, user.gid).map_err(Error::Launch)?;
    }
    Ok(socket)
}

/// The same expression for lines that need not be UTF-8.
fn in_bytes(pattern: &regex::Regex) -> regex::bytes::Regex {
    regex::bytes::Regex::new(pattern.as_str()).expect("what is good for text is good for bytes")
}

impl Common {
    fn began(&self, spec: &Spec, run: u64, begun: &Run) -> Began {
        Began {
            service: spec.name.clone(),
            run,
            pid: begun.child.pid(),
            start_ticks: begun.ticks.unwrap_or_default(),
            boot: self.boot.clone(),
            at: self.clock.now(),
            digest: Some(spec.digest),
            ready: spec.ready.is_none(),
            cgroup: begun.tree.cgroup().map(Path::to_owned),
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
    may_pass(failure.errno)
}

/// The same of an attempt that did not get as far as the launcher.
pub(super) fn is_transient_error(error: &Error) -> bool {
    matches!(error, Error::Launch(error) if error.raw_os_error().is_some_and(may_pass))
}

fn may_pass(errno: i32) -> bool {
    matches!(errno, libc::EAGAIN | libc::ENOMEM | libc::ENFILE | libc::EMFILE | libc::ETXTBSY)
}
