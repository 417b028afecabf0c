//! What the tray knows: the board's values, as far as the menu shows them.

use std::collections::{BTreeMap, BTreeSet};

use daemon_core::approvals::request::state::State;
use daemon_core::kernel::Fault;
use daemon_core::kernel::board::{Change, Changes};
use daemon_core::project::ProjectStatus;
use daemon_core::services::ServiceStatus;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// How we stand to a daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is being found or started.
    #[default]
    Starting,
    /// It runs in this process.
    Hosting,
    /// It runs in another process.
    Attached,
    /// It is stopping because this process ends.
    Ending,
    /// There is none, and why.
    Down(Fault),
}

/// Everything that the icon and the menu are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Board {
    pub(crate) link: Link,
    pub(crate) services: BTreeMap<String, ServiceStatus>,
    /// What is to be said of projects whose files are not what was approved, by name.
    pub(crate) projects: BTreeMap<String, String>,
    /// What waits for a person's decision, by its id.
    pub(crate) requests: BTreeSet<String>,
    /// The jobs, by name, and whether they run.
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) pause: Option<Pause>,
    /// What is wrong with the configuration on disk, so that it is not in force.
    pub(crate) problem: Option<String>,
    /// Whether Hob starts at login; unknown if that cannot be found out.
    pub(crate) at_login: Option<bool>,
}

/// What the menu shows of a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Job {
    /// Its runs under way.
    running: Vec<Value>,
}

/// What the tray wants to know of a request.
#[derive(Deserialize)]
struct Listed {
    state: State,
}

/// Restarts are held.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Pause {
    /// Until then; without a time, until somebody resumes.
    pub(crate) until: Option<Timestamp>,
}

impl Job {
    /// Whether something of it runs.
    pub(crate) fn runs(&self) -> bool {
        !self.running.is_empty()
    }
}

impl Board {
    /// Takes in what the daemon's board says.
    pub(crate) fn take(&mut self, news: Changes) {
        if news.snapshot {
            self.forget();
        }
        for change in news.changes {
            match (change.noun.as_str(), change.key.as_str()) {
                ("service", _) => match value::<ServiceStatus>(&change) {
                    Some(status) => drop(self.services.insert(change.key, status)),
                    None => drop(self.services.remove(&change.key)),
                },
                ("project", _) => match value::<ProjectStatus>(&change).and_then(|project| project.note) {
                    Some(note) => drop(self.projects.insert(change.key, note)),
                    None => drop(self.projects.remove(&change.key)),
                },
                ("request", _) => match value::<Listed>(&change).map(|listed| listed.state) {
                    Some(State::Pending) => drop(self.requests.insert(change.key)),
                    _ => drop(self.requests.remove(&change.key)),
                },
                ("job", _) => match value::<Job>(&change) {
                    Some(job) => drop(self.jobs.insert(change.key, job)),
                    None => drop(self.jobs.remove(&change.key)),
                },
                ("system", "pause") => self.pause = value(&change),
                ("config", "problem") => self.problem = value::<Fault>(&change).map(|fault| fault.message),
                _ => {}
            }
        }
    }

    /// Forgets what only a daemon can know.
    pub(crate) fn forget(&mut self) {
        self.services.clear();
        self.projects.clear();
        self.requests.clear();
        self.jobs.clear();
        self.pause = None;
        self.problem = None;
    }
}

/// A value of a kind that we know; one of a later version is none.
fn value<T: for<'de> Deserialize<'de>>(change: &Change) -> Option<T> {
    let parsed = serde_json::from_str(change.value.as_ref()?.get());
    parsed.inspect_err(|error| tracing::debug!(noun = change.noun, %error, "not understood")).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A board that a daemon with these services (name, state, wanted, reason) would show.
    pub(crate) fn with(services: &[(&str, &str, &str, Option<&str>)]) -> Board {
        let changes: Vec<_> = services
            .iter()
            .map(|(name, state, wanted, reason)| {
                let value = json!({
                    "name": name, "state": state, "ready": *state == "running", "wanted": wanted, "run": 1,
                    "restarts": 0, "since": "2026-11-21T10:00:00Z", "reason": reason, "command": ["/bin/true"],
                });
                json!({ "noun": "service", "key": name, "sequence": 1, "value": value })
            })
            .collect();
        let mut board = Board { link: Link::Hosting, at_login: Some(false), ..Board::default() };
        board.take(serde_json::from_value(json!({ "snapshot": true, "changes": changes })).unwrap());
        board
    }

    #[test]
    fn a_snapshot_replaces_and_a_change_adds() {
        let mut board = with(&[("web", "running", "up", None), ("old", "stopped", "down", None)]);
        assert_eq!(board.services.len(), 2);
        let gone = json!({ "noun": "service", "key": "old", "sequence": 2, "value": null });
        let paused = json!({ "noun": "system", "key": "pause", "sequence": 1, "value": { "until": null } });
        board.take(serde_json::from_value(json!({ "snapshot": false, "changes": [gone, paused] })).unwrap());
        assert_eq!(board.services.keys().collect::<Vec<_>>(), ["web"]);
        assert_eq!(board.pause, Some(Pause { until: None }));
        board.take(serde_json::from_value(json!({ "snapshot": true, "changes": [] })).unwrap());
        assert_eq!(board, Board { link: Link::Hosting, at_login: Some(false), ..Board::default() });
    }

    #[test]
    fn what_a_later_version_says_is_passed_over() {
        let mut board = Board::default();
        let strange =
            json!({ "noun": "service", "key": "web", "sequence": 1, "value": { "state": "levitating" } });
        let other = json!({ "noun": "planet", "key": "mars", "sequence": 1, "value": 4 });
        board.take(serde_json::from_value(json!({ "snapshot": true, "changes": [strange, other] })).unwrap());
        assert_eq!(board, Board::default());
    }
}
