//! The `[service.NAME]` table as written.
//!
//! Every key may be left out, so that the same table can be `[defaults.service]`
//! and be laid under each service ([`ServiceConf::over`]). What a table means,
//! and whether it makes sense, is for `check` to say; here only the shape of
//! each value is read, so that such errors stand at their line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::health::HealthConf;
use super::later::{self, Later};
use super::readiness::ReadyConf;
use super::{Signal, Vars};
use crate::config::{Age, Size, Span};
use crate::runs::CommandLine;
use crate::runs::conf::LimitsConf;
use crate::runs::logs::OnFull;
use crate::watch::Files;

/// A service: a long-running program that the daemon keeps alive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceConf {
    /// What to run; the one key that every service needs. A list is executed as
    /// it is; a string is split into words like a shell would, but never given to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandLine>,
    /// Give the command, as one string, to `/bin/sh -c`. Default: false
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<bool>,
    /// Where to run: absolute, from `~`, or relative to this file. Default: a
    /// project's services run beside their file, all others in the home directory
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// Environment variables, on top of the daemon's environment and `env_file`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vars>,
    /// A file of `NAME=value` lines, under `env`; absolute, from `~`, or relative to this file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env_file: Option<String>,
    /// Start it with the daemon. Default: true
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autostart: Option<bool>,
    /// When to start it again after it ended by itself. Default: on-failure
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// Exit codes that are no failure, each 0 to 255. Default: 0 alone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_codes: Option<Vec<i64>>,
    /// Endings in a row that are answered with a restart; one more, and the
    /// service has failed until a person steps in. 0 is without limit. Default: 5
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_restarts: Option<u32>,
    /// Up and ready for this long, a service's past is forgotten; 1s to one year. Default: 60s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_window: Option<Span>,
    /// How long to wait between restarts
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<BackoffConf>,
    /// The signal that asks it to end. Default: TERM
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<Signal>,
    /// How long it may take to end before it is killed; at most 1h. Default: 10s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_timeout: Option<Span>,
    /// Services that must be ready before this one starts, if they are to run at all
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// Services that are started with this one and must be ready before it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires: Option<Vec<String>>,
    /// How to tell that it is ready. Default: as soon as it runs
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<ReadyConf>,
    /// How to tell that it still does what it should, once it is ready
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthConf>,
    /// With `ready.notify`: a service that is ready and does not say for so long that
    /// it is alive (sd_notify(3), `WATCHDOG=1`) hangs. It is ended by ABRT, and killed after
    /// `stop_timeout`, and that counts as a crash; 100ms to 24h
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watchdog: Option<Span>,
    /// Files whose change restarts it, unless nobody wants it to run: a list of globs relative to the working
    /// directory, or a table `{ files = [...], ignore = [...], debounce = "300ms" }`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch: Option<Files>,
    /// What it may use
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsConf>,
    /// How much of its output is kept
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogConf>,
    /// Run as this user; only where the daemon runs as root
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Of a later version.
    #[serde(skip_serializing, deserialize_with = "later::tty")]
    #[schemars(skip)]
    pub tty: Later,
}

/// When to start a service again after it ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// However it ended
    Always,
    /// If it did not end with one of its `success_codes`
    #[default]
    OnFailure,
    /// Never
    Never,
}

/// How long to wait between restarts. The first ending after a calm time is answered at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BackoffConf {
    /// The wait before the second restart in a row; at least 1ms. Default: 100ms
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<Span>,
    /// No wait is longer than this; at least `initial`. Default: 30s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Span>,
    /// How many times longer each wait is than the one before, 1 to 100. Default: 2.0
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1.0, max = 100.0))]
    pub factor: Option<f64>,
    /// The part of each wait that chance may take away, 0 to 1. Default: 0.1
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub jitter: Option<f64>,
}

/// How much of a service's output is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConf {
    /// A file is rotated at this size, 64K to 1T. Default: 10M
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<Size>,
    /// How many rotated files are kept, 0 to 1000. Default: 5
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1000))]
    pub keep: Option<u32>,
    /// Rotated files older than this are removed, and a file is rotated when its first line is so old;
    /// from "1h", "0s" is never. Default: "30d"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Age>,
    /// When the disk is full and neither memory nor old logs are left: "drop" lines and count them,
    /// or "block", so that the service waits. Default: "drop"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_full: Option<OnFull>,
}

