//! The daemon itself: is it well, where are its things, reload, stop.

mod doctor;
mod edit;
mod in_brief;
pub mod log;
mod ops;
mod pause;
mod replace;
mod settings;
mod table;
mod watch_config;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

pub use doctor::{Check, Checks, Verdict, doctor};
pub use edit::{changed_meanwhile, there_is_one};
pub use in_brief::{JobCounts, JobDue};
pub use ops::{
    Described, Doctor, GetStatus, ListOps, OpsList, PathStatus, Ping, Pong, Reload, Reloaded, Replace,
    Replacing, Shutdown, Status, Stopping, Watch, ops,
};
pub use pause::{Pause, PauseState, Resume, StartPause};
pub use settings::Settings;
pub use table::{KeyProblem, Setting, TableEdit, TableEdited, TableFile, Tables, edit_table, table_file};

use crate::config::Config;
use crate::home::Dirs;
use crate::kernel::activity::Activity;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::registry::Registry;
use crate::kernel::tasks::{Nudge, Tasks};
use crate::kernel::{Code, Fault};
use crate::storage::Db;

/// Why the daemon should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody asked for it.
    Asked,
    /// Nobody has needed it for a while.
    Idle,
    /// Somebody asked for it, and that services run on.
    Leave,
    /// Its program should be executed anew in the same process.
    Restart,
}

/// A handle on the daemon itself.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    dirs: Dirs,
    /// To ask whether it is still in its place.
    db: Db,
    log: Option<log::Log>,
    clock: Clock,
    started: Timestamp,
    tasks: Tasks,
    board: Board,
    activity: Activity,
    paused: pause::Paused,
    end: watch::Sender<Option<End>>,
    /// The program of this process, if it is nothing but a daemon and may be replaced.
    program: OnceLock<PathBuf>,
    settings: watch::Sender<Arc<Settings>>,
    /// Set once everything is mounted. Not owned: both hold everything that is mounted, this too.
    config: OnceLock<Weak<Config>>,
    registry: OnceLock<Weak<Registry>>,
    jobs: OnceLock<in_brief::Count>,
    requests: OnceLock<in_brief::Waiting>,
    record: OnceLock<in_brief::Trouble>,
    gate: OnceLock<in_brief::Moved>,
    policy: OnceLock<in_brief::Trouble>,
    config_problem: Mutex<Option<Fault>>,
    reloads: tokio::sync::Mutex<()>,
    /// Held while files of the configuration are changed.
    edits: tokio::sync::Mutex<()>,
}

/// Mounts the capability.
pub fn mount(m: &mut Mount, log: Option<log::Log>) -> Handle {
    let handle = Handle(Arc::new(Inner {
        dirs: m.dirs.clone(),
        db: m.db.clone(),
        log,
        clock: m.clock.clone(),
        started: m.clock.now(),
        tasks: m.tasks.clone(),
        board: m.board.clone(),
        activity: Activity::default(),
        paused: pause::Paused::mount(m),
        end: watch::channel(None).0,
        program: OnceLock::new(),
        settings: watch::channel(Arc::default()).0,
        config: OnceLock::new(),
        registry: OnceLock::new(),
        jobs: OnceLock::new(),
        requests: OnceLock::new(),
        record: OnceLock::new(),
        gate: OnceLock::new(),
        policy: OnceLock::new(),
        config_problem: Mutex::default(),
        reloads: tokio::sync::Mutex::default(),
        edits: tokio::sync::Mutex::default(),
    }));
    m.ops(&handle, ops());
    let inner = Arc::clone(&handle.0);
    m.configure(move |settings: Settings| {
        if let Some(log) = &inner.log {
            log.set_levels(&settings.log.level);
        }
        inner.settings.send_replace(Arc::new(settings));
    });
    handle
}

impl Handle {
    /// Who needs the daemon.
    pub fn activity(&self) -> &Activity {
        &self.0.activity
    }

