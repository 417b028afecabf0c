//! From the death of a service to its successor's first instruction.

use std::time::Duration;

use anyhow::Result;
use rustix::process::{Signal, kill_process};

use crate::bench::Bench;
use crate::clock;
use crate::figure::{Figure, Gate, Row};
use crate::floors::respawn::Respawn;
use crate::home::Home;
use crate::programs::first::{self, STAMPS, Stamps};
use crate::sample::{median, quantile};

pub(crate) const FIGURE: Figure = Figure {
    name: "restart",
    about: "SIGKILL of a service to its successor's first instruction",
    measure,
};

/// Up for this long before it is killed, which is longer than its `restart_window`: each death
/// is a first one, and answered at once.
const GAP: Duration = Duration::from_millis(25);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let each = bench.pick(20, 100);
    let Some(program) = first::compile(bench)? else {
        return Ok(vec![Row::skipped("SIGKILL to the successor", "there is no C compiler (cc)")]);
    };
    let place = bench.place()?;
    let (our_fifo, floor_fifo) = (place.join("ours"), place.join("floor"));
    let mut stamps = Stamps::new(&our_fifo)?;
    let home = Home::with(
        bench,
        &format!(
            "[service.first]\ncommand = [{program:?}]\nenv = {{ {STAMPS} = {our_fifo:?} }}\n\
             restart = \"always\"\nmax_restarts = 0\nrestart_window = \"1ms\"\n"
        ),
    )?;
    let _daemon = home.start()?;
    let mut last = stamps.next()?;
    let mut floor = Respawn::start(&program, &floor_fifo)?;
    let (mut our_rounds, mut floor_rounds) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..each {
            floors.push(floor.once(GAP)?);
            std::thread::sleep(GAP);
            let begin = clock::now();
            kill_process(last.pid, Signal::KILL)?;
            last = stamps.next()?;
            ours.push(clock::micros(last.at - begin));
        }
        our_rounds.push(ours);
        floor_rounds.push(floors);
    }
    let row = |what, part, gate| {
        let of = |rounds: &[Vec<f64>]| rounds.iter().map(|round| quantile(round, part)).collect();
        Row::new(what, "µs", of(&our_rounds), gate).floor("kill and posix_spawn", of(&floor_rounds))
    };
    debug_assert!(our_rounds.iter().all(|round| median(round) > 0.0));
    Ok(vec![
        row("SIGKILL to the successor, p50", 0.5, Gate::Times(3.0)),
        row("SIGKILL to the successor, p99", 0.99, Gate::Shown),
    ])
}
