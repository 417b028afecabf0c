//! Jobs: commands that run when it is time to, when files change, when something happens, or when asked; and end.
//!
//! What a job is stands in [`spec`], when it is due is decided in `schedule`, who may begin in `floor`, and
//! what follows from an end in `outcome`; all of these are pure. The `engine` has what is
//! true now, behind one lock that nobody holds while waiting. A run is a row before it is a process
//! (`store`), and lives in a task of its own (`attempt`). What an earlier daemon left is taken up by `former`.
//!
//! A command that was put into a queue by itself is a run without a job.

mod attempt;
mod begin;
mod cancel;
mod due;
mod engine;
mod error;
mod events;
pub mod floor;
mod former;
mod keep;
mod nobody;
pub mod ops;
mod outcome;
pub mod run;
pub mod schedule;
pub mod spec;
mod status;
mod store;
mod unrecorded;
mod watching;
mod zone;

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use error::Error;
pub use ops::ops;
pub use run::{Inputs, Run, RunId, Standing};
pub use spec::{JobDifference, JobPlan, Section, difference};
pub use status::{JobStatus, QueueStatus};

use crate::kernel::Fault;
use crate::kernel::board::Board;
use crate::kernel::mount::Mount;
use crate::kernel::tasks::Nudge;
use crate::runs::Runs;
use crate::services;
use crate::system;
use crate::watch::Watcher;
use attempt::Ending;
use engine::Engine;
use store::Store;

/// How long what was killed may take to vanish.
const VANISH: Duration = Duration::from_secs(2);

/// A handle on all jobs and their runs.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    runs: Runs,
    store: Store,
    board: Board,
    system: system::Handle,
    engine: Mutex<Engine>,
    /// Something may be due earlier than it was.
    earlier: Notify,
    /// A run has ended.
    less: Notify,
    /// Told now and then when runs have ended.
    keeping: Mutex<Option<Nudge>>,
    watcher: Watcher,
    /// How many runs have ended since it was looked at which are kept.
    ended: AtomicU32,
    happened: tokio::sync::broadcast::Sender<events::Happening>,
}

/// Mounts the capability. What an earlier daemon left is found here.
///
/// # Errors
/// `unavailable` if the tables or the logs cannot be opened.
pub async fn mount(
    m: &mut Mount,
    system: &system::Handle,
    runs: &Runs,
    services: &services::Handle,
    watcher: &Watcher,
) -> Result<Handle, Fault> {
    let store = Store::open(&m.db).await?;
    let engine = Engine::new(&store, m.clock.now()).await?;
    let handle = Handle(Arc::new(Inner {
        runs: runs.clone(),
        store,
        board: m.board.clone(),
        system: system.clone(),
        engine: Mutex::new(engine),
        earlier: Notify::new(),
        less: Notify::new(),
        keeping: Mutex::default(),
        watcher: watcher.clone(),
        ended: AtomicU32::new(0),
        happened: tokio::sync::broadcast::Sender::new(events::WAITING),
    }));
    let left = former::find(&handle).await?;
    m.ops(&handle, ops());
    let told = Arc::downgrade(&handle.0);
    system.jobs_are_told_by(move || Handle(told.upgrade()?).in_brief());
    let shown = Arc::downgrade(&handle.0);
    m.board.told_by("job", move |name| shown.upgrade().map_or_else(Vec::new, |it| Handle(it).tell(name)));
    let configured = handle.clone();
    let left = Arc::new(Mutex::new(Some(left)));
    m.configure(move |section: Section| {
        configured.configure(section);
        // Only now it is known what they are runs of.
        if let Some(left) = left.lock().unwrap_or_else(PoisonError::into_inner).take() {
            configured.take_up(left);
        }
        configured.go_on();
    });
    due::keep_time(&handle);
    keep::keep_tidy(&handle);
    events::listen(&handle, services);
    Ok(handle)
}

impl Handle {
    /// Ends all runs; kills what is left after `patience`. What waits goes on waiting for the next daemon.
    pub async fn stop_all(&self, patience: Duration) {
        self.close();
        self.engine().end_all(&Ending::Stopped);
        if tokio::time::timeout(patience, self.idle()).await.is_err() {
            tracing::warn!(?patience, "runs of jobs did not end in time and are killed");
            self.engine().end_all(&Ending::Killed);
            if tokio::time::timeout(VANISH, self.idle()).await.is_err() {
                tracing::error!("a run of a job could not be killed");
            }
        }
    }

    /// Lets go of all runs, which go on, for the next daemon to adopt.
    pub async fn leave_all(&self) {
        self.close();
        self.engine().end_all(&Ending::Left);
        if tokio::time::timeout(VANISH, self.idle()).await.is_err() {
            tracing::warn!("not all runs of jobs were let go of in time");
        }
    }

    /// From now on nothing begins.
    fn close(&self) {
        self.engine().close();
        self.0.earlier.notify_one();
    }

    /// Waits until nothing is under way.
    async fn idle(&self) {
        loop {
            let ended = self.0.less.notified();
            if self.engine().is_idle() {
                return;
            }
            ended.await;
        }
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
