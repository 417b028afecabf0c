//! What an idle daemon holds, and what each idle service adds.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::figure::{Figure, Gate, Row};
use crate::home::Home;
use crate::process::{self, Memory};

pub(crate) const FIGURE: Figure = Figure {
    name: "memory",
    about: "anonymous memory and PSS, idle, with 200 and with 1,000 services",
    measure,
};

const FEW: usize = 200;
const MANY: usize = 1_000;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut rounds: [Vec<Memory>; 5] = Default::default();
    for _ in 0..bench.rounds().min(5) {
        let homes = [
            (0, Home::new(bench)?),
            (FEW, Home::with_idle_services(bench, FEW)?),
            (MANY, Home::with_idle_services(bench, MANY)?),
            (0, Home::new(bench)?.with_backtraces()),
            (FEW, Home::with_idle_services(bench, FEW)?.with_backtraces()),
        ];
        for ((services, home), round) in homes.iter().zip(&mut rounds) {
            round.push(held(home, *services)?);
        }
    }
    let [idle, few, many, idle_with_backtraces, few_with_backtraces] = rounds;
    let anonymous = |round: &[Memory]| round.iter().map(|memory| memory.anonymous).collect::<Vec<_>>();
    let proportional = |round: &[Memory]| round.iter().map(|memory| memory.proportional / 1024.0).collect();
    let megabytes = |round: &[Memory]| anonymous(round).iter().map(|kilobytes| kilobytes / 1024.0).collect();
    let per_service = |round: &[Memory], count: f64| {
        anonymous(round)
            .iter()
            .zip(anonymous(&idle))
            .map(|(with, without)| (with - without) / count)
            .collect()
    };
    Ok(vec![
        Row::new("anonymous memory, idle", "MiB", megabytes(&idle), Gate::AtMost(3.0)),
        Row::new("the same with RUST_BACKTRACE=1", "MiB", megabytes(&idle_with_backtraces), Gate::Shown),
        Row::new(
            "anonymous memory of one of 200 services",
            "KiB",
            per_service(&few, 200.0),
            Gate::AtMost(8.0),
        ),
        Row::new(
            "the same with RUST_BACKTRACE=1",
            "KiB",
            per_service(&few_with_backtraces, 200.0),
            Gate::Shown,
        ),
        Row::new(
            "anonymous memory of one of 1,000 services",
            "KiB",
            per_service(&many, 1000.0),
            Gate::AtMost(8.0),
        ),
        Row::new("PSS, idle", "MiB", proportional(&idle), Gate::AtMost(5.0)),
        Row::new("PSS with 1,000 services", "MiB", proportional(&many), Gate::AtMost(12.0)),
    ])
}

fn held(home: &Home, services: usize) -> Result<Memory> {
    let daemon = home.start()?;
    if 0 < services {
        daemon.await_running(services)?;
    }
    // Idle begins when the daemon has let go of what starting took, five seconds after it was ready.
    std::thread::sleep(Duration::from_secs(6));
    daemon.settle()?;
    process::memory(daemon.pid)
}
