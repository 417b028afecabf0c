//! How to tell that a service is ready, as written and as checked.
//!
//! A table has exactly one kind among its keys; `status`, `timeout` and
//! `interval` go with it. What the kinds do is in `services::ready`.

use std::fmt;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::config::Span;
use crate::runs::CommandLine;

/// How to tell that a service is ready: exactly one of tcp, http, command, log, notify and delay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadyConf {
    /// A port of this machine (1 to 65535), or "host:port", accepts connections
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Address>,
    /// A GET of this `http://` address is answered with one of `status`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Answers to `http` that mean ready, each 100 to 599. Default: 200 to 299
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<u16>>,
    /// This command exits with 0; it runs in the service's directory and environment
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandLine>,
    /// A line of output matches this regular expression
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// The service says so itself, with sd_notify
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
    /// So much time has passed; at most 1h
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Span>,
    /// How long it may take, 1ms to 24h; then the run is stopped and counts as failed. Default: 30s
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// How long to wait between attempts, 10ms to 1h. Default: 250ms
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Span>,
}

/// Where to connect: a port of this machine, or a host and a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Address {
    /// A port of this machine.
    Port(#[schemars(range(min = 1))] u16),
    /// `host:port`.
    HostPort(String),
}

/// How to tell that a service is ready, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Readiness {
    /// By what.
    pub kind: Kind,
    /// How long it may take.
    pub timeout: Span,
    /// How long to wait between attempts.
    pub interval: Span,
}

/// By what to tell that a service is ready.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something accepts connections there; no host is this machine, by either protocol.
    Tcp {
        /// Where, other than here.
        host: Option<String>,
        /// The port.
        port: u16,
    },
    /// A GET of `url` is answered with one of `status`; an empty list is any of 200 to 299.
    Http {
        /// An absolute `http://` address.
        url: String,
        /// The answers that mean ready.
        status: Vec<u16>,
    },
    /// The command exits with 0.
    Command(Vec<String>),
    /// A line of output matches.
    Log(#[serde(serialize_with = "pattern")] Regex),
    /// The service says so.
    Notify,
    /// So much time has passed.
    Delay(Span),
}

impl ReadyConf {
    /// The names of the kinds that are written here.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let written = [
            ("tcp", self.tcp.is_some()),
            ("http", self.http.is_some()),
            ("command", self.command.is_some()),
            ("log", self.log.is_some()),
            ("notify", self.notify.is_some()),
            ("delay", self.delay.is_some()),
        ];
        written.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    pub(super) fn laid_over(upper: Option<ReadyConf>, below: &Option<ReadyConf>) -> Option<ReadyConf> {
        let Some(below) = below else { return upper };
        match upper {
            None => (!below.kinds().is_empty()).then(|| below.clone()),
            Some(mut upper) => {
                upper.timeout = upper.timeout.or(below.timeout);
                upper.interval = upper.interval.or(below.interval);
                Some(upper)
            }
        }
    }
}

fn pattern<S: serde::Serializer>(regex: &Regex, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(regex.as_str())
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Address, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Address;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a port from 1 to 65535, or \"host:port\"")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Address, E> {
        let port = u16::try_from(number).ok().filter(|port| *port != 0);
        port.map(Address::Port).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Address, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Address, E> {
        Ok(Address::HostPort(text.to_owned()))
    }
}
