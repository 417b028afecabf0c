//! Background work: each task has a name, a state that can be seen, and an end.
//!
//! Three kinds. `spawn` runs a future once. `serve` is a loop that should not end: an error or a panic
//! restarts it, later and later, up to a minute apart. `sweep` is an idempotent pass, made once per period
//! and whenever somebody nudges it. Stopping goes in reverse order of starting, with a deadline each: a
//! task hears of the stop only when those after it have ended, so that none outlives what it was built on.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may spawn")]

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::fault::Fault;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The daemon's background tasks; clones are the same tasks.
#[derive(Clone)]
pub struct Tasks(Arc<Inner>);

struct Inner {
    running: Mutex<Running>,
    /// Tasks from this number on should end.
    stopping: watch::Sender<usize>,
}

#[derive(Default)]
struct Running {
    next: usize,
    tasks: Vec<Task>,
}

struct Task {
    number: usize,
    status: Arc<Mutex<TaskStatus>>,
    join: JoinHandle<()>,
}

/// One background task, as `system.status` shows it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TaskStatus {
    /// What it is called.
    pub name: String,
    /// How often it was started again after an error.
    pub restarts: u32,
    /// How often it wakes by a timer, in milliseconds; absent if it waits for events only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_ms: Option<u64>,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Asks a sweep to make a pass now.
#[derive(Clone, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// One pass is made soon, however often this is called before it.
    pub fn nudge(&self) {
        self.0.notify_one();
    }
}

tokio::task_local! {
    /// Which task this is.
    static NUMBER: usize;
}

/// Resolves when the task that waits on it should end.
///
/// What is [detached](Tasks::detach) should end with the tasks started after this was made.
#[derive(Clone)]
pub struct Stop {
    made_at: usize,
    stopping: watch::Receiver<usize>,
}

impl Stop {
    /// Waits for the stop.
    pub async fn stopped(&mut self) {
        let number = NUMBER.try_with(|number| *number).unwrap_or(self.made_at);
        // An error means that the tasks are gone, which is a stop as well.
        if self.stopping.wait_for(|from| *from <= number).await.is_err() {
            tracing::trace!("the tasks are gone");
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Tasks(Arc::new(Inner { running: Mutex::default(), stopping: watch::channel(usize::MAX).0 }))
    }
}

impl Tasks {
    /// What a task waits on to learn that it should end.
    pub fn stop(&self) -> Stop {
        Stop { made_at: self.running().next, stopping: self.0.stopping.subscribe() }
    }

    /// Runs `work` once. It should end soon after [`Stop`] resolves.
    pub fn spawn(&self, name: &str, work: impl Future<Output = ()> + Send + 'static) {
        self.start(name, None, |_| work);
    }

    /// Runs `work` again and again: an error restarts it with growing pauses, `Ok` ends it.
    pub fn serve<W>(&self, name: &str, mut work: impl FnMut() -> W + Send + 'static)
    where
        W: Future<Output = Result<(), Fault>> + Send,
    {
        let mut stop = self.stop();
        self.start(name, None, |status| async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let begun = Instant::now();
                let Err(fault) = caught(&mut work).await else { return };
                status.failed(&fault);
                if LONGEST_PAUSE < begun.elapsed() {
                    pause = FIRST_PAUSE;
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    () = stop.stopped() => return,
                }
            }
        });
    }

    /// Makes a pass at once, every `period` (never, if zero) and on each nudge, until the stop.
    pub fn sweep<W>(
        &self,
        name: &str,
        period: Duration,
        mut pass: impl FnMut() -> W + Send + 'static,
    ) -> Nudge
    where
        W: Future<Output = Result<(), Fault>> + Send,
    {
        let nudge = Nudge::default();
        let nudged = Arc::clone(&nudge.0);
        let mut stop = self.stop();
        self.start(name, Some(period).filter(|period| !period.is_zero()), |status| async move {
            loop {
                if let Err(fault) = caught(&mut pass).await {
                    status.failed(&fault);
                }
                tokio::select! {
                    () = nudged.notified() => {
                        // One pass is for all nudges before it.
                        nudged.notified().now_or_never();
                    }
                    () = tokio::time::sleep(period), if !period.is_zero() => {}
                    () = stop.stopped() => return,
                }
            }
        });
        nudge
    }

    /// Runs `work` without a name in the status, such as one of many connections.
    ///
    /// It should end soon after [`Stop`] resolves; nobody waits for it.
    pub fn detach(&self, work: impl Future<Output = ()> + Send + 'static) {
        detach(work);
    }

    /// What runs now, in the order in which it was started.
    pub fn status(&self) -> Vec<TaskStatus> {
        let running = self.running();
        let alive = running.tasks.iter().filter(|task| !task.join.is_finished());
        alive.map(|task| task.status.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    /// Ends all tasks, the last started first; one that has not ended after `each` is aborted.
    ///
    /// Returns the names of those that had to be aborted.
    pub async fn end(&self, each: Duration) -> Vec<String> {
        let mut aborted = Vec::new();
        loop {
            let last = self.running().tasks.pop();
            self.0.stopping.send_replace(last.as_ref().map_or(0, |task| task.number));
            let Some(mut task) = last else { return aborted };
            if tokio::time::timeout(each, &mut task.join).await.is_err() {
                task.join.abort();
                aborted.push(task.status.lock().unwrap_or_else(PoisonError::into_inner).name.clone());
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start<W>(&self, name: &str, period: Option<Duration>, work: impl FnOnce(Watched) -> W)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let status = Arc::new(Mutex::new(TaskStatus {
            name: name.to_owned(),
            restarts: 0,
            period_ms: period.map(|period| u64::try_from(period.as_millis()).unwrap_or(u64::MAX)),
            last_error: None,
        }));
        let mut running = self.running();
        let number = running.next;
        running.next += 1;
        let join = tokio::spawn(NUMBER.scope(number, work(Watched(Arc::clone(&status)))));
        running.tasks.retain(|task| !task.join.is_finished());
        running.tasks.push(Task { number, status, join });
    }
}

/// Runs `work` without a name and without an end that anybody waits for.
pub(crate) fn detach(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

/// One run of a task; a panic, which has been written to standard error, is a failure like any other.
async fn caught<W: Future<Output = Result<(), Fault>>>(work: &mut impl FnMut() -> W) -> Result<(), Fault> {
    let run = AssertUnwindSafe(async { work().await }).catch_unwind();
    run.await.unwrap_or_else(|_panic| Err(Fault::internal("it panicked")))
}

struct Watched(Arc<Mutex<TaskStatus>>);

impl Watched {
    fn failed(&self, fault: &Fault) {
        let mut status = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        status.restarts += 1;
        status.last_error = Some(fault.message.clone());
        tracing::error!(task = %status.name, error = %fault, "a task failed and starts again");
    }
}
