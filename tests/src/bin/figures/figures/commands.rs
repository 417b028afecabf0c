//! How long a person waits for the command line.

use std::process::Command;

use anyhow::Result;

use crate::bench::Bench;
use crate::figure::{Figure, Gate, Row};
use crate::floors::spawn;
use crate::home::Home;
use crate::sample::median;

pub(crate) const FIGURE: Figure = Figure {
    name: "commands",
    about: "hob --version beside /bin/true, hob status with few and many services",
    measure,
};

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let [nothing, version, with_few] = of_services(bench, 10)?;
    let [_, version_beside_many, with_many] = of_services(bench, 200)?;
    Ok(vec![
        Row::new("hob --version, p50", "ms", version.clone(), Gate::Times(2.0))
            .floor(spawn::NOTHING, nothing),
        Row::new("hob status of 10 services, p50", "ms", with_few, Gate::Plus(0.5))
            .floor("hob --version", version),
        Row::new("hob status of 200 services, p50", "ms", with_many, Gate::Shown)
            .floor("hob --version", version_beside_many),
    ])
}

/// Nothing, a command that asks nobody, and one that asks a daemon of so many services; in turns.
fn of_services(bench: &Bench, services: usize) -> Result<[Vec<f64>; 3]> {
    let home = Home::with_idle_services(bench, services)?;
    let daemon = home.start()?;
    daemon.await_running(services)?;
    daemon.settle()?;
    let with = |argument: &str| {
        let mut command = home.command();
        command.arg(argument);
        command
    };
    let mut commands = [Command::new(spawn::NOTHING), with("--version"), with("status")];
    let mut rounds: [Vec<f64>; 3] = Default::default();
    for _ in 0..bench.rounds() {
        let mut times: [Vec<f64>; 3] = Default::default();
        for _ in 0..bench.pick(40, 100) {
            for (command, times) in commands.iter_mut().zip(&mut times) {
                times.push(spawn::run(command)?);
            }
        }
        for (round, times) in rounds.iter_mut().zip(&times) {
            round.push(median(times) / 1e3);
        }
    }
    Ok(rounds)
}
