//! The composition root: the only file that names every capability.
//!
//! A daemon is started in one order and stopped in the reverse one: the home is
//! claimed, the database opened, each capability mounted on those before it,
//! the configuration applied, and only then do the sockets answer.

mod memory;
mod replace;
mod run;
mod start;
mod window;

use std::io;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

pub use memory::share_one_heap;
pub use run::{Options, live, run, runtime, start_log};

use crate::config::{Config, Declared};
use crate::home::{Handed, Home};
use crate::kernel::registry::Registry;
use crate::kernel::tasks::Tasks;
use crate::kernel::{Caller, Meta};
use crate::runs::{self, Runs};
use crate::services;
use crate::storage::Db;
use crate::surface::{Listening, Peer, ipc};
use crate::system;
use crate::wire::Client;
use crate::{approvals, audit, clients, jobs, project};

/// How long a background task has to end once it was asked to.
const TASK_PATIENCE: Duration = Duration::from_secs(2);

/// The facts of every operation, without a daemon.
pub fn catalog() -> Vec<Meta> {
    system::ops()
        .metas()
        .chain(services::ops().metas())
        .chain(jobs::ops().metas())
        .chain(project::ops().metas())
        .chain(audit::ops().metas())
        .chain(clients::ops().metas())
        .chain(approvals::ops().metas())
        .chain(approvals::policy::ops().metas())
        .collect()
}

/// Every section of the configuration, to be checked without a daemon.
pub fn sections() -> Vec<Declared> {
    vec![
        Declared::of::<system::Settings>(),
        Declared::of::<services::Section>(),
        Declared::of::<jobs::Section>(),
        Declared::of::<runs::tree::Settings>(),
        Declared::of::<services::stats::Settings>(),
        Declared::of::<project::Section>(),
    ]
}

/// A running daemon.
pub struct Daemon {
    registry: Arc<Registry>,
    /// Held for the capabilities, which come and go with it.
    config: Arc<Config>,
    system: system::Handle,
    audit: audit::Handle,
    runs: Runs,
    services: services::Handle,
    jobs: jobs::Handle,
    approvals: approvals::Handle,
    tasks: Tasks,
    db: Db,
    listening: Listening,
    home: Home,
}

/// What a daemon that is replaced in place leaves to the next program of its process.
pub(crate) struct Estate {
    home: Home,
    sockets: Vec<(Handed, UnixListener)>,
}

impl Daemon {
    /// A client in this process, with every right.
    pub fn client(&self) -> Client {
        self.client_of(Caller::daemon())
    }

    /// A client in this process for somebody of whom it is known what he may do.
    pub fn client_of(&self, caller: Caller) -> Client {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (reader, writer) = tokio::io::split(ours);
        let registry = Arc::clone(&self.registry);
        self.tasks.detach(async move {
            ipc::converse(reader, writer, registry, Peer::known(caller), ipc::Place::default()).await
        });
        let (reader, writer) = tokio::io::split(theirs);
        Client::over(reader, writer)
    }

    /// The daemon itself, as a capability.
    pub fn system(&self) -> &system::Handle {
        &self.system
    }

    /// Gives back, in its own time, the memory that starting needed.
    fn give_memory_back(&self) {
        let files = [self.db.clone(), self.audit.db().clone()];
        self.tasks.detach(async move {
            for file in files {
                if let Err(error) = file.give_back().await {
                    tracing::debug!(%error, "the database kept its memory");
                }
            }
            memory::give_back();
        });
    }

    /// Stops everything in the reverse order of starting.
    pub async fn stop(self) {
        let patience = self.system.settings().daemon.stop_timeout.into();
        self.approvals.stop_all(patience).await;
        self.jobs.stop_all(patience).await;
        self.services.stop_all(patience).await;
        self.runs.end().await;
        drop(self.close().await);
    }

    /// Stops everything but the services, which the next daemon adopts.
    pub async fn leave(self) {
        self.leave_all().await;
        drop(self.close().await);
    }

    /// As [`Daemon::leave`], but keeps the home, so that nobody else can take it, and the sockets, so
    /// that nobody who connects is refused.
    pub(crate) async fn let_go(mut self) -> Estate {
        let sockets = std::mem::take(&mut self.listening).let_go().await;
        self.leave_all().await;
        Estate { home: self.close().await, sockets }
    }

    async fn leave_all(&self) {
        self.approvals.stop_all(TASK_PATIENCE).await;
        self.jobs.leave_all().await;
        self.services.leave_all().await;
        self.runs.end().await;
    }

    async fn close(self) -> Home {
        let aborted = self.tasks.end(TASK_PATIENCE).await;
        if !aborted.is_empty() {
            tracing::warn!(tasks = ?aborted, "tasks did not end in time");
        }
        if let Err(error) = self.audit.close().await {
            tracing::error!(%error, "the audit record was not closed well");
        }
        if let Err(error) = self.db.close().await {
            tracing::error!(%error, "the database was not closed well");
        }
        self.home
    }

    /// The record.
    pub fn audit(&self) -> &audit::Handle {
        &self.audit
    }

    /// All runs, of whatever capability.
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The gate, for tests that look inside.
    #[cfg(test)]
    pub(crate) fn approvals(&self) -> &approvals::Handle {
        &self.approvals
    }

    /// The services, as a capability.
    pub fn services(&self) -> &services::Handle {
        &self.services
    }
}

impl Estate {
    /// The variables by which the next program finds it; until then it stays this one's.
    fn hand_on(&self) -> io::Result<Vec<(&'static str, String)>> {
        let sockets = self.sockets.iter().map(|(what, socket)| what.keep(socket));
        std::iter::once(self.home.hand_on()).chain(sockets).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::home::Dirs;
    use crate::kernel::clock::Clock;

    #[tokio::test]
    async fn a_daemon_that_has_stopped_leaves_nothing_in_its_process() {
        let place = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(place.path());
        let services = "[service.web]\ncommand = [\"true\"]\nautostart = false\n";
        fs_err::write(dirs.config(), services).unwrap();
        let clock = Clock::standing_at(Timestamp::UNIX_EPOCH);
        let daemon = Daemon::start(dirs, clock.clone(), None).await.unwrap();
        drop(daemon.client());
        assert!(1 < clock.clones(), "its capabilities have the clock");
        daemon.stop().await;
        let all_gone = async {
            while 1 < clock.clones() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all_gone).await.expect("nobody has the clock any more");
    }
}
