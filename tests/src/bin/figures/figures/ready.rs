//! From the start of a daemon without services to its word that it is ready.

use anyhow::Result;

use crate::bench::Bench;
use crate::clock;
use crate::figure::{Figure, Gate, Row};
use crate::floors::spawn;
use crate::home::Home;
use crate::sample::median;

pub(crate) const FIGURE: Figure =
    Figure { name: "ready", about: "a daemon without services, from exec to ready", measure };

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let each = bench.pick(3, 10);
    let (mut fresh, mut known, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        let (mut first_starts, mut later_starts, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..each {
            words.push(spawn::first_word()?);
            let home = Home::new(bench)?;
            first_starts.push(clock::millis(home.start()?.ready_after));
            later_starts.push(clock::millis(home.start()?.ready_after));
        }
        fresh.push(median(&first_starts));
        known.push(median(&later_starts));
        floor.push(median(&words));
    }
    Ok(vec![
        Row::new("ready in a new home", "ms", fresh, Gate::AtMost(30.0)).floor("/bin/echo", floor.clone()),
        Row::new("ready in a known home", "ms", known, Gate::AtMost(30.0)).floor("/bin/echo", floor),
    ])
}
