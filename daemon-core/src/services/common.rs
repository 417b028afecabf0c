//! What all services of a daemon share.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, Semaphore, broadcast, watch};

use super::environment::{self, Base};
use super::limits::Register;
use super::logs::Logs;
use super::spec::as_file_name;
use super::status::ServiceStatus;
use super::store::{Event, Store};
use super::tree::Trees;
use crate::home::{Dirs, random_hex};
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::tasks::Tasks;
use crate::system;

/// Events that wait for a slow follower.
const EVENTS_WAITING: usize = 256;
/// Runs that begin at the same time. A thousand would hold a thousand environments, and the
/// logs are opened one after the other anyway.
const BEGINNINGS: usize = 4;

/// What others may know about a service when they wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Footing {
    /// It does not run and is not about to.
    Down,
    /// It is on its way.
    Coming,
    /// It is ready.
    Ready,
    /// It has run and has done what it was for.
    Done,
    /// It does not run, for this reason.
    Failed(Arc<str>),
}

/// What a service shows of itself.
pub(super) struct Shown {
    /// To those who ask.
    pub(super) status: Arc<ServiceStatus>,
    /// To the services that come after it.
    pub(super) footing: Footing,
}

pub(super) struct Common {
    pub(super) clock: Clock,
    pub(super) board: Board,
    pub(super) tasks: Tasks,
    pub(super) store: Store,
    pub(super) logs: Logs,
    pub(super) system: system::Handle,
    pub(super) dirs: Dirs,
    pub(super) home_id: String,
    pub(super) boot: String,
    pub(super) trees: Trees,
    /// The soft limit of open files that this process was started with.
    pub(super) open_files: u64,
    pub(super) events: broadcast::Sender<(Arc<str>, Event)>,
    /// The runs with limits that are watched.
    pub(super) limited: Register,
    /// To begin a run.
    pub(super) turns: Semaphore,
    services: Mutex<BTreeMap<Arc<str>, watch::Receiver<Shown>>>,
    environment: OnceCell<Base>,
}

impl Common {
    pub(super) fn new(
        system: &system::Handle,
        m: &crate::kernel::mount::Mount,
        store: Store,
        logs: Logs,
        open_files: u64,
    ) -> Common {
        let boot = boot_id();
        Common {
            trees: Trees::new(&m.home_id, &boot),
            clock: m.clock.clone(),
            board: m.board.clone(),
            tasks: m.tasks.clone(),
            store,
            logs,
            system: system.clone(),
            dirs: m.dirs.clone(),
            home_id: m.home_id.clone(),
            boot,
            open_files,
            events: broadcast::Sender::new(EVENTS_WAITING),
            limited: Register::default(),
            turns: Semaphore::const_new(BEGINNINGS),
            services: Mutex::default(),
            environment: OnceCell::new(),
        }
    }

    /// What processes inherit: a login shell's environment if the settings say so, else the daemon's.
    pub(super) async fn environment(&self) -> &Base {
        let login = self.system.settings().daemon.login_env;
        self.environment
            .get_or_init(|| async move {
                let own = Base::daemon(std::env::vars_os());
                let shell = std::env::var_os("SHELL").map(PathBuf::from).filter(|_| login);
                let Some(shell) = shell else { return own };
                match environment::login(&shell, own.pairs(), environment::LIMIT).await {
                    Ok(pairs) => Base::login(pairs),
                    Err(error) => {
                        tracing::warn!(%error, "services get the daemon's own environment");
                        own
                    }
                }
            })
            .await
    }

    pub(super) fn shown(&self, service: &str) -> Option<watch::Receiver<Shown>> {
        self.services().get(service).cloned()
    }

    pub(super) fn introduce(&self, service: &Arc<str>, shown: watch::Receiver<Shown>) {
        self.services().insert(Arc::clone(service), shown);
    }

    /// Removes what is known of a service, unless that is of another of its name by now.
    pub(super) fn forget(&self, service: &str, shows: &watch::Sender<Shown>) {
        let mut services = self.services();
        if services.get(service).is_some_and(|known| known.same_channel(&shows.subscribe())) {
            services.remove(service);
            self.board.remove("service", service);
        }
    }

    /// The tag by which a process is known to belong to a run: home, boot, service, run and a nonce.
    pub(super) fn tag(&self, service: &str, run: u64) -> OsString {
        format!("{}.{}.{service}.{run}.{}", self.home_id, self.boot, random_hex(4)).into()
    }

    /// Where a service that says itself that it is ready says so.
    pub(super) fn notify_socket(&self, service: &str) -> PathBuf {
        self.dirs.runs().join(as_file_name(service)).join("notify.sock")
    }

    fn services(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, watch::Receiver<Shown>>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes with every boot of the machine (random(4)).
pub(super) fn boot_id() -> String {
    let id = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
