//! What clients may ask of statistics.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Span;
use crate::kernel::{Access, Call, Fault, Feed};
use crate::runs::processes::texts::Table;
use crate::runs::sampler::{Listener, PERIOD, Sample, Usage};
use crate::services::Handle;

/// Watch what services use: CPU, memory, processes
///
/// The first item comes at once, without CPU in percent, which takes two samples.
/// Nothing is counted while nobody watches.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Stats {
    /// Which services; all if none is given
    #[serde(default)]
    pub names: Vec<String>,
    /// How far items are apart, at least "1s"
    #[serde(default = "second")]
    #[arg(long, default_value = "1s")]
    pub every: Span,
    /// Say also on which ports services listen, which takes longer
    #[serde(default)]
    #[arg(long)]
    pub ports: bool,
}

/// What services use at one moment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StatsItem {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By name; a service without a process is not among them.
    pub services: Vec<ServiceUsage>,
}

/// What a service's processes use: its main process, all below it, and what let itself loose from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceUsage {
    /// Which service.
    pub name: String,
    /// Which run.
    pub run: u64,
    /// Its main process.
    pub pid: i32,
    /// CPU since the item before this one, in percent of one processor; absent in the first item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f64>,
    /// CPU time since the run began, in seconds; what ended unseen before is not in it.
    pub cpu_seconds: f64,
    /// Memory of its own in RAM, in bytes: without pages of files and without shared memory. Pages that
    /// processes still share after a fork count for each.
    pub memory_bytes: u64,
    /// All that its processes have in RAM, in bytes; what several have counts for each.
    pub resident_bytes: u64,
    /// How many processes it has.
    pub processes: u32,
    /// How many threads these have.
    pub threads: u32,
    /// How many open files these have, as far as that may be known.
    pub open_files: u64,
    /// Where it listens, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<Port>>,
}

/// A port that is listened on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Port {
    /// "tcp" or "udp".
    pub protocol: String,
    /// On which address; "0.0.0.0" and "::" are all.
    pub address: String,
    /// Its number.
    pub port: u16,
}

impl Feed for Stats {
    const NAME: &'static str = "service.stats";
    const ACCESS: Access = Access::Observe;
    type On = Handle;
    type Item = StatsItem;

    fn open(
        self,
        services: &Handle,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<StatsItem, Fault>> + Send + 'static, Fault> {
        if self.every.get() < PERIOD {
            let message = format!("every {} is more often than services are looked at", self.every);
            return Err(Fault::invalid(message).hint("write at least \"1s\""));
        }
        let names = if self.names.is_empty() { None } else { Some(services.chosen(self.names)?) };
        let watcher = Watcher {
            services: services.clone(),
            listener: services.runs().sampler.listen(self.ports),
            names,
            every: self.every.get(),
            due: Duration::ZERO,
            before: None,
        };
        Ok(stream::unfold(Some(watcher), |watcher| async move {
            let mut watcher = watcher?;
            Some(match watcher.next().await {
                Ok(item) => (Ok(item), Some(watcher)),
                Err(fault) => (Err(fault), None),
            })
        }))
    }
}

struct Watcher {
    services: Handle,
    listener: Listener,
    names: Option<Vec<String>>,
    every: Duration,
    due: Duration,
    before: Option<Arc<Sample>>,
}

impl Watcher {
    async fn next(&mut self) -> Result<StatsItem, Fault> {
        let clock = self.services.clock();
        clock.sleep_until(self.due).await;
        let sample = self.listener.next(|| self.services.runs().roots()).await?;
        self.due = clock.uptime().max(self.due) + self.every;
        let before = self.before.replace(Arc::clone(&sample));
        let wanted = |name: &str| self.names.as_ref().is_none_or(|names| names.iter().any(|it| it == name));
        let services = Handle::of_services(&sample)
            .filter(|(name, _)| wanted(name))
            .map(|(name, usage)| {
                let cpu = before.as_deref().map(|before| used(before, &sample, name, usage));
                shown(name, usage, cpu.map(|cpu| cpu.percent(sample.processors)))
            })
            .collect();
        Ok(StatsItem { at: sample.at, services })
    }
}

/// CPU time that was used within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) cpu: Duration,
    pub(super) within: Duration,
}

/// What a service has used between two samples. A run that was not there before has used all of its own.
pub(super) fn used(before: &Sample, now: &Sample, name: &str, usage: &Usage) -> Used {
    let same = before.runs.get(name).filter(|past| past.run == usage.run);
    let cpu = same.map_or(usage.cpu, |past| usage.cpu.saturating_sub(past.cpu));
    Used { cpu, within: now.taken.saturating_sub(before.taken) }
}

impl Used {
    /// In percent of one processor; never more than all of them can give.
    pub(super) fn percent(self, processors: u32) -> f64 {
        if self.within.is_zero() {
            return 0.0;
        }
        let percent = 100.0 * self.cpu.as_secs_f64() / self.within.as_secs_f64();
        // A tick is a hundredth of a second; further digits mean nothing.
        (percent.min(100.0 * f64::from(processors)) * 10.0).round() / 10.0
    }
}

fn shown(name: &str, usage: &Usage, cpu_percent: Option<f64>) -> ServiceUsage {
    let port = |(table, socket): &(Table, crate::runs::processes::texts::Socket)| Port {
        protocol: match table {
            Table::Tcp => "tcp".to_owned(),
            Table::Udp => "udp".to_owned(),
        },
        address: socket.address.to_string(),
        port: socket.port,
    };
    ServiceUsage {
        name: name.to_owned(),
        run: usage.run,
        pid: usage.main,
        cpu_percent,
        cpu_seconds: usage.cpu.as_secs_f64(),
        memory_bytes: usage.memory,
        resident_bytes: usage.resident,
        processes: usage.processes,
        threads: usage.threads,
        open_files: usage.open_files,
        ports: usage.sockets.as_ref().map(|sockets| sockets.iter().map(port).collect()),
    }
}

fn second() -> Span {
    Span::secs(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_neither_negative_nor_more_than_the_machine_has() {
        for (cpu, within, processors, expected) in [
            (500, 1000, 2, 50.0),
            (3000, 2000, 2, 150.0),
            (333, 1000, 2, 33.3),
            (0, 1000, 2, 0.0),
            (1_000_000, 1000, 4, 400.0),
            (10, 0, 4, 0.0),
        ] {
            let used = Used { cpu: Duration::from_millis(cpu), within: Duration::from_millis(within) };
            assert!(
                (used.percent(processors) - expected).abs() < 0.01,
                "{used:?}: {}",
                used.percent(processors)
            );
        }
    }
}
