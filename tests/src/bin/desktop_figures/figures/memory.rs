//! What the app holds: in the tray, with its window, and after it.

use std::time::Duration;

use anyhow::Result;
use hob_tests::figures::{Bench, Figure, Gate, Row};

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure = Figure {
    name: "memory",
    about: "anonymous memory of all its processes: in the tray, with the window, after 20 of them",
    measure,
};

/// By then it has let go of what starting took.
const CALM: Duration = Duration::from_secs(10);
/// By then a page has drawn what it has to draw, and one that was closed has been let go of.
const SETTLED: Duration = Duration::from_secs(3);
/// Openings, and the one from which on nothing should grow: caches are full by then.
const OPENINGS: usize = 20;
const WARM: usize = 3;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut held: [Vec<f64>; 5] = Default::default();
    for _ in 0..rounds(bench) {
        let desktop = Desktop::idle(bench)?;
        std::thread::sleep(CALM);
        let tray = desktop.anonymous()?;
        desktop.open()?;
        std::thread::sleep(SETTLED);
        let window = desktop.anonymous()?;
        let closed = after_closing(&desktop)?;
        let warm = after_openings(&desktop, WARM - 1)?;
        let last = after_openings(&desktop, OPENINGS - WARM)?;
        for (values, value) in held.iter_mut().zip([tray, window, closed, last, last - warm]) {
            values.push(value);
        }
    }
    let [tray, window, closed, last, growth] = held;
    Ok(vec![
        Row::new("anonymous memory in the tray", "MiB", tray, Gate::AtMost(15.0)),
        Row::new("with the window, WebKit's processes included", "MiB", window, Gate::Shown),
        Row::new("after closing it", "MiB", closed, Gate::AtMost(60.0)),
        Row::new(format!("after closing it {OPENINGS} times"), "MiB", last, Gate::AtMost(60.0)),
        Row::new(
            format!("growth from closing {WARM} to closing {OPENINGS}"),
            "MiB",
            growth,
            Gate::AtMost(2.0),
        ),
    ])
}

fn after_openings(desktop: &Desktop, count: usize) -> Result<f64> {
    for _ in 1..count {
        desktop.open()?;
        desktop.close();
    }
    desktop.open()?;
    after_closing(desktop)
}

fn after_closing(desktop: &Desktop) -> Result<f64> {
    desktop.close();
    std::thread::sleep(SETTLED);
    desktop.anonymous()
}
