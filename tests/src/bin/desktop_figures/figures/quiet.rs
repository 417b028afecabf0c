//! An app in the tray sleeps.

use std::time::Duration;

use anyhow::Result;
use hob_tests::figures::{Bench, Figure, Gate, Row, clock, process};

use super::rounds;
use crate::desktop::Desktop;

pub(crate) const FIGURE: Figure =
    Figure { name: "quiet", about: "CPU and context switches of an app in the tray", measure };

/// By then it has let go of what starting took.
const CALM: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(20);

/// All apps are watched at the same time: they sleep, so none disturbs another.
fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let desktops = (0..rounds(bench)).map(|_| Desktop::idle(bench)).collect::<Result<Vec<_>>>()?;
    std::thread::sleep(CALM);
    let before = desktops.iter().map(Spent::of).collect::<Result<Vec<_>>>()?;
    std::thread::sleep(WATCHED);
    let after = desktops.iter().map(Spent::of).collect::<Result<Vec<_>>>()?;
    let row = |what: &str, unit, spent: fn(&Spent) -> f64, gate| {
        let values = before.iter().zip(&after).map(|(before, after)| spent(after) - spent(before));
        Row::new(format!("{what} in {} s in the tray", WATCHED.as_secs()), unit, values.collect(), gate)
    };
    Ok(vec![
        row("CPU ticks", "", |spent| spent.ticks, Gate::AtMost(0.0)),
        row("CPU", "ms", |spent| spent.cpu, Gate::Shown),
        row("voluntary context switches", "", |spent| spent.switches, Gate::Shown),
    ])
}

struct Spent {
    ticks: f64,
    cpu: f64,
    switches: f64,
}

impl Spent {
    fn of(desktop: &Desktop) -> Result<Spent> {
        Ok(Spent {
            ticks: process::ticks(desktop.pid)?,
            cpu: clock::millis(process::cpu(desktop.pid)?),
            switches: f64::from(u32::try_from(process::voluntary_switches(desktop.pid)?)?),
        })
    }
}
