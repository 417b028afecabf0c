//! Jobs of a few words of shell, and what has become of their runs.

use std::collections::BTreeMap;

use daemon_core::jobs::ops::{Enqueue, Get, Logs, RunNow, Runs, Wait};
use daemon_core::jobs::{JobStatus, Run, RunId, Standing};
use jiff::Timestamp;

use super::house::{House, until};

/// The table of a job that is a script of the shell, and further keys of it.
pub fn job(name: &str, script: &str, more: &str) -> String {
    let script = toml::Value::from(script);
    format!("[job.\"{name}\"]\ncommand = [\"/bin/sh\", \"-c\", {script}]\nworking_dir = \"/\"\n{more}\n")
}

/// One that notes its name in a file that all share.
pub fn noting(name: &str, more: &str) -> String {
    job(name, "echo $HOB_JOB >> @THINGS/notes", more)
}

/// A script that waits until there is a file of this name.
pub fn gate(name: &str) -> String {
    format!("while [ ! -e @THINGS/{name} ]; do sleep 0.01; done")
}

/// A command that is no job.
pub fn command(script: &str) -> Enqueue {
    Enqueue {
        command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        queue: None,
        priority: None,
        after: Vec::new(),
        working_dir: Some("/".to_owned()),
        env: BTreeMap::new(),
    }
}

pub fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl House {
    /// Makes a file, for which a [`gate`] waits.
    pub fn open_gate(&self, name: &str) {
        fs_err::write(self.thing(name), "").unwrap();
    }

    /// Asks for a run.
    pub async fn ask(&self, job: &str) -> Run {
        self.call(RunNow { name: job.to_owned(), args: Vec::new() }).await.unwrap()
    }

    pub async fn over(&self, id: RunId) -> Run {
        self.call(Wait { id }).await.unwrap()
    }

    pub async fn job(&self, name: &str) -> JobStatus {
        self.call(Get { name: name.to_owned() }).await.unwrap().status
    }

    /// All runs of a job, the oldest first; of all if it has no name.
    pub async fn runs(&self, job: &str) -> Vec<Run> {
        let job = Some(job.to_owned()).filter(|job| !job.is_empty());
        let mut runs = self.call(Runs { job, limit: 10_000, ..Runs::default() }).await.unwrap().runs;
        runs.reverse();
        runs
    }

    /// How the runs of a job stand, the oldest first.
    pub async fn stand(&self, job: &str) -> Vec<Standing> {
        self.runs(job).await.into_iter().map(|run| run.state).collect()
    }

    pub async fn run(&self, id: RunId) -> Run {
        self.runs("").await.into_iter().find(|run| run.id == id).unwrap()
    }

    /// Waits until nothing waits or is under way; what was decided before is on disk then.
    pub async fn until_all_over(&self) {
        until("all runs are over", async || self.runs("").await.iter().all(|run| run.state.is_over())).await;
    }

    /// Waits until a job's runs stand so.
    pub async fn until_stand(&self, job: &str, expected: &[Standing]) {
        let mut last = Vec::new();
        let wait = async {
            while last.iter().map(|run: &Run| run.state).collect::<Vec<_>>() != expected {
                last = self.runs(job).await;
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let became = tokio::time::timeout(super::LONG, wait).await;
        assert!(became.is_ok(), "{job} never was {expected:?}: {last:#?}");
    }

    /// Waits until so many notes are there, as long as they become more.
    pub async fn until_noted(&self, count: usize) {
        let mut before = self.notes().len();
        while before < count {
            until("there are more notes", async || before < self.notes().len()).await;
            before = self.notes().len();
        }
    }

    pub async fn output(&self, id: RunId) -> Vec<String> {
        let logs = Logs { run: id.to_string(), lines: 100_000, attempt: None, grep: None };
        self.call(logs).await.unwrap().lines.into_iter().map(|line| line.text).collect()
    }
}
