//! From a click on the icon to the first frame of the window.

use std::time::Duration;

use anyhow::Result;
use hob_tests::figures::sample::median;
use hob_tests::figures::{Bench, Figure, Gate, Row};

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure =
    Figure { name: "window", about: "click on the icon to the first frame of the window", measure };

/// Between what a person does and what that person does next.
const PAUSE: Duration = Duration::from_millis(500);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..rounds(bench) {
        let desktop = Desktop::idle(bench)?;
        std::thread::sleep(PAUSE);
        first.push(desktop.open()?);
        let mut next = Vec::new();
        for _ in 0..bench.pick(3, 5) {
            std::thread::sleep(PAUSE);
            desktop.close();
            std::thread::sleep(PAUSE);
            next.push(desktop.open()?);
        }
        again.push(median(&next));
    }
    Ok(vec![
        Row::new("click to the first frame, first window", "ms", first, Gate::AtMost(450.0)),
        Row::new("click to the first frame, again", "ms", again, Gate::AtMost(250.0)),
    ])
}
