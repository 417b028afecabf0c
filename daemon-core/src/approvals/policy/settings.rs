//! `[defaults]` of a policy: how requests wait, and how many may.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Finding, Findings, Span};

/// As it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SettingsConf {
    pending_ttl: Option<Span>,
    max_pending: Option<u32>,
    max_pending_per_client: Option<u32>,
    asks_per_minute: Option<u32>,
    requests_per_minute: Option<u32>,
    max_running_per_client: Option<u32>,
    max_running: Option<u32>,
    cool_down: Option<Span>,
}

/// What holds for all requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// How long a request waits for a decision: 10 seconds to 1 day.
    pub pending_ttl: Span,
    /// How many requests wait at most, of all clients: 1 to 100,000.
    pub max_pending: u32,
    /// How many requests of one client wait at most: 1 to 10,000.
    pub max_pending_per_client: u32,
    /// How often one client may ask in a minute: 1 to 10,000.
    pub asks_per_minute: u32,
    /// How many requests one client may make in a minute, those that policy answers included: 1 to 1,000,000.
    pub requests_per_minute: u32,
    /// How many commands of one client run without a person's word, of the owner four times as many: 1 to 10,000.
    pub max_running_per_client: u32,
    /// How many commands of all clients together, the owner's apart, run without a person's word: 1 to 100,000.
    pub max_running: u32,
    /// How long the same request is denied again without a question after a person has denied it: up to 1 hour.
    pub cool_down: Span,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            pending_ttl: Span::secs(600),
            max_pending: 1000,
            max_pending_per_client: 20,
            asks_per_minute: 10,
            requests_per_minute: 600,
            max_running_per_client: 16,
            max_running: 64,
            cool_down: Span::secs(60),
        }
    }
}

impl SettingsConf {
    /// What is out of its range.
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut findings = Findings::of("defaults");
        let ranges = [
            ("max_pending", self.max_pending, 100_000),
            ("max_pending_per_client", self.max_pending_per_client, 10_000),
            ("asks_per_minute", self.asks_per_minute, 10_000),
            ("requests_per_minute", self.requests_per_minute, 1_000_000),
            ("max_running_per_client", self.max_running_per_client, 10_000),
            ("max_running", self.max_running, 100_000),
        ];
        for (key, value, most) in ranges {
            if let Some(value) = value {
                findings.within(&[key], value, 1..=most);
            }
        }
        if let Some(ttl) = self.pending_ttl {
            findings.span(&["pending_ttl"], ttl, Duration::from_secs(10), Duration::from_secs(24 * 3600));
        }
        if let Some(cool_down) = self.cool_down {
            findings.span(&["cool_down"], cool_down, Duration::ZERO, Duration::from_secs(3600));
        }
        findings.found
    }

    /// What an upper layer has said stands; this fills in the rest.
    pub(super) fn below(self, upper: &SettingsConf) -> SettingsConf {
        SettingsConf {
            pending_ttl: upper.pending_ttl.or(self.pending_ttl),
            max_pending: upper.max_pending.or(self.max_pending),
            max_pending_per_client: upper.max_pending_per_client.or(self.max_pending_per_client),
            asks_per_minute: upper.asks_per_minute.or(self.asks_per_minute),
            requests_per_minute: upper.requests_per_minute.or(self.requests_per_minute),
            max_running_per_client: upper.max_running_per_client.or(self.max_running_per_client),
            max_running: upper.max_running.or(self.max_running),
            cool_down: upper.cool_down.or(self.cool_down),
        }
    }

    pub(super) fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            pending_ttl: self.pending_ttl.unwrap_or(default.pending_ttl),
            max_pending: self.max_pending.unwrap_or(default.max_pending),
            max_pending_per_client: self.max_pending_per_client.unwrap_or(default.max_pending_per_client),
            asks_per_minute: self.asks_per_minute.unwrap_or(default.asks_per_minute),
            requests_per_minute: self.requests_per_minute.unwrap_or(default.requests_per_minute),
            max_running_per_client: self.max_running_per_client.unwrap_or(default.max_running_per_client),
            max_running: self.max_running.unwrap_or(default.max_running),
            cool_down: self.cool_down.unwrap_or(default.cool_down),
        }
    }
}