impl ServiceConf {
    /// This table laid over another: each key that is not here comes from
    /// there. Inner tables are merged key by key, `env` name by name; of
    /// `ready` and `health`, a service that has its own kind takes only times and counts.
    pub fn over(self, below: &ServiceConf) -> ServiceConf {
        let merged_env = both(self.env, &below.env, |env, under| env.over(under));
        ServiceConf {
            command: or(self.command, &below.command),
            shell: self.shell.or(below.shell),
            working_dir: or(self.working_dir, &below.working_dir),
            env: merged_env,
            env_file: or(self.env_file, &below.env_file),
            autostart: self.autostart.or(below.autostart),
            restart: self.restart.or(below.restart),
            success_codes: or(self.success_codes, &below.success_codes),
            max_restarts: self.max_restarts.or(below.max_restarts),
            restart_window: self.restart_window.or(below.restart_window),
            backoff: both(self.backoff, &below.backoff, BackoffConf::over),
            stop_signal: self.stop_signal.or(below.stop_signal),
            stop_timeout: self.stop_timeout.or(below.stop_timeout),
            after: or(self.after, &below.after),
            requires: or(self.requires, &below.requires),
            ready: ReadyConf::laid_over(self.ready, &below.ready),
            health: HealthConf::laid_over(self.health, &below.health),
            watchdog: self.watchdog.or(below.watchdog),
            watch: or(self.watch, &below.watch),
            limits: both(self.limits, &below.limits, LimitsConf::over),
            log: both(self.log, &below.log, LogConf::over),
            user: or(self.user, &below.user),
            tty: Later,
        }
    }
}

impl BackoffConf {
    fn over(self, below: &BackoffConf) -> BackoffConf {
        BackoffConf {
            initial: self.initial.or(below.initial),
            max: self.max.or(below.max),
            factor: self.factor.or(below.factor),
            jitter: self.jitter.or(below.jitter),
        }
    }
}

impl LogConf {
    fn over(self, below: &LogConf) -> LogConf {
        LogConf {
            max_size: self.max_size.or(below.max_size),
            keep: self.keep.or(below.keep),
            max_age: self.max_age.or(below.max_age),
            on_full: self.on_full.or(below.on_full),
        }
    }
}

fn or<T: Clone>(upper: Option<T>, below: &Option<T>) -> Option<T> {
    upper.or_else(|| below.clone())
}

fn both<T: Clone>(upper: Option<T>, below: &Option<T>, merge: fn(T, &T) -> T) -> Option<T> {
    match (upper, below) {
        (Some(upper), Some(below)) => Some(merge(upper, below)),
        (upper, below) => or(upper, below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ServiceConf {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_not_written_comes_from_below() {
        let below = read(
            r#"restart = "always"
               env = { A = "0", B = "0" }
               backoff = { initial = "1s", factor = 3.0 }
               ready = { timeout = "5s" }
               log = { keep = 2 }"#,
        );
        let upper = read(
            r#"command = "web"
               env = { A = "1" }
               backoff = { initial = "2s" }
               ready = { tcp = 80, interval = "1s" }"#,
        );
        let merged = read(
            r#"command = "web"
               restart = "always"
               env = { A = "1", B = "0" }
               backoff = { initial = "2s", factor = 3.0 }
               ready = { tcp = 80, interval = "1s", timeout = "5s" }
               log = { keep = 2 }"#,
        );
        assert_eq!(upper.over(&below), merged);
    }

    #[test]
    fn times_alone_make_no_service_wait_to_be_ready() {
        assert_eq!(read("command = \"web\"").over(&read("ready = { timeout = \"5s\" }")).ready, None);
    }

    #[test]
    fn only_what_was_written_is_written_back() {
        let text = "command = \"web -v\"\nstop_timeout = \"1m30s\"\n\n[ready]\ntcp = 8000\n";
        assert_eq!(toml::to_string(&read(text)).unwrap(), text);
    }

    fn check_refused(text: &str, line: &str, message: &str) {
        let error = toml::from_str::<ServiceConf>(text).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains(line), "{error}");
    }

    #[test]
    fn a_key_of_a_later_version_says_so_at_its_line() {
        check_refused(
            "command = \"x\"\ntty = false",
            "line 2",
            "\"tty\" (a pseudo-terminal) is not in this version yet",
        );
    }

    #[test]
    fn a_kind_that_makes_no_health_check_says_why_at_its_line() {
        check_refused("[health]\nlog = \"up\"", "line 2", "not how the service is now");
        check_refused("health = { notify = true }", "line 1", "\"watchdog\" is for");
        check_refused("health.delay = \"2s\"", "line 1", "time that passes");
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_refused_at_their_line() {
        check_refused("\nrestrt = \"always\"", "line 2", "unknown field `restrt`");
        check_refused("restart = \"sometimes\"", "line 1", "on-failure");
        check_refused("log.on_full = \"lose\"", "line 1", "block");
        check_refused("max_restarts = -1", "line 1", "max_restarts");
        check_refused("stop_timeout = 10", "line 1", "\"10s\" is seconds");
        check_refused("command = 5", "line 1", "a command");
        check_refused("env = { A = \"1\", A = \"2\" }", "line 1", "duplicate key");
    }

    #[test]
    fn the_schema_has_a_word_on_every_key_and_none_of_later_versions() {
        let schema = serde_json::to_value(schemars::schema_for!(ServiceConf)).unwrap();
        let keys = schema["properties"].as_object().unwrap();
        for (key, value) in keys {
            assert!(value["description"].is_string(), "{key}");
        }
        assert!(keys.contains_key("health") && !keys.contains_key("tty"));
    }
}
