//! Background work: each task has a name, a state that can be seen, and an end.
//!
//! Three kinds. `spawn` runs a future once. `serve` is a loop that should not
//! end: an error restarts it, later and later, up to a minute apart. `sweep` is
//! an idempotent pass, made once per period and whenever somebody nudges it.
//! Stopping goes in reverse order of starting, with a deadline each, so that a
//! task never outlives what it was built on.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may spawn")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::fault::Fault;

const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The daemon's background tasks; clones are the same tasks.
#[derive(Clone)]
pub struct Tasks(Arc<Inner>);

struct Inner {
    running: Mutex<Vec<Task>>,
    stopping: watch::Sender<bool>,
}

struct Task {
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

/// Resolves when the daemon stops.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits for the stop.
    pub async fn stopped(&mut self) {
        // An error means that the tasks are gone, which is a stop as well.
        if self.0.wait_for(|stopping| *stopping).await.is_err() {
            tracing::trace!("the tasks are gone");
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Tasks(Arc::new(Inner { running: Mutex::default(), stopping: watch::channel(false).0 }))
    }
}

impl Tasks {
    /// What a task waits on to learn that it should end.
    pub fn stop(&self) -> Stop {
        Stop(self.0.stopping.subscribe())
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
            let mut pause = Duration::from_millis(100);
            while let Err(fault) = work().await {
                status.failed(&fault);
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
                if let Err(fault) = pass().await {
                    status.failed(&fault);
                }
                tokio::select! {
                    () = nudged.notified() => {}
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
        tokio::spawn(work);
    }

    /// What runs now, in the order in which it was started.
    pub fn status(&self) -> Vec<TaskStatus> {
        let running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = running.iter().filter(|task| !task.join.is_finished());
        alive.map(|task| task.status.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    /// Ends all tasks, the last started first; one that has not ended after `each` is aborted.
    ///
    /// Returns the names of those that had to be aborted.
    pub async fn end(&self, each: Duration) -> Vec<String> {
        self.0.stopping.send_replace(true);
        let tasks = std::mem::take(&mut *self.0.running.lock().unwrap_or_else(PoisonError::into_inner));
        let mut aborted = Vec::new();
        for mut task in tasks.into_iter().rev() {
            if tokio::time::timeout(each, &mut task.join).await.is_err() {
                task.join.abort();
                aborted.push(task.status.lock().unwrap_or_else(PoisonError::into_inner).name.clone());
            }
        }
        aborted
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
        let join = tokio::spawn(work(Watched(Arc::clone(&status))));
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|task| !task.join.is_finished());
        running.push(Task { status, join });
    }
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
