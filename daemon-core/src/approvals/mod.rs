//! Approvals: whether something may be run, by rule or by a person's word, and that it is run once.
//!
//! What becomes of a request is decided in [`request::life`], what a person has
//! allowed beforehand in [`grants`], who may ask how often in [`queue`], who may
//! not decide in [`kinship`], and what is allowed at all in [`policy`]; all of
//! these are pure. The rows are the truth (`store`): each step of a request is
//! written together with its leaf of the record, and nothing is done before
//! that. What is in memory (`desk`) follows them. A request comes in by
//! `submit`, waits for its turn to be read for (`turns`, `planned`), is judged
//! (`opinion`), finds its `place` or its `fellows` who ask for the same already,
//! is decided by `decide`, run by `execute`, and ends by itself by `expire` and
//! `depart`; what an earlier daemon left is taken up by `former`.
//!
//! No line of this makes anything run that the record does not say is claimed.

pub mod allowance;
mod close;
mod decide;
mod depart;
mod desk;
mod error;
mod execute;
mod expire;
mod fellows;
mod former;
pub mod grants;
pub mod kinship;
mod live;
mod opinion;
pub mod ops;
mod past;
mod place;
mod planned;
pub mod policy;
pub mod queue;
mod reasons;
mod received;
mod refuse;
pub mod request;
mod revision;
mod running;
mod show;
mod similar;
mod store;
mod subject;
mod submit;
#[cfg(test)]
mod tests;
mod turns;
mod unrecorded;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;

pub use error::Error;
pub use ops::ops;
pub use policy::files as policy_files;

use crate::audit;
use crate::clients;
use crate::exec;
use crate::kernel::activity::Activity;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::tasks::Tasks;
use crate::kernel::{Client, Fault};
use crate::system;
use crate::watch::Watcher;
use desk::Desk;
use queue::Limits;
use request::Request;
use request::life::Moment;
use request::state::State;
use store::Store;

/// What the board calls a request.
const NOUN: &str = "request";

/// A handle on all requests.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    store: Store,
    exec: exec::Handle,
    policy: policy::Handle,
    clients: clients::Handle,
    activity: Activity,
    clock: Clock,
    board: Board,
    tasks: Tasks,
    desk: Mutex<Desk>,
    turns: turns::Turns,
    /// Something may end earlier than it did.
    earlier: Notify,
    /// Something that ran has ended.
    less: Notify,
    /// Those whose end is waited for.
    watched: Mutex<depart::Watched>,
    boot: String,
}

/// A request that is not over, as the board shows it to everybody: not what it would run.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    state: State,
    client: &'a str,
    created: jiff::Timestamp,
    expires: jiff::Timestamp,
}

/// Mounts the capability. What an earlier daemon left is found here.
///
/// # Errors
/// `unavailable` if the tables cannot be opened or what was found cannot be recorded.
pub async fn mount(
    m: &mut Mount,
    audit: &audit::Handle,
    exec: &exec::Handle,
    clients: &clients::Handle,
    system: &system::Handle,
    watcher: &Watcher,
) -> Result<Handle, Fault> {
    let store = Store::open(audit).await?;
    let last = store.last_revision().await?;
    let recorded = last.as_ref().map(|(number, _)| *number);
    let policy = policy::mount(m, watcher, last).await?;
    let handle = Handle(Arc::new(Inner {
        store,
        exec: exec.clone(),
        policy,
        clients: clients.clone(),
        activity: system.activity().clone(),
        clock: m.clock.clone(),
        board: m.board.clone(),
        tasks: m.tasks.clone(),
        desk: Mutex::default(),
        turns: turns::Turns::default(),
        earlier: Notify::new(),
        less: Notify::new(),
        watched: Mutex::default(),
        boot: boot(),
    }));
    // A record that takes nothing is no reason not to keep services alive: nothing is allowed without it.
    if let Err(error) = begin(&handle, recorded).await {
        tracing::error!(%error, "nothing is asked for or allowed until this is mended");
        handle.desk().not_taken_up = Some(error.to_string());
    }
    let told = Arc::downgrade(&handle.0);
    system.requests_are_told_by(move || told.upgrade().map_or(0, |inner| Handle(inner).desk().queue.len()));
    let policy = handle.0.policy.clone();
    system.policy_is_told_by(move || policy.problem());
    let names = clients.clone();
    handle.0.policy.clients_are_told_by(move || names.names());
    let place = audit.clone();
    system.gate_is_told_by(move || place.moved());
    let (told, record) = (Arc::downgrade(&handle.0), audit.clone());
    system.record_is_told_by(move || {
        record.trouble().or_else(|| told.upgrade().and_then(|inner| Handle(inner).trouble()))
    });
    m.ops(&handle, ops());
    expire::keep_time(&handle);
    let told = Arc::downgrade(&handle.0);
    clients.on_farewell(move |client: Client| {
        let told = told.clone();
        async move {
            if let Some(inner) = told.upgrade() {
                Handle(inner).close_client(&client).await;
            }
        }
    });
    Ok(handle)
}

/// Goes on from where an earlier daemon was; `recorded` is the policy's last revision in the record.
async fn begin(handle: &Handle, recorded: Option<u64>) -> Result<(), audit::Error> {
    revision::follow(handle, recorded).await?;
    former::take_up(handle).await
}

impl Handle {
    /// Begins nothing any more, ends what runs, and waits for that.
    pub async fn stop_all(&self, patience: Duration) {
        self.desk().closed = true;
        let all: Vec<_> = self.desk().all().map(|request| request.id.clone()).collect();
        for id in all {
            let unwanted = self.desk().get(&id).map(|open| Arc::clone(&open.unwanted));
            if let Some(unwanted) = unwanted {
                unwanted.notify_one();
            }
        }
        let idle = async {
            loop {
                let less = self.0.less.notified();
                let runs = |request: Arc<Request>| matches!(request.state, State::Claimed | State::Running);
                if !self.desk().all().any(runs) {
                    return;
                }
                less.await;
            }
        };
        if tokio::time::timeout(patience, idle).await.is_err() {
            tracing::error!("an approved command could not be ended");
        }
    }

    fn now(&self) -> Moment {
        Moment { wall: self.0.clock.now(), uptime: self.0.clock.uptime() }
    }

    /// How long a request waits.
    fn term(&self) -> Duration {
        self.0.policy.current().settings().pending_ttl.get()
    }

    /// What each client may.
    fn limits(&self) -> Limits {
        let policy = self.0.policy.current();
        let settings = policy.settings();
        Limits {
            all: settings.max_pending as usize,
            pending: settings.max_pending_per_client as usize,
            a_minute: settings.asks_per_minute as usize,
            cool_down: settings.cool_down.get(),
        }
    }

    /// How many requests each client may make in a minute.
    fn requests_a_minute(&self) -> usize {
        self.0.policy.current().settings().requests_per_minute as usize
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what was written, and shows it.
    fn follow(&self, request: Request) -> Arc<Request> {
        // Under the lock, or two steps could be shown in the wrong order.
        let mut desk = self.desk();
        let request = desk.follow(request);
        if request.state.is_over() {
            self.0.board.remove(NOUN, &request.id);
        } else {
            let listed = Listed {
                id: &request.id,
                state: request.state,
                client: &request.client,
                created: request.created,
                expires: request.expires,
            };
            self.0.board.put(NOUN, request.id.as_str(), &listed);
        }
        drop(desk);
        self.0.earlier.notify_one();
        if request.state.is_over() {
            self.0.less.notify_waiters();
        }
        request
    }
}

/// Which start of the system this is; grants for a while do not outlive it.
fn boot() -> String {
    fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}
