//! From the death of a service to its successor's first instruction.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Signal, kill_process};

use crate::bench::Bench;
use crate::clock;
use crate::figure::{Figure, Gate, Row};
use crate::floors::respawn::Respawn;
use crate::home::Home;
use crate::programs::first::{self, STAMPS, Stamp, Stamps};
use crate::sample::quantile;

pub(crate) const FIGURE: Figure =
    Figure { name: "restart", about: "SIGKILL of a service to its successor's first instruction", measure };

/// Each death has to be a first one, which is answered at once: up for longer than this
/// (the shortest `restart_window`), a service is forgiven its past.
const CALM: Duration = Duration::from_millis(1_100);
/// So many take turns in dying, so that not each death has to wait for calm.
const SERVICES: usize = 50;
/// Between a death of ours and one of the floor's.
const GAP: Duration = Duration::from_millis(12);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let each = bench.pick(20, 100);
    let Some(program) = first::compile(bench)? else {
        return Ok(vec![Row::skipped("SIGKILL to the successor", "there is no C compiler (cc)")]);
    };
    let place = bench.place()?;
    let (our_fifo, floor_fifo) = (place.join("ours"), place.join("floor"));
    let mut stamps = Stamps::new(&our_fifo)?;
    let home = Home::with(bench, &configuration(&program, &our_fifo))?;
    let daemon = home.start()?;
    let mut alive = (0..SERVICES).map(|_| stamps.next()).collect::<Result<VecDeque<Stamp>>>()?;
    daemon.settle()?;
    let mut floor = Respawn::start(&program, &floor_fifo)?;
    let (mut our_rounds, mut floor_rounds) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..each {
            floors.push(floor.once(GAP)?);
            std::thread::sleep(GAP);
            let oldest = alive.pop_front().context("all of them are up")?;
            std::thread::sleep(CALM.saturating_sub(Duration::from_nanos(clock::now() - oldest.at)));
            let begin = clock::now();
            kill_process(oldest.pid, Signal::KILL)?;
            let successor = stamps.next()?;
            ours.push(clock::micros(successor.at - begin));
            alive.push_back(successor);
        }
        our_rounds.push(ours);
        floor_rounds.push(floors);
    }
    let row = |what, part, gate| {
        let of = |rounds: &[Vec<f64>]| rounds.iter().map(|round| quantile(round, part)).collect();
        Row::new(what, "µs", of(&our_rounds), gate).floor("kill and posix_spawn", of(&floor_rounds))
    };
    Ok(vec![
        row("SIGKILL to the successor, p50", 0.5, Gate::Times(3.0)),
        row("SIGKILL to the successor, p99", 0.99, Gate::Shown),
    ])
}

fn configuration(program: &Path, fifo: &Path) -> String {
    let defaults = "[defaults.service]\nrestart = \"always\"\nmax_restarts = 0\nrestart_window = \"1s\"\n";
    let service = |number| {
        format!("[service.first-{number}]\ncommand = [{program:?}]\nenv = {{ {STAMPS} = {fifo:?} }}\n")
    };
    defaults.to_owned() + &(0..SERVICES).map(service).collect::<String>()
}
