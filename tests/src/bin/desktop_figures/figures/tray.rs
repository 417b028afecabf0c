//! From the start of the program to its icon in the panel.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use hob_tests::figures::{Bench, Figure, Gate, Row, clock};

use crate::desktop::{Desktop, program};

pub(crate) const FIGURE: Figure =
    Figure { name: "tray", about: "exec to the item in the tray, beside the program's libraries", measure };

/// With the toolkit it might be 120; but that sleeps until the first window.
const GATE: Gate = Gate::AtMost(70.0);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..bench.pick(3, 11) {
        floor.push(version(bench)?);
        ours.push(Desktop::idle(bench)?.registered_after);
    }
    Ok(vec![Row::new("exec to the item in the tray", "ms", ours, GATE).floor("its --version", floor)])
}

/// The least that this program needs: it is linked with the toolkit, whether that sleeps or not.
fn version(bench: &Bench) -> Result<f64> {
    let mut command = Command::new(program(bench)?);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null());
    let (status, nanoseconds) = clock::timed(|| command.status());
    if !status?.success() {
        bail!("hob-desktop --version failed");
    }
    Ok(clock::millis(nanoseconds))
}
