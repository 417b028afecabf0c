//! What all services of a daemon share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{broadcast, watch};

use super::probed::Probed;
use super::spec::as_file_name;
use super::status::ServiceStatus;
use super::store::{Event, Store};
use super::watched::Watches;
use crate::kernel::board::Board;
use crate::runs::Runs;
use crate::system;
use crate::watch::Watcher;

/// Events that wait for a slow follower.
const EVENTS_WAITING: usize = 256;
/// The same of happenings; a thousand services may start together.
const HAPPENINGS_WAITING: usize = 2048;

/// Something has happened to a service that others may act on.
#[derive(Debug, Clone)]
pub struct Happening {
    /// Such as "service.failed".
    pub what: &'static str,
    /// To which.
    pub service: Arc<str>,
}

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
    pub(super) runs: Runs,
    pub(super) board: Board,
    pub(super) store: Store,
    pub(super) system: system::Handle,
    pub(super) events: broadcast::Sender<(Arc<str>, Event)>,
    pub(super) happened: broadcast::Sender<Happening>,
    /// Those that are restarted when files change.
    pub(super) watches: Watches,
    /// What was found when they were last asked how they are.
    pub(super) probed: Probed,
    /// How many runs have begun.
    pub(super) starts: watch::Sender<u64>,
    services: Mutex<BTreeMap<Arc<str>, watch::Receiver<Shown>>>,
}

impl Common {
    pub(super) fn new(
        system: &system::Handle,
        board: Board,
        runs: &Runs,
        store: Store,
        watcher: &Watcher,
    ) -> Common {
        Common {
            runs: runs.clone(),
            board,
            store,
            system: system.clone(),
            events: broadcast::Sender::new(EVENTS_WAITING),
            happened: broadcast::Sender::new(HAPPENINGS_WAITING),
            watches: Watches::new(watcher),
            probed: Probed::default(),
            starts: watch::Sender::new(0),
            services: Mutex::default(),
        }
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
            self.probed.forget(service);
            self.board.remove("service", service);
        }
    }

    /// Where a service that says itself that it is ready says so.
    pub(super) fn notify_socket(&self, service: &str) -> PathBuf {
        self.runs.dirs.runs().join(as_file_name(service)).join("notify.sock")
    }

    fn services(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, watch::Receiver<Shown>>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
