//! The shortest call, one at a time.

use anyhow::Result;

use crate::bench::Bench;
use crate::exchange::Exchange;
use crate::figure::{Figure, Gate, Row};
use crate::floors::echo::Echo;
use crate::home::Home;
use crate::process::Cores;
use crate::sample::{median, quantile};

pub(crate) const FIGURE: Figure = Figure {
    name: "ping",
    about: "system.ping beside a bare exchange of as many bytes, both sides pinned",
    measure,
};

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let count = bench.pick(1_000, 5_000);
    let daemon = Home::new(bench)?.start()?;
    let exchange = Exchange::ping(&daemon.socket)?;
    let echo = Echo::start(bench, &exchange)?;
    let cores = Cores::two()?;
    cores.pin_server(daemon.pid)?;
    cores.pin_server(echo.pid)?;
    let _pinned = cores.pin_client()?;
    let mut ours = (Vec::new(), Vec::new());
    let mut floor = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        for (socket, (middles, tails)) in [(&echo.socket, &mut floor), (&daemon.socket, &mut ours)] {
            exchange.one_by_one(socket, count / 10)?;
            let latencies = exchange.one_by_one(socket, count)?;
            middles.push(median(&latencies));
            tails.push(quantile(&latencies, 0.99));
        }
    }
    Ok(vec![
        Row::new("system.ping, p50", "µs", ours.0, Gate::Times(1.3)).floor("bare tokio socket", floor.0),
        Row::new("system.ping, p99", "µs", ours.1, Gate::Shown).floor("bare tokio socket", floor.1),
    ])
}
