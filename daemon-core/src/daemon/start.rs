//! Starting: the home is claimed, the databases opened, each capability mounted on those before it, the
//! configuration applied, and only then do the sockets answer.
//!
//! A database shows some of its damage when it is opened, and the rest when the capabilities read in it
//! what they begin with. Both end alike: it is set aside and another begun, because a daemon that keeps
//! services alive must start. In the second case what was mounted is taken down again first, as when a
//! daemon leaves, so that all of it begins anew; what runs is not touched and found again. A file is set
//! aside once in a start, since the next one is new.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Daemon, TASK_PATIENCE};
use crate::config::Config;
use crate::home::{Dirs, Home};
use crate::kernel::Fault;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::registry::Registry;
use crate::kernel::tasks::Tasks;
use crate::runs::Runs;
use crate::storage::{Db, Durability};
use crate::surface::{Descent, Listening, Sockets};
use crate::system::log::Log;
use crate::watch::Watcher;
use crate::{approvals, audit, clients, exec, jobs, project, services, system};

/// What a daemon is started with.
struct Start {
    dirs: Dirs,
    clock: Clock,
    log: Option<Log>,
    /// The limit of open files before it was raised.
    open_files: u64,
    /// What its files are called if they are set aside.
    stamp: String,
}

/// The capabilities that a daemon has to do with itself.
struct Mounted {
    system: system::Handle,
    audit: audit::Handle,
    services: services::Handle,
    jobs: jobs::Handle,
    approvals: approvals::Handle,
}

impl Daemon {
    /// Starts a daemon; when this returns, its sockets answer. `log` is the process's log, for its levels to follow the settings.
    ///
    /// # Errors
    /// `busy` if another has the home, `invalid` for a bad configuration, `unavailable` for a bad place.
    pub async fn start(dirs: Dirs, clock: Clock, log: Option<Log>) -> Result<Daemon, Fault> {
        let open_files = raise_open_files();
        dirs.check_socket_paths()?;
        let mut home = Some(Home::claim(&dirs)?);
        let stamp = clock.now().as_second().to_string();
        let start = Start { dirs, clock, log, open_files, stamp };
        let mut anew: BTreeSet<PathBuf> = BTreeSet::new();
        loop {
            let fault = match start.attempt(&mut home).await {
                Ok(daemon) => return Ok(daemon),
                Err(fault) => fault,
            };
            match fault.more.as_ref().and_then(|more| more.damaged.as_deref()) {
                Some(file) if anew.insert(file.to_owned()) => {
                    let aside = Db::put_aside(file, &start.stamp)?;
                    tracing::error!(aside = %aside.display(), "{fault}: set aside, a new one is begun");
                }
                _ => return Err(fault),
            }
        }
    }

    async fn open(&mut self, sockets: Sockets, dirs: &Dirs, home_id: &str) -> Result<(), Fault> {
        self.system.complete(&self.config, &self.registry).await?;
        let (activity, runs) = (self.system.activity(), self.runs.clone());
        let descent = Arc::new(Descent::new(home_id, move |pid| runs.have_marked(pid)));
        self.listening = sockets.serve(&self.registry, activity, &descent, &self.tasks);
        self.home.announce(dirs)
    }
}

impl Start {
    /// One start; after an error nothing of it is left, and the home is still there.
    async fn attempt(&self, home: &mut Option<Home>) -> Result<Daemon, Fault> {
        let db = Db::open_or_set_aside(&self.dirs.database(), Durability::Normal, &self.stamp)?;
        let gate = Db::open_or_set_aside(&self.dirs.gate(), Durability::FullOnceSecured, &self.stamp)?;
        let home_id = home.as_ref().expect("only a daemon that has started takes it").id().to_owned();
        let mut mount = Mount {
            dirs: self.dirs.clone(),
            home_id: home_id.clone(),
            clock: self.clock.clone(),
            board: Board::default(),
            tasks: Tasks::default(),
            db: db.clone(),
            registry: Registry::default(),
            config: Config::default(),
        };
        let mut begun = None;
        let mounted = async {
            let mounted = self.mount(&mut mount, gate.clone(), &mut begun).await?;
            Ok((mounted, Sockets::bind(&self.dirs).await?))
        };
        let (mounted, sockets) = match mounted.await {
            Ok(mounted) => mounted,
            Err(fault) => {
                take_down(&mount.tasks, begun, [gate, db]).await;
                return Err(fault);
            }
        };
        let Mount { registry, config, tasks, .. } = mount;
        let Mounted { system, audit, services, jobs, approvals } = mounted;
        let mut daemon = Daemon {
            registry: Arc::new(registry),
            config: Arc::new(config),
            system,
            audit,
            runs: begun.expect("they are mounted"),
            services,
            jobs,
            approvals,
            tasks,
            db,
            listening: Listening::default(),
            home: home.take().expect("only a daemon that has started takes it"),
        };
        if let Err(fault) = daemon.open(sockets, &self.dirs, &home_id).await {
            daemon.leave_all().await;
            *home = Some(daemon.close().await);
            return Err(fault);
        }
        Ok(daemon)
    }

    /// Mounts everything; `begun` is what has to be ended if not all of it can be.
    async fn mount(&self, m: &mut Mount, gate: Db, begun: &mut Option<Runs>) -> Result<Mounted, Fault> {
        let system = system::mount(m, self.log.clone());
        let audit = audit::mount(m, gate).await?;
        let settings = system.clone();
        let wants_login = move || settings.settings().daemon.login_env;
        let runs = begun.insert(Runs::mount(m, self.open_files, wants_login)?);
        // One for all: the system gives a user few instances.
        let watcher = Watcher::new(&m.tasks, &m.clock);
        let services = services::mount(m, &system, runs, &watcher).await?;
        let jobs = jobs::mount(m, &system, runs, &services, &watcher).await?;
        project::mount(m, &system, &services, &jobs);
        let exec = exec::Handle::mount(runs.clone());
        let clients = clients::mount(m, &audit).await?;
        let approvals = approvals::mount(m, &audit, &exec, &clients, &system, &watcher).await?;
        // Before anybody can ask for anything.
        audit.secure().await?;
        runs.keep_reaping();
        Ok(Mounted { system, audit, services, jobs, approvals })
    }
}

/// Ends what was begun and closes the databases. What runs is left to whoever finds it.
async fn take_down(tasks: &Tasks, runs: Option<Runs>, databases: [Db; 2]) {
    if let Some(runs) = runs {
        runs.end().await;
    }
    let aborted = tasks.end(TASK_PATIENCE).await;
    if !aborted.is_empty() {
        tracing::warn!(tasks = ?aborted, "tasks did not end in time");
    }
    for db in databases {
        if let Err(error) = db.close().await {
            tracing::debug!(%error, "closing what could not be used");
        }
    }
}

/// Raises the limit of open files to the most that is allowed, and returns what it was: the
/// launcher puts it back for what it starts.
fn raise_open_files() -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current.unwrap_or(u64::MAX);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    before
}
