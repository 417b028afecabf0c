//! `on = { files = ["src/**"] }`, `on = { event = "service.failed", name = "web" }`: what a job runs on besides the clock.
//!
//! A table says one thing; a list of tables says several. What globs mean is for
//! `watch` to say.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Occasion;
use crate::config::{Findings, Span};
use crate::runs::name::check_name;
use crate::text::{brief, nearest};
use crate::watch::{Files, Selection};

/// What a job can run on, if it happens to a service or another job.
pub const EVENTS: [&str; 8] = [
    "service.started",
    "service.ready",
    "service.stopped",
    "service.failed",
    "service.crashed",
    "service.unhealthy",
    "job.succeeded",
    "job.failed",
];

/// What a job runs on besides the clock: exactly one of `files` and `event`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a table like { files = [\"src/**\"] } or { event = \"job.failed\" }"
)]
pub struct OnConf {
    /// A file changes that one of these globs means, relative to the job's working directory: `*` and `?` stay within a name, `**` is any number of directories
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// Globs of files and directories to leave out; one without a `/` is a name at any depth
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore: Option<Vec<String>>,
    /// A change is told when nothing has changed for so long, 50ms to 1h; however long that goes on, it is told
    /// some time. Default: 300ms
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Span>,
    /// Leave out what `.gitignore` files leave out. Default: true
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gitignore: Option<bool>,
    /// Look so often, 100ms to 24h, instead of waiting to be told: for network file systems
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Span>,
    /// The changed files are written to the standard input of the job, one JSON object a line. Default: false
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdin: Option<bool>,
    /// Something happens: "service.started", "service.ready", "service.stopped", "service.failed",
    /// "service.crashed", "service.unhealthy", "job.succeeded" or "job.failed"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// With `event`: to this service or job, which need not exist yet. Default: to any, except that a job never runs because of itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a table of `on` means.
pub(super) enum On {
    Event(Occasion),
    /// As written, and checked.
    Files(Files, Selection),
}

impl OnConf {
    /// What it means for a job of this name that runs in `working_dir`.
    pub(super) fn checked(&self, job: &str, working_dir: &Path, findings: &mut Findings) -> Option<On> {
        match (&self.files, &self.event) {
            (Some(files), None) => self.watched(files, working_dir, findings),
            (None, Some(event)) => Some(On::Event(self.awaited(event, job, findings))),
            (None, None) => {
                let hint = "such as on = { files = [\"src/**\"] } or on = { event = \"service.failed\" }";
                findings.add_hint(&["on"], "on needs files or an event", hint);
                None
            }
            (Some(_), Some(_)) => {
                let hint = "write two tables: on = [{ files = [...] }, { event = \"...\" }]";
                findings.add_hint(&["on"], "files and event are two things to run on", hint);
                None
            }
        }
    }

    fn watched(&self, files: &[String], working_dir: &Path, findings: &mut Findings) -> Option<On> {
        if self.name.is_some() {
            findings.add_hint(&["on", "name"], "on.name goes only with on.event", "remove \"name\"");
        }
        let files = Files {
            files: files.to_vec(),
            ignore: self.ignore.clone().unwrap_or_default(),
            debounce: self.debounce,
            gitignore: self.gitignore,
            poll: self.poll,
            stdin: self.stdin,
        };
        match files.check(working_dir) {
            Ok(selection) => Some(On::Files(files, selection)),
            Err(refusals) => {
                for refusal in refusals {
                    findings.push(&["on", refusal.key], &refusal.message, refusal.hint);
                }
                None
            }
        }
    }

    fn awaited(&self, event: &str, job: &str, findings: &mut Findings) -> Occasion {
        for (key, is_there) in [
            ("ignore", self.ignore.is_some()),
            ("debounce", self.debounce.is_some()),
            ("gitignore", self.gitignore.is_some()),
            ("poll", self.poll.is_some()),
            ("stdin", self.stdin.is_some()),
        ] {
            if is_there {
                let message = format!("on.{key} goes only with on.files");
                findings.add_hint(&["on", key], &message, &format!("remove \"{key}\""));
            }
        }
        if !EVENTS.contains(&event) {
            let message = format!("there is no event \"{}\"", brief(event));
            let hint = match nearest(event, EVENTS) {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => format!("there are {}", EVENTS.join(", ")),
            };
            findings.push(&["on", "event"], &message, Some(hint));
        }
        if let Some(name) = &self.name {
            let what = if event.starts_with("job.") { "job" } else { "service" };
            if let Err(error) = check_name(what, name) {
                findings.add(&["on", "name"], &error.to_string());
            }
            if what == "job" && name == job {
                let message = "a job cannot run because of itself: it would never rest";
                findings.add_hint(&["on", "name"], message, "to try again when it fails, set \"retries\"");
            }
        }
        Occasion::Event { event: event.to_owned(), name: self.name.clone() }
    }
}
