//! What a run has that has no job; and a job in words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::schedule::{CatchUp, Schedule, Trigger, Zone};
use super::spec::{Job, Occasion, Overlap, Settings};
use crate::config::Span;
use crate::runs::logs::OnFull;
use crate::runs::{Signal, Vars};

impl Job {
    /// Of a command that was put into a queue by itself, and of a run whose job is not configured any more.
    pub(super) fn of_nobody() -> Job {
        Job { name: "".into(), settings: Arc::new(Settings::of_nobody()), digest: 0 }
    }
}

impl Settings {
    /// Of a command without a job.
    pub(super) fn of_nobody() -> Settings {
        let span = |seconds: u64| Span::from(Duration::from_secs(seconds));
        Settings {
            command: Vec::new(),
            working_dir: std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
            env: Vars::new(),
            env_file: None,
            env_text: None,
            user: None,
            memory: None,
            cpu: None,
            pids: None,
            open_files: None,
            stop_signal: Signal::TERM,
            stop_timeout: span(10),
            schedule: Schedule::new(Vec::new(), jiff::tz::TimeZone::UTC),
            zone: Zone::System,
            files: Vec::new(),
            files_written: Vec::new(),
            on: Vec::new(),
            overlap: Overlap::Queue,
            missed: CatchUp::Skip,
            grace: span(0),
            timeout: None,
            retries: 0,
            retry_initial: span(1),
            retry_max: span(60),
            retry_factor: 2.0,
            success_codes: vec![0],
            queue: None,
            priority: 0,
            alert_after: None,
            keep_runs: 1000,
            keep_age: span(30 * 24 * 3600),
            log_max_size: 10 << 20,
            log_keep: 5,
            log_on_full: OnFull::Drop,
        }
    }

    /// What it runs on, in words.
    pub(super) fn triggers(&self) -> Vec<String> {
        let by_clock = self.schedule.triggers().iter().map(ToString::to_string);
        let by_files = self.files.iter().map(|_| "files".to_owned());
        let by_events = self.on.iter().map(|Occasion::Event { event, name }| match name {
            Some(name) => format!("{event} {name}"),
            None => event.clone(),
        });
        by_clock.chain(by_files).chain(by_events).collect()
    }

    /// The same for people, such as "every day at 02:00 (Europe/Madrid)".
    pub(super) fn when(&self) -> Vec<String> {
        let zone = |trigger: &Trigger| match &self.zone {
            Zone::Named(_) if trigger.is_of_day() => format!(" ({})", self.zone),
            _ => String::new(),
        };
        let by_clock = self.schedule.triggers().iter().map(|trigger| trigger.words() + &zone(trigger));
        let by_files =
            self.files_written.iter().map(|files| format!("when {} changes", files.files.join(" or ")));
        let by_events = self.on.iter().map(|Occasion::Event { event, name }| {
            let (what, happened) = event.split_once('.').unwrap_or(("something", event));
            match name {
                Some(name) => format!("when {what} {name} {}", has(happened)),
                None => format!("when any {what} {}", has(happened)),
            }
        });
        by_clock.chain(by_files).chain(by_events).collect()
    }

    /// What is configured, to be looked at: of variables only the names.
    pub(super) fn shown(&self) -> Map<String, Value> {
        let shown = json!({
            "command": self.command,
            "working_dir": self.working_dir.display().to_string(),
            "env": self.env.get().keys().collect::<Vec<_>>(),
            "env_file": self.env_file.as_ref().map(|path| path.display().to_string()),
            "user": self.user,
            "triggers": self.triggers(),
            "zone": self.schedule.zone().iana_name(),
            "overlap": self.overlap.to_string(),
            "missed": self.missed.to_string(),
            "grace": self.grace.to_string(),
            "timeout": self.timeout.map(|it| it.to_string()),
            "retries": self.retries,
            "success_codes": self.success_codes,
            "queue": self.queue,
            "priority": self.priority,
            "alert_after": self.alert_after.map(|it| it.to_string()),
            "stop_signal": self.stop_signal.name(),
            "stop_timeout": self.stop_timeout.to_string(),
            "keep": { "runs": self.keep_runs, "age": self.keep_age.to_string() },
        });
        match shown {
            Value::Object(mut shown) => {
                shown.retain(|_, value| !value.is_null());
                shown
            }
            _ => Map::new(),
        }
    }
}

/// "service.failed" is that a service has failed.
fn has(happened: &str) -> String {
    match happened {
        "ready" | "unhealthy" => format!("is {happened}"),
        happened => format!("has {happened}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::jobs::spec::one;

    fn check(keys: &str, when: &[&str]) {
        assert_eq!(one(keys).when(), when, "{keys}");
    }

    #[test]
    fn when_a_job_runs_is_said_in_words() {
        check("", &[]);
        check(
            "cron = \"0 2 * * *\"\nzone = \"Europe/Madrid\"\nevery = \"15m\"",
            &["every day at 02:00 (Europe/Madrid)", "every 15 minutes"],
        );
        check("on = { files = [\"src/**\", \"Cargo.toml\"] }", &["when src/** or Cargo.toml changes"]);
        check("on = { event = \"service.failed\", name = \"web\" }", &["when service web has failed"]);
        check("on = { event = \"service.unhealthy\" }", &["when any service is unhealthy"]);
    }
}