    /// The `[daemon]` and `[log]` settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.0.settings.borrow())
    }

    /// Whether a pause holds what crashes.
    pub fn is_paused(&self) -> bool {
        self.0.paused.get().is_some()
    }

    /// The pause that is in force, if one is.
    pub fn pause(&self) -> Option<Pause> {
        self.0.paused.get()
    }

    /// Told of each change of the pause.
    pub fn pauses(&self) -> watch::Receiver<Option<Pause>> {
        self.0.paused.changes()
    }

    /// Waits until no pause holds what crashed.
    pub async fn unpaused(&self) {
        self.0.paused.over().await;
    }

    /// Asks the daemon to end. The first reason counts.
    pub fn end(&self, why: End) {
        self.0.end.send_if_modified(|end| {
            let first = end.is_none();
            end.get_or_insert(why);
            first
        });
    }

    /// Says that the process is nothing but a daemon, and which program it is: it may be replaced.
    pub fn is_replaceable_by(&self, program: PathBuf) {
        // Whoever came first said the same.
        self.0.program.set(program).ok();
    }

    /// Waits until the daemon should end, because it was asked to or because nobody needs it.
    pub async fn ended(&self) -> End {
        let mut end = self.0.end.subscribe();
        let (quiet, limits) = watch::channel(self.idle_timeout());
        let mut settings = self.0.settings.subscribe();
        let idle = self.0.activity.idle(limits);
        tokio::pin!(idle);
        loop {
            tokio::select! {
                asked = end.wait_for(Option::is_some) => {
                    return asked.ok().and_then(|end| *end).unwrap_or(End::Asked);
                }
                () = &mut idle => return End::Idle,
                Ok(()) = settings.changed() => {
                    quiet.send_replace(self.idle_timeout());
                }
            }
        }
    }

    /// Reads the configuration again and applies it, if all of it is good.
    ///
    /// # Errors
    /// `invalid` with everything that is wrong; what was in force stays in force.
    pub async fn reload(&self) -> Result<(), Fault> {
        self.load(Config::load).await
    }

    async fn load(&self, how: fn(&Config, &Dirs) -> Result<(), Fault>) -> Result<(), Fault> {
        let _one_at_a_time = self.0.reloads.lock().await;
        let inner = Arc::clone(&self.0);
        let outcome = tokio::task::spawn_blocking(move || match inner.config.get().and_then(Weak::upgrade) {
            Some(config) => how(&config, &inner.dirs),
            None => Err(absent()),
        })
        .await
        .unwrap_or_else(|error| Err(Fault::internal(format!("reloading broke: {error}"))));
        match &outcome {
            Ok(()) => {
                tracing::info!("the configuration is in force");
                self.0.board.remove("config", "problem");
            }
            Err(fault) => {
                tracing::error!(error = %fault, "the configuration was not applied");
                self.0.board.put("config", "problem", fault);
            }
        }
        *self.0.config_problem.lock().unwrap_or_else(PoisonError::into_inner) = outcome.clone().err();
        outcome
    }

    /// Gives the daemon what exists only once everything is mounted, and loads the configuration.
    ///
    /// # Errors
    /// `invalid`, if the configuration is: a daemon does not start with a bad one.
    pub(crate) async fn complete(&self, config: &Arc<Config>, registry: &Arc<Registry>) -> Result<(), Fault> {
        let first = self.0.config.set(Arc::downgrade(config)).is_ok()
            && self.0.registry.set(Arc::downgrade(registry)).is_ok();
        assert!(first, "a daemon is completed once");
        let nudge = self.reload_on_change();
        watch_config::watch(&self.0.tasks, crate::config::watched(&self.0.dirs), nudge);
        self.load(Config::begin).await
    }

    fn config_problem(&self) -> Option<Fault> {
        self.0.config_problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reload_on_change(&self) -> Nudge {
        let handle = self.clone();
        let mut first = true;
        self.0.tasks.sweep("reload", Duration::ZERO, move || {
            let (handle, first) = (handle.clone(), std::mem::take(&mut first));
            async move {
                // The pass at the start finds what was loaded just now; its faults are told where they happen.
                if !first && let Err(fault) = handle.reload().await {
                    tracing::debug!(%fault, "kept what was in force");
                }
                Ok(())
            }
        })
    }

    fn idle_timeout(&self) -> Duration {
        self.0.settings.borrow().daemon.idle_timeout.into()
    }
}

/// What there is only between the start and the end is not there.
fn absent() -> Fault {
    Fault::new(Code::Unavailable, "the daemon is just starting or stopping")
}
