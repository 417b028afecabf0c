//! Runs that an earlier daemon left behind when it died.
//!
//! They are found by their rows and, since a row may not have landed before the
//! kill, by the tag in their environment. In this version they are asked to end
//! and their services started anew; their logs are completed first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::child::Child;
use super::common::Common;
use super::store::Began;
use super::unit::Former;
use crate::home;
use crate::kernel::Fault;

/// How long a run has to end whose service is not configured any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds them, and the highest run number of each service.
///
/// # Errors
/// `unavailable` if the history or the logs cannot be read.
pub(super) async fn find(
    common: &Arc<Common>,
) -> Result<(BTreeMap<String, Former>, BTreeMap<String, u64>), Fault> {
    let mut logs: BTreeMap<(String, u64), _> = BTreeMap::new();
    for recovered in common.logs.recover().await.map_err(super::Error::from)? {
        logs.insert((recovered.service, recovered.run), recovered.log);
    }
    let mut last_runs: BTreeMap<String, u64> = common.store.last_runs().await?.into_iter().collect();
    let unfinished = common.store.unfinished().await?;
    let mut formers = BTreeMap::<String, Former>::new();
    if unfinished.is_empty() && logs.is_empty() {
        return Ok((formers, last_runs));
    }
    let open =
        unfinished.iter().map(|row| (row.service.clone(), row.run)).chain(logs.keys().cloned()).collect();
    for ((service, run), Found { pid, ticks, main }) in mains(common, &unfinished, &open) {
        let last = last_runs.entry(service.clone()).or_default();
        *last = (*last).max(run);
        let Some(child) = Child::former(pid, ticks, main) else { continue };
        let log = logs.remove(&(service.clone(), run));
        // Runs come in order, so what was there is an older one; there should be none.
        if let Some(older) = formers.insert(service, Former { child, log, run }) {
            older.child.signal_group(Signal::KILL);
        }
    }
    for row in
        unfinished.iter().filter(|row| formers.get(&row.service).is_none_or(|former| former.run != row.run))
    {
        common.store.ended(
            &row.service,
            row.run,
            common.clock.now(),
            "ended while no daemon lived".to_owned(),
        );
    }
    for ((service, run), log) in logs {
        tracing::info!(service, run, "a run ended while no daemon lived; its log is completed");
        log.close().await.map_err(super::Error::from)?;
    }
    Ok((formers, last_runs))
}

/// Ends runs whose services are not configured any more.
pub(super) fn end(common: &Arc<Common>, formers: BTreeMap<String, Former>) {
    for (service, former) in formers {
        let common = Arc::clone(common);
        common.tasks.clone().detach(async move {
            tracing::warn!(
                service,
                run = former.run,
                "ending a run of a service that is not configured any more"
            );
            former.child.signal_group(Signal::TERM);
            if tokio::time::timeout(PATIENCE, former.child.ended()).await.is_err() {
                former.child.signal_group(Signal::KILL);
                former.child.ended().await;
            }
            common.store.ended(
                &service,
                former.run,
                common.clock.now(),
                "ended with its configuration".to_owned(),
            );
            if let Some(log) = former.log
                && let Err(error) = log.close().await
            {
                tracing::error!(service, %error, "the log was not closed well");
            }
        });
    }
}

/// A process of a run.
struct Found {
    pid: i32,
    ticks: u64,
    /// The run's main process, whether it lives or not, as far as it is known.
    main: i32,
}

/// The main process of each run, or the oldest one that it left behind.
///
/// A row says which that was if there is one; otherwise it is the oldest process with the run's tag.
fn mains(
    common: &Common,
    unfinished: &[Began],
    open: &BTreeSet<(String, u64)>,
) -> BTreeMap<(String, u64), Found> {
    let mut mains = oldest(tagged(&common.home_id, &common.boot), open);
    for row in unfinished.iter().filter(|row| row.boot == common.boot) {
        let (pid, ticks) = (row.pid, row.start_ticks);
        let key = (row.service.clone(), row.run);
        if home::start_ticks(pid) == Some(ticks) {
            mains.insert(key, Found { pid, ticks, main: pid });
        } else if let Some(left) = mains.get_mut(&key) {
            left.main = pid;
        }
    }
    mains
}

/// The oldest process of each run that a row or a log says was under way.
///
/// Anybody can put a tag into an environment, and what a run has left on purpose keeps its own for
/// ever. A tag alone is no reason to end a process.
fn oldest(tagged: Vec<Tagged>, open: &BTreeSet<(String, u64)>) -> BTreeMap<(String, u64), Found> {
    let mut oldest = BTreeMap::new();
    for (service, run, pid, ticks) in tagged {
        let key = (service, run);
        if !open.contains(&key) {
            continue;
        }
        let found = Found { pid, ticks, main: pid };
        let known = oldest.entry(key).or_insert(Found { ..found });
        if ticks < known.ticks {
            *known = found;
        }
    }
    oldest
}

/// A process with a tag: service, run, pid, start.
type Tagged = (String, u64, i32, u64);

/// All processes with a tag of this home.
fn tagged(home_id: &str, boot: &str) -> Vec<Tagged> {
    let Ok(processes) = fs_err::read_dir("/proc") else { return Vec::new() };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let prefix = format!("HOB_RUN={home_id}.{boot}.");
    pids.filter_map(|pid| {
        let environment = fs_err::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let tag = variables.find_map(|variable| variable.strip_prefix(prefix.as_bytes()))?;
        let (service, run) = parse(std::str::from_utf8(tag).ok()?)?;
        Some((service, run, pid, home::start_ticks(pid)?))
    })
    .collect()
}

/// The rest of a tag: service, run, nonce. A service's name may have dots.
fn parse(tag: &str) -> Option<(String, u64)> {
    let mut from_behind = tag.rsplitn(3, '.');
    let (_nonce, run, service) = (from_behind.next()?, from_behind.next()?, from_behind.next()?);
    Some((service.to_owned(), run.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_no_run_that_was_under_way_is_nobodys() {
        let open = [("web".to_owned(), 7)].into();
        let tagged = |service: &str, run, pid, ticks| (service.to_owned(), run, pid, ticks);
        let processes = vec![
            tagged("web", 7, 12, 120),
            tagged("web", 7, 11, 110),
            tagged("web", 6, 10, 100),
            tagged("web", u64::MAX, 13, 130),
            tagged("made-up", 7, 14, 140),
        ];
        let found: Vec<_> =
            oldest(processes, &open).into_iter().map(|(key, found)| (key.1, found.pid)).collect();
        assert_eq!(found, [(7, 11)]);
    }

    #[test]
    fn a_tag_names_its_service_whatever_that_is_called() {
        assert_eq!(parse("web.7.abcd"), Some(("web".to_owned(), 7)));
        assert_eq!(parse("shop/web.v2.12.abcd"), Some(("shop/web.v2".to_owned(), 12)));
        assert_eq!(parse("12.abcd"), None);
    }
}
