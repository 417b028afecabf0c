//! From a click on the icon to the window: its first frame, and what the daemon told it.

use std::time::Duration;

use anyhow::Result;
use hob_tests::figures::sample::median;
use hob_tests::figures::{Bench, Figure, Gate, Row};

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure = Figure {
    name: "window",
    about: "click on the icon to the first frame of the window, and to the services in it",
    measure,
};

/// Between what a person does and what that person does next.
const PAUSE: Duration = Duration::from_millis(500);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut held: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds(bench) {
        let desktop = Desktop::idle(bench)?;
        std::thread::sleep(PAUSE);
        let first = desktop.open()?;
        let (mut frames, mut data) = (Vec::new(), Vec::new());
        for _ in 0..bench.pick(3, 5) {
            std::thread::sleep(PAUSE);
            desktop.close();
            std::thread::sleep(PAUSE);
            let again = desktop.open()?;
            frames.push(again.frame);
            data.push(again.data);
        }
        let round = [first.frame, median(&frames), first.data, median(&data)];
        for (values, value) in held.iter_mut().zip(round) {
            values.push(value);
        }
    }
    let [first_frame, next_frame, first_data, next_data] = held;
    Ok(vec![
        Row::new("click to the first frame, first window", "ms", first_frame, Gate::AtMost(450.0)),
        Row::new("click to the first frame, again", "ms", next_frame, Gate::AtMost(250.0)),
        Row::new(
            "click to the window with its services, first window",
            "ms",
            first_data,
            Gate::AtMost(600.0),
        ),
        Row::new("click to the window with its services, again", "ms", next_data, Gate::AtMost(350.0)),
    ])
}
