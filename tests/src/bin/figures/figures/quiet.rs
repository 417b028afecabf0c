//! An idle daemon sleeps: it wakes for the timers that it admits to, and for nothing else.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::bench::Bench;
use crate::figure::{Figure, Gate, Row};
use crate::home::{Daemon, Home};
use crate::process;

pub(crate) const FIGURE: Figure =
    Figure { name: "quiet", about: "voluntary context switches of an idle daemon", measure };

/// All daemons are watched at the same time: they sleep, so none disturbs another.
fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let seconds = bench.pick(10, 60);
    let mut rows = Vec::new();
    let mut daemons = Vec::new();
    for services in [0, 10] {
        for _ in 0..bench.rounds().min(5) {
            let daemon = Home::with_idle_services(bench, services)?.start()?;
            if 0 < services {
                daemon.await_running(services)?;
            }
            daemons.push((services, daemon));
        }
    }
    // What a start leaves to be done once is done by then: memory is given back after seconds, and the record is
    // signed a minute after its last entry.
    std::thread::sleep(Duration::from_secs(bench.pick(0, 70)));
    let mut watched = Vec::new();
    for (services, daemon) in &daemons {
        let timers = timers(daemon, seconds)?;
        daemon.settle()?;
        watched.push((*services, timers, process::voluntary_switches(daemon.pid)?, daemon));
    }
    std::thread::sleep(Duration::from_secs(seconds));
    let mut rounds: [(Vec<f64>, Vec<f64>); 2] = Default::default();
    for (services, timers, before, daemon) in watched {
        let switches = process::voluntary_switches(daemon.pid)?.saturating_sub(before);
        let (ours, floor) = &mut rounds[usize::from(services != 0)];
        ours.push(f64::from(u32::try_from(switches)?));
        floor.push(timers);
    }
    for (what, (ours, floor)) in ["no service", "10 services"].iter().zip(rounds) {
        let what = format!("context switches in {seconds} s, {what}");
        rows.push(Row::new(what, "", ours, Gate::Plus(0.0)).floor("timers in system.status", floor));
    }
    Ok(rows)
}

/// How often the timers that a daemon lists may fire in so many seconds.
fn timers(daemon: &Daemon, seconds: u64) -> Result<f64> {
    let status = daemon.call("system.status", &json!({}))?;
    let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
    let periods = tasks.iter().filter_map(|task| task["period_ms"].as_f64());
    #[allow(clippy::cast_precision_loss, reason = "a minute has few milliseconds")]
    let window = seconds as f64 * 1e3;
    Ok(periods.map(|period| (window / period).ceil()).fold(0.0, |sum, fires| sum + fires))
}
