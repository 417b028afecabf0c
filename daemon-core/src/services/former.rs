//! What an earlier daemon left of its services: runs that live, and runs that have ended since.
//!
//! A run lives if its process is the one that its row names: the same boot, the
//! same number *and* the same start, and no zombie. It is adopted: watched by a
//! pidfd, its FIFOs opened again, its log completed and continued. A run without
//! a row, since its daemon was killed in the instant after it was started, is
//! found by its tag.
//!
//! Everything else has ended while no daemon ran. What such a run has left
//! behind is killed, as it would have been at its end, before its log is
//! completed and before the service may start again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use rustix::process::Signal;

use super::common::Common;
use super::sentence;
use super::standing::Stood;
use super::store::{Began, Event, Last};
use crate::kernel::Fault;
use crate::runs::child::{Child, Exit};
use crate::runs::logs::{Holder, Holders, RunLog};
use crate::runs::parting;
use crate::runs::tree::{Key, Process, Tree};

/// How long a run has to end whose service is not configured any more.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what such a run has left may take to end by itself.
const LAST_BREATH: Duration = Duration::from_millis(100);

/// All that was left.
#[derive(Default)]
pub(super) struct Left {
    pub(super) lives: BTreeMap<String, Former>,
    pub(super) ended: BTreeMap<String, Ended>,
    pub(super) stood: BTreeMap<String, Stood>,
    /// The newest run of each service.
    pub(super) last_runs: BTreeMap<String, Last>,
}

/// A run that lives.
pub(super) struct Former {
    pub(super) child: Child,
    pub(super) tree: Tree,
    pub(super) log: Option<RunLog>,
    pub(super) run: u64,
    pub(super) since: Timestamp,
    pub(super) digest: Option<u64>,
    pub(super) ready: bool,
}

/// A run that has ended while no daemon ran.
pub(super) struct Ended {
    pub(super) run: u64,
    pub(super) since: Timestamp,
    pub(super) exit: Exit,
    /// The same in words.
    pub(super) ending: String,
}

/// Finds all of it, and sets in order what has ended.
///
/// # Errors
/// `unavailable` if the history or the logs cannot be read.
pub(super) async fn find(common: &Arc<Common>) -> Result<Left, Fault> {
    let mut left = Left {
        stood: common.store.standings(&common.runs.boot).await?.into_iter().collect(),
        last_runs: common.store.last_runs().await?.into_iter().collect(),
        ..Left::default()
    };
    let (rows, of_before): (Vec<Began>, Vec<Began>) =
        common.store.unfinished().await?.into_iter().partition(|row| row.boot == common.runs.boot);
    for row in of_before {
        note_end(common, &row.service, row.run, "ended with the machine, which was started again");
    }
    let holder = |row: &Began| Holder { run: row.run, pid: row.pid, ticks: row.start_ticks };
    let holders: Holders = rows.iter().map(|row| (row.service.clone(), holder(row))).collect();
    // The logs have a thread of their own, which is at work while the processes are looked for here.
    let recovering = common.runs.logs.recover(|name| !name.contains('@'), holders);
    let looking = async { rows.iter().filter_map(|row| living(common, row)).collect() };
    let (recovered, mut lives): (_, BTreeMap<Key, Former>) = join(recovering, looking).await;
    let recovered = recovered.map_err(super::Error::from)?;
    let mut logs: BTreeMap<Key, RunLog> =
        recovered.into_iter().map(|it| ((it.service, it.run), it.log)).collect();

    let mut open: BTreeSet<Key> = rows.iter().map(|row| (row.service.clone(), row.run)).collect();
    open.extend(logs.keys().cloned());
    open.retain(|key| !lives.contains_key(key));
    if !open.is_empty() {
        let without_row = |key: &Key| !rows.iter().any(|row| (&row.service, row.run) == (&key.0, key.1));
        let mains = common.runs.trees.mains(&open).await;
        for (key, main) in mains.into_iter().filter(|(key, _)| without_row(key)) {
            let Some(former) = unrecorded(common, &key, main) else { continue };
            open.remove(&key);
            lives.insert(key, former);
        }
        end_strays(common, &open, &rows, &lives).await;
    }

    for row in rows.iter().filter(|row| open.contains(&(row.service.clone(), row.run))) {
        let ended = Ended::of(row);
        note_end(common, &row.service, row.run, &ended.ending);
        left.ended.insert(row.service.clone(), ended);
    }
    // Runs come in order, so what is replaced is an older one; there should be none.
    for (key, mut former) in lives {
        former.log = logs.remove(&key);
        left.last_runs.entry(key.0.clone()).or_default().reaches(key.1);
        left.ended.remove(&key.0);
        if let Some(older) = left.lives.insert(key.0.clone(), former) {
            older.child.kill();
            note_end(common, &key.0, older.run, "was killed, since a newer run lives");
        }
    }
    for ((service, run), log) in logs {
        tracing::info!(service, run, "a run ended while no daemon ran; its log is completed");
        left.last_runs.entry(service).or_default().reaches(run);
        log.close().await.map_err(super::Error::from)?;
    }
    Ok(left)
}

