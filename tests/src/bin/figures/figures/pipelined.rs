//! What the shortest call costs the daemon when nobody waits for each.

use anyhow::Result;

use crate::bench::Bench;
use crate::clock;
use crate::exchange::Exchange;
use crate::figure::{Figure, Gate, Row};
use crate::floors::echo::Echo;
use crate::home::Home;
use crate::process::{self, Cores};

pub(crate) const FIGURE: Figure =
    Figure { name: "pipelined", about: "CPU of the daemon for each of many pings sent at once", measure };

/// As many as one connection may have under way.
const BATCH: u32 = 64;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let batches = bench.pick(200, 3_125);
    let daemon = Home::new(bench)?.start()?;
    let exchange = Exchange::ping(&daemon.socket)?;
    let echo = Echo::start(bench, &exchange)?;
    let cores = Cores::two()?;
    cores.pin_server(daemon.pid)?;
    cores.pin_server(echo.pid)?;
    let _pinned = cores.pin_client()?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        for (socket, pid, spent) in
            [(&echo.socket, echo.pid, &mut floor), (&daemon.socket, daemon.pid, &mut ours)]
        {
            exchange.pipelined(socket, BATCH, batches / 20)?;
            let before = process::cpu(pid)?;
            exchange.pipelined(socket, BATCH, batches)?;
            let count = f64::from(BATCH) * f64::from(u32::try_from(batches)?);
            spent.push(clock::micros(process::cpu(pid)? - before) / count);
        }
    }
    Ok(vec![
        Row::new("CPU of a pipelined ping", "µs", ours, Gate::AtMost(6.0)).floor("bare tokio socket", floor),
    ])
}
