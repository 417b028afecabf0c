//! Which processes carry the tag of a run, by one pass over `/proc`.
//!
//! Every process of a run has `HOB_RUN` in its environment, unless it has taken
//! it out: home, boot, service, run and a nonce. So a run is recognised whose
//! row never landed, and what a run has left when its main process is gone,
//! whatever session or parent that has made itself.
//!
//! Anybody can put a tag into an environment, and what a run has left on purpose
//! keeps its own for ever. So a tag alone is no reason to end a process: only
//! runs count that a row or a log says were under way.

use std::collections::{BTreeMap, BTreeSet};

use rustix::process::getpid;

use crate::home;

/// A run: its service and number.
pub(super) type Key = (String, u64);

/// A process, by number and start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) ticks: u64,
}

/// The processes of these runs, of each the oldest first.
pub(super) fn of_runs(home_id: &str, boot: &str, open: &BTreeSet<Key>) -> BTreeMap<Key, Vec<Process>> {
    sort(tagged(home_id, boot), open)
}

fn sort(tagged: Vec<(Key, Process)>, open: &BTreeSet<Key>) -> BTreeMap<Key, Vec<Process>> {
    let mut found = BTreeMap::<Key, Vec<Process>>::new();
    for (key, process) in tagged.into_iter().filter(|(key, _)| open.contains(key)) {
        found.entry(key).or_default().push(process);
    }
    found.values_mut().for_each(|processes| processes.sort_by_key(|process| (process.ticks, process.pid)));
    found
}

/// All processes with a tag of this home, except this one: a daemon may be started inside a service.
fn tagged(home_id: &str, boot: &str) -> Vec<(Key, Process)> {
    let Ok(processes) = fs_err::read_dir("/proc") else { return Vec::new() };
    let me = getpid().as_raw_nonzero().get();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let prefix = format!("HOB_RUN={home_id}.{boot}.");
    pids.filter(|pid| *pid != me)
        .filter_map(|pid| {
            let environment = fs_err::read(format!("/proc/{pid}/environ")).ok()?;
            let mut variables = environment.split(|byte| *byte == 0);
            let tag = variables.find_map(|variable| variable.strip_prefix(prefix.as_bytes()))?;
            let key = parse(std::str::from_utf8(tag).ok()?)?;
            Some((key, Process { pid, ticks: home::start_ticks(pid)? }))
        })
        .collect()
}

/// The rest of a tag: service, run, nonce. A service's name may have dots.
fn parse(tag: &str) -> Option<Key> {
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
        let tagged = |service: &str, run, pid, ticks| ((service.to_owned(), run), Process { pid, ticks });
        let processes = vec![
            tagged("web", 7, 12, 120),
            tagged("web", 7, 11, 110),
            tagged("web", 6, 10, 100),
            tagged("web", u64::MAX, 13, 130),
            tagged("made-up", 7, 14, 140),
        ];
        let found = sort(processes, &open);
        let pids = found.values().flatten().map(|process| process.pid);
        assert_eq!(pids.collect::<Vec<_>>(), [11, 12]);
    }

    #[test]
    fn a_tag_names_its_service_whatever_that_is_called() {
        assert_eq!(parse("web.7.abcd"), Some(("web".to_owned(), 7)));
        assert_eq!(parse("shop/web.v2.12.abcd"), Some(("shop/web.v2".to_owned(), 12)));
        assert_eq!(parse("12.abcd"), None);
    }
}
