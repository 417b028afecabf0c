//! `on = { event = "service.failed", name = "web" }`: what a job runs on besides the clock.
//!
//! A table says one thing; a list of tables says several.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Occasion;
use crate::config::Findings;
use crate::kernel::text::{brief, nearest};
use crate::runs::name::check_name;

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

/// What a job runs on besides the clock.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnConf {
    /// Something that happens: "service.started", "service.ready", "service.stopped", "service.failed",
    /// "service.crashed", "service.unhealthy", "job.succeeded" or "job.failed"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// To which service or job; it need not exist yet. Default: to any, except that a job never runs because of itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl OnConf {
    /// What it means for a job of this name.
    pub(super) fn checked(&self, job: &str, findings: &mut Findings) -> Option<Occasion> {
        let Some(event) = &self.event else {
            findings.add_hint(&["on"], "on needs an event", "such as on = { event = \"service.failed\" }");
            return None;
        };
        if !EVENTS.contains(&event.as_str()) {
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
        Some(Occasion::Event { event: event.clone(), name: self.name.clone() })
    }
}