/// Ends runs whose services are not configured any more.
pub(super) fn end(common: &Arc<Common>, formers: BTreeMap<String, Former>) {
    for (service, former) in formers {
        let common = Arc::clone(common);
        common.runs.tasks.clone().detach(async move {
            tracing::warn!(
                service,
                run = former.run,
                "ending a run of a service that is not configured any more"
            );
            former.child.signal_group(Signal::TERM);
            if tokio::time::timeout(PATIENCE, former.child.over()).await.is_err() {
                former.child.kill();
                former.child.over().await;
            }
            let left = common.runs.trees.end(&former.tree, LAST_BREATH).await;
            former.child.reap();
            if let Some(told) = left.told() {
                tracing::warn!(service, "{told}");
            }
            note_end(&common, &service, former.run, "ended with its configuration");
            if let Some(log) = former.log
                && let Err(error) = log.close().await
            {
                tracing::error!(service, %error, "the log was not closed well");
            }
        });
    }
}

impl Ended {
    fn of(row: &Began) -> Ended {
        let exit = parting::of_dead(row.pid, row.start_ticks).unwrap_or(Exit::Unknown);
        let ending = sentence::ending_unseen(exit);
        Ended { run: row.run, since: row.at, exit, ending }
    }
}

/// The run of a row, if its process is still the one that was started.
fn living(common: &Common, row: &Began) -> Option<(Key, Former)> {
    let child = Child::former(row.pid, row.start_ticks)?;
    let Began { run, at: since, digest, ready, .. } = *row;
    let key = (row.service.clone(), run);
    let main = Process { pid: row.pid, ticks: row.start_ticks };
    let tree = common.runs.trees.former(key.clone(), Some(main), row.cgroup.as_deref());
    Some((key, Former { child, tree, log: None, run, since, digest, ready }))
}

/// A run whose row never landed; it does now.
fn unrecorded(common: &Common, (service, run): &Key, main: Process) -> Option<Former> {
    let child = Child::former(main.pid, main.ticks)?;
    let since = common.runs.clock.now();
    let tree = common.runs.trees.former((service.clone(), *run), Some(main), None);
    common.store.began(Began {
        service: service.clone(),
        run: *run,
        pid: main.pid,
        start_ticks: main.ticks,
        boot: common.runs.boot.clone(),
        at: since,
        digest: None,
        ready: false,
        cgroup: tree.cgroup().map(Path::to_owned),
    });
    Some(Former { child, tree, log: None, run: *run, since, digest: None, ready: false })
}

/// Ends what is left of runs whose main process is gone. A cgroup that the next run has been given already, in the
/// last moment before its daemon was killed, is not theirs any more.
async fn end_strays(common: &Common, dead: &BTreeSet<Key>, rows: &[Began], lives: &BTreeMap<Key, Former>) {
    let given: BTreeSet<&Path> = lives.values().filter_map(|former| former.tree.cgroup()).collect();
    let ending = dead.iter().map(async |key| {
        let row = rows.iter().find(|row| (&row.service, row.run) == (&key.0, key.1));
        let cgroup = row.and_then(|row| row.cgroup.as_deref()).filter(|cgroup| !given.contains(cgroup));
        let tree = common.runs.trees.former(key.clone(), None, cgroup);
        let left = common.runs.trees.end(&tree, Duration::ZERO).await;
        if let Some(told) = left.told() {
            tracing::warn!(service = key.0, run = key.1, "a run ended while no daemon ran: {told}");
            common.store.event(&key.0, Event { at: common.runs.clock.now(), run: key.1, text: told });
        }
    });
    join_all(ending).await;
}

fn note_end(common: &Common, service: &str, run: u64, ending: &str) {
    common.store.ended(service, run, common.runs.clock.now(), ending.to_owned());
}
