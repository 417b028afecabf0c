//! The shortest call while the window redraws: the daemon must not wait for what is drawn.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hob_tests::figures::exchange::Exchange;
use hob_tests::figures::home::Home;
use hob_tests::figures::sample::{median, quantile};
use hob_tests::figures::{Bench, Figure, Gate, Row, clock, process};

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure = Figure {
    name: "ping",
    about: "system.ping while the window redraws, beside hob --daemon with the same services",
    measure,
};

/// Services that end and are started again all the time, so that there is always something to draw.
const RESTLESS: usize = 20;
/// By then all of them have ended once.
const UNDER_WAY: Duration = Duration::from_secs(3);
/// Calls come in bursts over a time in which much is drawn.
const BURST: usize = 200;
const PAUSE: Duration = Duration::from_millis(100);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let bursts = bench.pick(10, 30);
    let mut middles: [Vec<f64>; 3] = Default::default();
    let mut tails: [Vec<f64>; 3] = Default::default();
    let mut drawing = Vec::new();
    for _ in 0..rounds(bench) {
        let daemon = restless(bench)?.start()?;
        std::thread::sleep(UNDER_WAY);
        let headless = pings(&daemon.socket, bursts)?;
        drop(daemon);
        let desktop = Desktop::start(bench, &restless(bench)?)?;
        std::thread::sleep(UNDER_WAY);
        let tray = pings(&desktop.socket, bursts)?;
        desktop.open()?;
        std::thread::sleep(UNDER_WAY);
        let page = desktop.toolkit("WebKitWebProces").pop().context("a window has a page")?;
        let (before, begin) = (process::cpu(page)?, clock::now());
        let window = pings(&desktop.socket, bursts)?;
        let (spent, passed) = (process::cpu(page)? - before, clock::now() - begin);
        drawing.push(clock::micros(spent) / clock::micros(passed) * 100.0);
        for ((middles, tails), pings) in middles.iter_mut().zip(&mut tails).zip([headless, tray, window]) {
            middles.push(median(&pings));
            tails.push(quantile(&pings, 0.99));
        }
    }
    let [headless, tray, window] = middles;
    let [headless_tail, _, window_tail] = tails;
    let row = |what, ours, floor: &Vec<f64>, gate| {
        Row::new(what, "µs", ours, gate).floor("hob --daemon", floor.clone())
    };
    Ok(vec![
        row("system.ping while the window redraws, p50", window, &headless, Gate::Times(2.0)),
        row("the same, p99", window_tail, &headless_tail, Gate::Shown),
        row("system.ping without a window, p50", tray, &headless, Gate::Shown),
        Row::new("CPU of the page meanwhile", "%", drawing, Gate::Shown),
    ])
}

fn pings(socket: &Path, bursts: usize) -> Result<Vec<f64>> {
    let exchange = Exchange::ping(socket)?;
    let mut latencies = Vec::new();
    for _ in 0..bursts {
        latencies.extend(exchange.one_by_one(socket, BURST)?);
        std::thread::sleep(PAUSE);
    }
    Ok(latencies)
}

/// A home whose services are up for longer than it takes to be forgiven, so that each end is answered at once.
fn restless(bench: &Bench) -> Result<Home> {
    let defaults = "[defaults.service]\nrestart = \"always\"\nmax_restarts = 0\nrestart_window = \"1s\"\n";
    let service = |number| {
        format!("[service.restless-{number:02}]\ncommand = [\"/bin/sleep\", \"1.{}\"]\n", 10 + number)
    };
    Home::with(bench, &(defaults.to_owned() + &(0..RESTLESS).map(service).collect::<String>()))
}
