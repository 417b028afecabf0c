//! Schedules: what ten thousand cost while nothing is due, and how late one is that is.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::figure::{Figure, Gate, Row};
use crate::home::Home;
use crate::process;
use crate::programs::first::{self, END, STAMPS, Stamps};
use crate::sample::quantile;

pub(crate) const FIGURE: Figure =
    Figure { name: "schedules", about: "10,000 idle schedules, and how late a job is each second", measure };

const SCHEDULES: usize = 10_000;
/// For so long nothing may be done for them.
const IDLE: Duration = Duration::from_secs(20);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut ticks, mut memory) = (Vec::new(), Vec::new());
    let job = |number| format!("[job.yearly-{number:05}]\ncommand = \"true\"\ncron = \"0 3 1 1 *\"\n");
    for _ in 0..bench.pick(1, 3) {
        let daemon = Home::with(bench, &(0..SCHEDULES).map(job).collect::<String>())?.start()?;
        // Idle begins when it has let go of what starting took.
        std::thread::sleep(Duration::from_secs(6));
        daemon.settle()?;
        let before = process::ticks(daemon.pid)?;
        std::thread::sleep(IDLE);
        ticks.push(process::ticks(daemon.pid)? - before);
        memory.push(process::memory(daemon.pid)?.anonymous / 1024.0);
    }
    let mut rows = vec![
        Row::new("CPU ticks in 20 s, 10,000 schedules", "", ticks, Gate::AtMost(0.0)),
        Row::new("anonymous memory, 10,000 schedules", "MiB", memory, Gate::AtMost(6.0)),
    ];
    rows.extend(lateness(bench)?);
    Ok(rows)
}

/// Whole seconds of the clock are when `every = "1s"` is due.
fn lateness(bench: &Bench) -> Result<Vec<Row>> {
    let Some(program) = first::compile(bench)? else {
        return Ok(vec![Row::skipped("lateness of a job each second", "there is no C compiler (cc)")]);
    };
    let fifo = bench.place()?.join("stamps");
    let mut stamps = Stamps::new(&fifo)?;
    let job = format!(
        "[job.second]\ncommand = [{program:?}]\nevery = \"1s\"\nenv = {{ {STAMPS} = {fifo:?}, {END} = \"1\" }}\n"
    );
    let _daemon = Home::with(bench, &job)?.start()?;
    let (mut half, mut nearly) = (Vec::new(), Vec::new());
    for _ in 0..bench.pick(1, 3) {
        let late: Result<Vec<f64>> =
            (0..bench.pick(10, 40)).map(|_| Ok(after_the_second(stamps.next()?.at))).collect();
        let late = late?;
        half.push(quantile(&late, 0.5));
        nearly.push(quantile(&late, 0.99));
    }
    Ok(vec![
        Row::new("lateness of a job each second, p50", "ms", half, Gate::Shown),
        Row::new("lateness of a job each second, p99", "ms", nearly, Gate::AtMost(20.0)),
    ])
}

/// How many milliseconds a moment of the monotonic clock is behind a whole second of the clock of the day.
fn after_the_second(at: u64) -> f64 {
    use rustix::time::{ClockId, clock_gettime};
    let nanoseconds = |clock| crate::clock::nanoseconds(clock_gettime(clock));
    let since = nanoseconds(ClockId::Monotonic) - at;
    crate::clock::millis((nanoseconds(ClockId::Realtime) - since) % 1_000_000_000)
}
