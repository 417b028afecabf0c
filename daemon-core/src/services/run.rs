//! One run of a service, from its plan to its process.

use std::ffi::OsString;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hob_launch::{Failure, Plan, User};
use tokio::sync::watch;

use super::common::Common;
use super::error::Error;
use super::health::{self, Checked, Checks};
use super::notify::{Life, Message, Sender, Socket};
use super::probed::{Question, Witness};
use super::prober::{Commands, Matched, Prober, Said};
use super::ready;
use super::spec::{Kind, Spec};
use super::store::Began;
use super::watchdog::Watchdog;
use crate::home;
use crate::runs::child::Child;
use crate::runs::limits;
use crate::runs::logs::{Policy, RunLog};
use crate::runs::tree::{Process, Spare, Tree, Trees};
use crate::runs::{Begun, may_pass};
use crate::text;

mod adopted;

type Probe = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A run under way.
pub(super) struct Run {
    pub(super) child: Child,
    /// It, and all that it starts.
    pub(super) tree: Tree,
    pub(super) log: Option<RunLog>,
    /// When it began, by the monotonic clock.
    pub(super) began: Duration,
    /// How long it had been up by then, under an earlier daemon.
    pub(super) before: Duration,
    /// That its limits are watched, if that is all that holds it to them.
    pub(super) limited: Option<limits::Entry>,
    /// Whether an earlier daemon began it.
    adopted: bool,
    /// Whether it is ready, while that is not known.
    pub(super) probe: Option<Probe>,
    /// Whether it still does what it should, once it is ready.
    pub(super) checks: Option<Checks>,
    /// Where it says how it is, if it was asked to.
    pub(super) notify: Option<Socket>,
    /// Whether it says often enough that it is alive, if it has to.
    pub(super) watchdog: Option<Watchdog>,
    /// The last of what it said.
    pub(super) line: Option<String>,
    /// What it has said of its start, while that matters.
    said: Option<watch::Sender<Said>>,
    matched: Option<Matched>,
    /// How it was started, until it is known that it was and is ready.
    plan: Option<Box<Plan>>,
}

/// Starts a run: finds the program, opens the log, launches.
pub(super) async fn begin(
    common: &Arc<Common>,
    spec: &Spec,
    number: u64,
    spare: Option<Spare>,
) -> Result<Run, Error> {
    let _turn = common.runs.turn().await;
    let policy = log_policy(spec);
    let key = (spec.name.clone(), number);
    let mut prepared = common.runs.prepare(key, &spec.program(), policy, spare).await?;
    // What is listened to is there before the process, so that nothing it writes or says is missed.
    let matched = match spec.ready.as_ref().map(|ready| &ready.kind) {
        Some(Kind::Log(pattern)) => Some(prepared.log.matched(in_bytes(pattern)).boxed().shared()),
        _ => None,
    };
    let notify = match told_to_notify(common, spec, &mut prepared.plan) {
        Ok(notify) => notify,
        Err(error) => {
            // Nobody will ever write to it, so it would not end by itself.
            prepared.log.close().await?;
            return Err(error);
        }
    };
    let begun = prepared.launch(&common.runs).await?;
    common.store.began(common.began(spec, number, &begun));
    Ok(Run {
        child: begun.child,
        tree: begun.tree,
        log: Some(begun.log),
        began: common.runs.clock.uptime(),
        before: Duration::ZERO,
        limited: None,
        adopted: false,
        probe: None,
        checks: None,
        notify,
        watchdog: spec.watchdog.map(Watchdog::new),
        line: None,
        said: Some(watch::Sender::default()),
        matched,
        plan: Some(Box::new(begun.plan)),
    })
}

/// The place where it says that it is ready, if it is to say so; its environment names it.
fn told_to_notify(common: &Common, spec: &Spec, plan: &mut Plan) -> Result<Option<Socket>, Error> {
    if !spec.is_notified() {
        return Ok(None);
    }
    let socket = notify_socket(common, spec, plan.user.as_ref())?;
    let mut told = vec![("NOTIFY_SOCKET".into(), OsString::from(socket.path()))];
    if let Some(watchdog) = spec.watchdog {
        told.push(("WATCHDOG_USEC".into(), watchdog.get().as_micros().to_string().into()));
        // The launcher fills in what only it can know.
        told.push(("WATCHDOG_PID".into(), OsString::new()));
    }
    plan.env.retain(|(name, _)| told.iter().all(|(ours, _)| ours != name));
    plan.env.append(&mut told);
    Ok(Some(socket))
}

impl Run {
    /// Begins to find out whether it is ready.
    pub(super) fn probe(&mut self, common: &Common, spec: &Spec) {
        let Some(said) = &self.said else { return };
        let (Some(plan), Some(readiness)) = (self.plan.take(), spec.ready.clone()) else { return };
        let prober = Prober {
            commands: Commands {
                plan: *plan,
                launcher: common.runs.dirs.launcher().to_owned(),
                tasks: common.runs.tasks.clone(),
            },
            matched: self.matched.take(),
            said: said.subscribe(),
            clock: common.runs.clock.clone(),
            witness: common.witness(spec, Question::Ready),
        };
        self.probe = Some(Box::pin(async move {
            ready::probe(&readiness, &prober).await.map_err(|not_ready| not_ready.to_string())
        }));
    }

