//! Looking after a command from its launch until nothing of it is left.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::FusedFuture;
use hob_launch::{Plan as LaunchPlan, Report};
use rustix::process::Signal;
use tokio::sync::{oneshot, watch};

use super::capture::Capture;
use super::ended::{Because, Ended};
use super::{Canceller, Handle};
use crate::exec::blocking;
use crate::runs::child::{Child, Exit};
use crate::runs::limits;
use crate::runs::tree::Tree;

/// How long a command that has to end may take to do so by itself.
const GRACE: Duration = Duration::from_secs(2);
/// How long what it leaves behind may.
const LAST_BREATH: Duration = Duration::from_millis(100);
/// How long its streams may stay open when nothing of it is left that we know of.
const STREAMS: Duration = Duration::from_secs(15);

/// A command that was launched.
pub(super) struct Attended {
    pub(super) process: Process,
    pub(super) out: Capture,
    pub(super) err: Capture,
    pub(super) tell_started: Option<oneshot::Sender<Result<(), String>>>,
    pub(super) tell_ended: watch::Sender<Option<Arc<Ended>>>,
}

/// Its processes, and when they have to end.
pub(super) struct Process {
    pub(super) child: Child,
    pub(super) tree: Tree,
    pub(super) launch_plan: LaunchPlan,
    /// That its limits are watched, as far as nothing else holds it to them.
    pub(super) limited: Option<limits::Entry>,
    pub(super) wall: Duration,
    pub(super) wish: Canceller,
}

/// What has become of the main process.
enum Course {
    /// It never became the program.
    NotStarted(String),
    Ended(Exit, Option<Because>),
}

impl Attended {
    pub(super) async fn attend(self, handle: &Handle) {
        let Attended { mut process, mut out, mut err, mut tell_started, tell_ended } = self;
        let runs = &handle.0.runs;
        let entry = handle.0.underway.enter(&process.wish);
        let begun = runs.clock.uptime();
        // One future from begin to end: what it has in hand when the main process ends is not to be lost.
        let both = async { tokio::join!(out.read(), err.read()) };
        let mut reading = Box::pin(both.map(|((), ())| ()).fuse());
        let course = process.watch_over(handle, begun, &mut reading, &mut tell_started).await;
        let patience = if matches!(course, Course::Ended(_, None)) { LAST_BREATH } else { Duration::ZERO };
        let left = {
            let ending = runs.trees.end(&process.tree, patience);
            tokio::pin!(ending);
            loop {
                // What is ending may have much to say, and waits for it to be read.
                tokio::select! {
                    left = &mut ending => break left,
                    () = &mut reading, if !reading.is_terminated() => {}
                }
            }
        };
        let starved = process.tree.starved();
        if left.is_empty() {
            runs.trees.spare(&mut process.tree);
        }
        process.child.reap();
        drop(process.limited.take());
        if !reading.is_terminated() && tokio::time::timeout(STREAMS, &mut reading).await.is_err() {
            tracing::warn!("the streams of a command stay open although it has ended");
        }
        drop(reading);
        match course {
            Course::NotStarted(why) => tell(&mut tell_started, Err(why)),
            Course::Ended(exit, because) => {
                let starved = starved.map(|what| Because::Limit { what });
                let ended = Ended {
                    out: out.summary(),
                    err: err.summary(),
                    killed_because: because.or(starved),
                    left_running: left.told(),
                    took_ms: u64::try_from((runs.clock.uptime() - begun).as_millis()).unwrap_or(u64::MAX),
                    ..Ended::with(exit)
                };
                tell_ended.send_replace(Some(Arc::new(ended)));
            }
        }
        drop(entry);
    }
}

impl Process {
    /// Waits for the end of the main process, and asks for it when it is time to. Until then `reading` goes on.
    async fn watch_over(
        &mut self,
        handle: &Handle,
        begun: Duration,
        reading: &mut (impl FusedFuture<Output = ()> + Unpin),
        tell_started: &mut Option<oneshot::Sender<Result<(), String>>>,
    ) -> Course {
        let clock = handle.0.runs.clock.clone();
        let Process { child, limited, wish, launch_plan, wall, .. } = self;
        let mut wishes = wish.0.subscribe();
        let (mut because, mut kill_at) = (None, None);
        loop {
            let at = kill_at.unwrap_or(begun + *wall);
            let is_due = because.is_none() || kill_at.is_some();
            let wished = tokio::select! {
                // The launcher's word comes before its end, also where both are there at once.
                biased;
                report = child.report(), if child.is_launching() => {
                    child.decided();
                    let started = match report {
                        Ok(Report::Failed(failure)) => {
                            let plan = launch_plan.clone();
                            Err(blocking(move || hob_launch::explain(&plan, &failure)).await)
                        }
                        Ok(Report::Started | Report::Pending) => Ok(()),
                        Err(error) => Err(format!("the launcher: {error}")),
                    };
                    if let Err(why) = started {
                        child.kill();
                        child.over().await;
                        return Course::NotStarted(why);
                    }
                    tell(tell_started, Ok(()));
                    continue;
                }
                exit = child.over(), if !child.is_launching() => return Course::Ended(exit, because),
                what = excess(limited), if because.is_none() => Because::Limit { what },
                () = clock.sleep_until(at), if is_due => {
                    if kill_at.take().is_some() {
                        child.kill();
                        continue;
                    }
                    Because::WallLimit
                }
                wish = wished(&mut wishes), if because.is_none() => wish,
                () = &mut *reading, if !reading.is_terminated() => continue,
            };
            because = Some(wished);
            child.signal_group(Signal::TERM);
            // A stopped process takes no signal but this one and KILL.
            child.signal_group(Signal::CONT);
            kill_at = Some(clock.uptime() + GRACE);
        }
    }
}

fn tell(to: &mut Option<oneshot::Sender<Result<(), String>>>, started: Result<(), String>) {
    // Whoever does not wait any more has no use for it.
    to.take().map(|to| to.send(started).ok());
}

/// Waits until somebody wants its end; for ever if nobody can any more.
async fn wished(wishes: &mut watch::Receiver<Option<Because>>) -> Because {
    let wish = wishes.wait_for(Option::is_some).await.ok().and_then(|wish| wish.clone());
    match wish {
        Some(wish) => wish,
        None => std::future::pending().await,
    }
}

/// Waits until it uses more than it may; for ever if nobody watches that.
async fn excess(limited: &mut Option<limits::Entry>) -> String {
    match limited {
        Some(entry) => entry.exceeded().await,
        None => std::future::pending().await,
    }
}
