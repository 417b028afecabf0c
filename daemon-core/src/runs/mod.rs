//! Runs: a command that was started, with its output, all its processes, and its end.
//!
//! What services and jobs share. A run is known by a name and a number
//! (`tree::Key`). It is planned (`begin`: the program is found, the environment
//! put together), started by the launcher, watched by descriptor (`child`), its
//! output is captured so that a kill of the daemon loses nothing (`logs`), and
//! it ends with everything that it has started (`tree`).
//!
//! Why something runs, when, and what follows from its end is not known here:
//! that is for the capabilities that have runs, and so is the row that a later
//! daemon finds it by.

mod begin;
pub(crate) mod child;
pub(crate) mod command;
pub mod conf;
pub mod difference;
pub mod environment;
mod error;
mod handed;
pub mod limits;
pub mod logs;
pub(crate) mod name;
mod orphans;
pub(crate) mod parting;
pub mod processes;
mod resolve;
pub(crate) mod sampler;
pub(crate) mod signal;
mod still;
pub mod tree;
mod usage;
mod user;
mod vars;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use hob_launch::Keeper;
use tokio::sync::{OnceCell, Semaphore};

pub(crate) use begin::{Begun, Program};
pub use command::{CommandError, CommandLine};
pub use error::Error;
pub(crate) use error::may_pass;
pub(crate) use handed::HeldProgram;
pub use name::{as_file_name, of_file_name};
pub use resolve::{NotFound, resolve};
pub use signal::{Signal, SignalError};
pub use still::still_running;
pub(crate) use usage::Usage;
pub(crate) use user::{account_named, user_name};
pub use vars::{Vars, check_variable};

use crate::home::{Dirs, private_dir, random_hex};
use crate::kernel::clock::{self, Clock};
use crate::kernel::mount::Mount;
use crate::kernel::tasks::Tasks;
use crate::kernel::{Code, Fault};
use environment::Base;
use logs::Logs;
use processes::ledger::Root;
use sampler::Sampler;
use tree::{Key, Trees};

/// Runs that begin at the same time. A thousand would hold a thousand environments, and the
/// logs are opened one after the other anyway.
const BEGINNINGS: usize = 4;

/// Tells which runs have a process.
type Roots = Box<dyn Fn() -> Vec<Root> + Send + Sync>;

/// What all runs of a daemon need; clones share it.
#[derive(Clone)]
pub struct Runs(Arc<Shared>);

/// What [`Runs`] share.
pub struct Shared {
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) dirs: Dirs,
    pub(crate) home_id: String,
    pub(crate) boot: String,
    pub(crate) logs: Logs,
    pub(crate) trees: Trees,
    /// Counts what runs use, while somebody listens.
    pub(crate) sampler: Sampler,
    /// Those whose limits are watched.
    pub(crate) limits: limits::Register,
    /// Those of services.
    services: OnceLock<Roots>,
    /// The soft limit of open files that this process was started with.
    open_files: u64,
    /// To begin a run.
    turns: Semaphore,
    wants_login: Box<dyn Fn() -> bool + Send + Sync>,
    environment: OnceCell<Base>,
}

impl std::ops::Deref for Runs {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Runs {
    /// What runs need, made on the thread that starts them. `open_files` is the limit that they are to have,
    /// and `wants_login` says, once it is known, whether they get a login shell's environment.
    ///
    /// # Errors
    /// `unavailable` if the places of logs cannot be made.
    pub fn mount(
        m: &mut Mount,
        open_files: u64,
        wants_login: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Runs, Fault> {
        let (dirs, clock, tasks) = (m.dirs.clone(), m.clock.clone(), m.tasks.clone());
        let runs = Runs::new(dirs, m.home_id.clone(), clock, tasks, open_files, Box::new(wants_login))?;
        let trees = runs.trees.clone();
        m.configure(move |settings: tree::Settings| trees.configure(&settings));
        Ok(runs)
    }

    /// The same without a configuration.
    pub(crate) fn new(
        dirs: Dirs,
        home_id: String,
        clock: Clock,
        tasks: Tasks,
        open_files: u64,
        wants_login: Box<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<Runs, Fault> {
        let paths = logs::Paths { logs: dirs.service_logs(), run: dirs.runs() };
        for directory in [&paths.logs, &paths.run] {
            private_dir(directory)?;
        }
        let keeper = Keeper::new(dirs.launcher().to_owned(), paths.run.clone());
        let logs = Logs::start_kept(paths, clock::now, Some(keeper))
            .map_err(|error| Fault::new(Code::Unavailable, format!("cannot start: {error}")))?;
        let boot = boot_id();
        Ok(Runs(Arc::new(Shared {
            trees: Trees::new(&home_id, &boot),
            sampler: Sampler::new(clock.clone(), &home_id, &boot),
            limits: limits::Register::default(),
            services: OnceLock::new(),
            clock,
            tasks,
            dirs,
            home_id,
            boot,
            logs,
            open_files,
            turns: Semaphore::const_new(BEGINNINGS),
            wants_login,
            environment: OnceCell::new(),
        })))
    }

    /// From now on what has lost its parent is reaped. Whoever asks how a run ended that an earlier daemon
    /// began has asked by now.
    pub fn keep_reaping(&self) {
        orphans::keep_reaping(self);
    }

    /// What processes inherit: a login shell's environment if the settings say so, else the daemon's.
    pub(crate) async fn environment(&self) -> &Base {
        self.environment
            .get_or_init(|| async move {
                let own = Base::daemon(std::env::vars_os());
                let shell = std::env::var_os("SHELL").map(PathBuf::from).filter(|_| (self.wants_login)());
                let Some(shell) = shell else { return own };
                match environment::login(&shell, own.pairs(), environment::LIMIT).await {
                    Ok(pairs) => Base::login(pairs),
                    Err(error) => {
                        tracing::warn!(%error, "what is started gets the daemon's own environment");
                        own
                    }
                }
            })
            .await
    }

    /// From now on `roots` tells which services run.
    pub(crate) fn count_services(&self, roots: impl Fn() -> Vec<Root> + Send + Sync + 'static) {
        assert!(self.services.set(Box::new(roots)).is_ok(), "the services are mounted once");
    }

    /// The runs that are counted: those of services, and what else has limits that are watched.
    pub(crate) fn roots(&self) -> Vec<Root> {
        let mut roots = self.services.get().map(|roots| roots()).unwrap_or_default();
        // A service knows best which process is its main one.
        let others = self.limits.roots().into_iter();
        let others: Vec<Root> =
            others.filter(|it| roots.iter().all(|root| root.service != it.service)).collect();
        roots.extend(others);
        roots
    }

    /// The tag by which a process is known to belong to a run: home, boot, name, run and a nonce.
    fn tag(&self, (name, run): &Key) -> String {
        format!("{}.{}.{name}.{run}.{}", self.home_id, self.boot, random_hex(4))
    }

    /// Whether a process is of a run of this home, whichever daemon began that, as far as its mark says.
    pub(crate) fn have_marked(&self, pid: i32) -> bool {
        self.trees.have_marked(pid)
    }

    /// Whatever still runs goes on alone, or has ended: nothing is started, captured or ended here any more.
    pub async fn end(&self) {
        self.trees.leave();
        if let Err(error) = self.logs.clone().stop().await {
            tracing::error!(%error, "the logs did not end well");
        }
    }

    /// Kills whatever is left of any run that this can see, and waits for nothing.
    pub fn kill_all(&self) {
        self.trees.kill_all();
    }
}

/// Changes with every boot of the machine (random(4)).
fn boot_id() -> String {
    let id = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
