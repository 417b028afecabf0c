//! How to tell that a service that is ready still does what it should, as
//! written and as checked.
//!
//! The kinds are those of `ready` that say how a service is *now*. The others are
//! known to the reader only so that whoever writes them hears what to write
//! instead; they are left out of the schema and of what is written.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::ranges;
use super::readiness::{Address, Kind};
use crate::config::{Findings, Span};
use crate::runs::CommandLine;

/// How to tell that a service that is ready still does what it should: exactly one of tcp, http and command.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConf {
    /// A port of this machine (1 to 65535), or "host:port", accepts connections
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Address>,
    /// A GET of this `http://` address is answered with one of `status`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Answers to `http` that mean healthy, each 100 to 599. Default: 200 to 299
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<u16>>,
    /// This command exits with 0; it runs in the service's directory and environment
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandLine>,
    /// How long to wait before each check, 10ms to 24h. Default: 10s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Span>,
    /// How long a check may take, 1ms to 1h; then it has failed. Default: 2s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// So many failed checks in a row, and the service is unhealthy and is
    /// restarted; 1 to 1000. With `restart = "never"` it is only shown. Default: 3
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub failures: Option<u32>,
    /// No kind of health check.
    #[serde(skip_serializing, deserialize_with = "log")]
    #[schemars(skip)]
    pub log: NoCheck,
    /// No kind of health check.
    #[serde(skip_serializing, deserialize_with = "notify")]
    #[schemars(skip)]
    pub notify: NoCheck,
    /// No kind of health check.
    #[serde(skip_serializing, deserialize_with = "delay")]
    #[schemars(skip)]
    pub delay: NoCheck,
}

/// How to tell that a service still does what it should, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// By what: TCP, HTTP or a command.
    pub kind: Kind,
    /// How long to wait before each check.
    pub interval: Span,
    /// How long a check may take.
    pub timeout: Span,
    /// So many failed checks in a row are too many.
    pub failures: u32,
}

/// The value of a key that makes no health check: there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NoCheck;

macro_rules! no_check {
    ($($key:ident: $why:literal)*) => {$(
        fn $key<'de, D: Deserializer<'de>>(_: D) -> Result<NoCheck, D::Error> {
            Err(de::Error::custom($why))
        }
    )*};
}

no_check! {
    log: "a line of output tells what was once and not how the service is now, so it makes no health check: use tcp, http or command, or a watchdog"
    notify: "a service that tells by itself that it is alive is what \"watchdog\" is for: remove this key and set watchdog = \"30s\" beside ready = { notify = true }"
    delay: "time that passes tells nothing of a service's health: use tcp, http or command"
}

impl HealthConf {
    fn kinds(&self) -> Vec<&'static str> {
        let written =
            [("tcp", self.tcp.is_some()), ("http", self.http.is_some()), ("command", self.command.is_some())];
        written.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    /// Of the one below, whoever has a kind of its own takes only how often and how long.
    pub(super) fn laid_over(upper: Option<HealthConf>, below: &Option<HealthConf>) -> Option<HealthConf> {
        let Some(below) = below else { return upper };
        match upper {
            None => (!below.kinds().is_empty()).then(|| below.clone()),
            Some(mut upper) => {
                upper.interval = upper.interval.or(below.interval);
                upper.timeout = upper.timeout.or(below.timeout);
                upper.failures = upper.failures.or(below.failures);
                Some(upper)
            }
        }
    }

    pub(super) fn checked(&self, findings: &mut Findings) -> Option<Health> {
        let (interval, timeout) = ranges::health_times(self.interval, self.timeout, findings);
        let failures = ranges::health_failures(self.failures, findings);
        let kinds = self.kinds();
        if kinds.len() != 1 {
            let found = if kinds.is_empty() { "none".to_owned() } else { kinds.join(" and ") };
            let message = format!("health needs exactly one of tcp, http and command, not {found}");
            findings.add(&["health"], &message);
            return None;
        }
        if self.status.is_some() && self.http.is_none() {
            let message = "health.status goes only with health.http";
            findings.add_hint(&["health", "status"], message, "remove \"status\"");
        }
        match self.kind() {
            Ok(kind) => Some(Health { kind, interval, timeout, failures }),
            Err((message, hint)) => {
                findings.push(&["health", kinds[0]], &message, hint);
                None
            }
        }
    }

    fn kind(&self) -> Result<Kind, ranges::Refusal> {
        match (&self.tcp, &self.http, &self.command) {
            (Some(address), ..) => ranges::tcp(address),
            (_, Some(url), _) => ranges::http("health", url, self.status.as_deref()),
            (.., Some(command)) => ranges::command(command),
            (None, None, None) => unreachable!("exactly one is there"),
        }
    }
}