    /// Has its limits watched, as far as nothing else holds it to them.
    pub(super) fn limit(&mut self, common: &Common, service: &Arc<str>, spec: &Spec, number: u64) {
        let watched = spec.limits().watched(self.tree.controllers());
        self.limited = watched.map(|it| common.runs.limit(service, number, self.child.pid(), it));
    }

    /// Begins to look after it, as it is ready.
    pub(super) fn look_after(&mut self, common: &Arc<Common>, spec: &Arc<Spec>, number: u64) {
        if let Some(health) = spec.health.clone() {
            let run = Checked::new(common, spec, number);
            self.checks = Some(health::checks(health, common.runs.clock.clone(), run));
        }
        if let Some(watchdog) = &mut self.watchdog {
            watchdog.begin(common.runs.clock.uptime(), self.adopted);
        }
    }

    /// Ceases to ask how it is: it is about to end, or has.
    pub(super) fn let_be(&mut self) {
        self.probe = None;
        self.checks = None;
        self.watchdog = None;
    }

    /// Lets go of what is needed only until it is known that it runs and is ready.
    pub(super) fn settle(&mut self) {
        self.probe = None;
        self.plan = None;
        self.matched = None;
        self.said = None;
    }

    /// Takes in what it says of itself, if it is one of its processes that says so; else this is false.
    pub(super) fn hear(&mut self, trees: &Trees, message: &Message, sender: Sender, now: Duration) -> bool {
        if !self.is_mine(trees, sender) {
            tracing::debug!(pid = sender.pid, "a message of a process that is not of this run");
            return false;
        }
        if let Some(watchdog) = &mut self.watchdog {
            if let Some(time) = message.watchdog_time {
                watchdog.give(time, now);
            }
            if message.watchdog == Some(Life::Sign) {
                watchdog.alive(now);
            }
        }
        if let Some(said) = self.said.as_ref().filter(|_| message.ready || message.extend.is_some()) {
            let until = message.extend.map(|longer| now.saturating_add(longer));
            said.send_modify(|said| {
                said.ready |= message.ready;
                said.until = said.until.max(until.unwrap_or_default());
            });
        }
        if let Some(status) = &message.status {
            self.line = Some(text::brief(status));
        }
        true
    }

    /// Watches another of its processes as the main one.
    pub(super) fn follow(&mut self, trees: &Trees, pid: u32) -> Option<Process> {
        let pid = i32::try_from(pid).ok()?;
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

fn notify_socket(common: &Common, spec: &Spec, user: Option<&User>) -> Result<Socket, Error> {
    let mut socket = Socket::bind(&common.notify_socket(&spec.name))?;
    if let Some(user) = user {
        socket.give_to(user.uid, user.gid).map_err(|error| Error::Run(crate::runs::Error::Launch(error)))?;
    }
    Ok(socket)
}

/// The same expression for lines that need not be UTF-8.
fn in_bytes(pattern: &regex::Regex) -> regex::bytes::Regex {
    regex::bytes::Regex::new(pattern.as_str()).expect("what is good for text is good for bytes")
}

impl Common {
    /// Keeps what comes of a question to a service.
    pub(super) fn witness(&self, spec: &Spec, question: Question) -> Witness {
        let (probed, clock) = (self.probed.clone(), self.runs.clock.clone());
        Witness { probed, clock, service: spec.name.as_str().into(), question }
    }

    fn began(&self, spec: &Spec, run: u64, begun: &Begun) -> Began {
        Began {
            service: spec.name.clone(),
            run,
            pid: begun.child.pid(),
            start_ticks: home::start_ticks(begun.child.pid()).unwrap_or_default(),
            boot: self.runs.boot.clone(),
            at: self.runs.clock.now(),
            digest: Some(spec.digest),
            ready: spec.ready.is_none(),
            cgroup: begun.tree.cgroup().map(Path::to_owned),
        }
    }
}

/// Whether the same attempt may succeed in a while: the machine lacked something, not the service.
pub(super) fn is_transient(failure: &Failure) -> bool {
    may_pass(failure.errno)
}

/// The same of an attempt that did not get as far as the launcher.
pub(super) fn is_transient_error(error: &Error) -> bool {
    matches!(error, Error::Run(error) if error.is_transient())
}

/// How a service's log is kept.
pub(super) fn log_policy(spec: &Spec) -> Policy {
    Policy {
        max_size: spec.log_max_size.get(),
        keep: spec.log_keep,
        max_age: Some(spec.log_max_age.get()).filter(|age| !age.is_zero()),
        on_full: spec.log_on_full,
        owner: None,
        is_single: false,
    }
}
