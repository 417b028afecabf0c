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
    let each = bench.pick(40, 100);
    let (few, many) = (Home::with_idle_services(bench, 10)?, Home::with_idle_services(bench, 200)?);
    let daemons = (few.start()?, many.start()?);
    daemons.0.await_running(10)?;
    daemons.1.await_running(200)?;
    daemons.0.settle()?;
    daemons.1.settle()?;
    let with = |home: &Home, argument: &str| {
        let mut command = home.command();
        command.arg(argument);
        command
    };
    let mut commands =
        [Command::new(spawn::NOTHING), with(&few, "--version"), with(&few, "status"), with(&many, "status")];
    let mut rounds: [Vec<f64>; 4] = Default::default();
    for _ in 0..bench.rounds() {
        let mut times: [Vec<f64>; 4] = Default::default();
        for _ in 0..each {
            for (command, times) in commands.iter_mut().zip(&mut times) {
                times.push(spawn::run(command)?);
            }
        }
        for (round, times) in rounds.iter_mut().zip(&times) {
            round.push(median(times) / 1e3);
        }
    }
    let [nothing, version, with_few, with_many] = rounds;
    Ok(vec![
        Row::new("hob --version, p50", "ms", version.clone(), Gate::Times(2.0))
            .floor(spawn::NOTHING, nothing),
        Row::new("hob status of 10 services, p50", "ms", with_few, Gate::Plus(0.5))
            .floor("hob --version", version.clone()),
        Row::new("hob status of 200 services, p50", "ms", with_many, Gate::Shown)
            .floor("hob --version", version),
    ])
}
