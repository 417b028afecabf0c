//! What changes elsewhere is seen in the window: by its pixels, as a person sees it.

use std::time::Duration;

use anyhow::{Result, bail};
use hob_tests::figures::sample::{median, quantile};
use hob_tests::figures::{Bench, Figure, Gate, Row, clock, exchange};
use serde_json::json;

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure = Figure {
    name: "change",
    about: "a service that is stopped or started over the socket, to other pixels in the window",
    measure,
};

/// A window that has not changed for so long is at rest.
const AT_REST: Duration = Duration::from_millis(400);
/// How long it may take until something else is seen.
const PATIENCE: Duration = Duration::from_secs(10);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut middles, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..rounds(bench) {
        let desktop = Desktop::idle(bench)?;
        desktop.open()?;
        let mut seen = Vec::new();
        for number in 0..bench.pick(6, 20) {
            let method = if number % 2 == 0 { "service.stop" } else { "service.start" };
            let before = at_rest(&desktop)?;
            let begin = clock::now();
            exchange::call(&desktop.socket, method, &json!({ "name": "idle-0000" }))?;
            while desktop.picture()? == before {
                if PATIENCE.as_nanos() < (clock::now() - begin).into() {
                    bail!("{method} was never seen in the window");
                }
            }
            seen.push(clock::millis(clock::now() - begin));
        }
        middles.push(median(&seen));
        tails.push(quantile(&seen, 0.9));
    }
    Ok(vec![
        Row::new("a change elsewhere to the pixels of the window, p50", "ms", middles, Gate::AtMost(100.0)),
        Row::new("the same, p90", "ms", tails, Gate::Shown),
    ])
}

/// The window once nothing moves in it.
fn at_rest(desktop: &Desktop) -> Result<Vec<u8>> {
    let mut picture = desktop.picture()?;
    let (begin, mut since) = (clock::now(), clock::now());
    while (clock::now() - since) < u64::try_from(AT_REST.as_nanos())? {
        std::thread::sleep(Duration::from_millis(50));
        let next = desktop.picture()?;
        if next != picture {
            (picture, since) = (next, clock::now());
        }
        if PATIENCE.as_nanos() < (clock::now() - begin).into() {
            bail!("the window never rests");
        }
    }
    Ok(picture)
}
