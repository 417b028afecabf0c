//! Commands in a queue: how many begin and end in a second, and how soon one begins.
//!
//! They are put into a queue that is paused, so that only what the daemon does
//! with them is measured, and not what it takes to put them there. A command
//! that begins at once is measured in another queue, while so many wait in this.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::clock;
use crate::exchange::Line;
use crate::figure::{Figure, Gate, Row};
use crate::floors::spawn::{self, NOTHING};
use crate::home::{Daemon, Home};
use crate::process;
use crate::programs::first::{self, END, STAMPS, Stamps};
use crate::sample::quantile;

pub(crate) const FIGURE: Figure = Figure {
    name: "jobs",
    about: "commands in a queue with two slots: each a process, all recorded",
    measure,
};

const CONFIGURATION: &str = "[queue.default]\nslots = 2\n[queue.other]\nslots = 2\n";
/// Requests under way while a queue is filled.
const AT_ONCE: usize = 48;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let waiting: &[usize] = bench.pick(&[10, 1_000], &[10, 1_000, 10_000]);
    for count in waiting {
        rows.extend(with(bench, *count)?);
    }
    Ok(rows)
}

fn with(bench: &Bench, count: usize) -> Result<Vec<Row>> {
    let program = first::compile(bench)?;
    let fifo = bench.place()?.join("stamps");
    let mut stamps = Stamps::new(&fifo)?;
    let (mut each, mut cpu, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    let (mut half, mut nearly) = (Vec::new(), Vec::new());
    for _ in 0..bench.pick(2, if count < 10_000 { 5 } else { 3 }) {
        let daemon = Home::with(bench, CONFIGURATION)?.start()?;
        let mut line = Line::open(&daemon.socket)?;
        line.call("job.pause", &json!({ "queue": "default" }))?;
        let last = fill(&mut line, count)?;
        if let Some(program) = &program {
            let waits = soon(&mut line, &mut stamps, program, &fifo, bench.pick(50, 200))?;
            half.push(quantile(&waits, 0.5));
            nearly.push(quantile(&waits, 0.99));
        }
        let (took, used) = drain(&mut line, &daemon, last)?;
        #[allow(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let per = |nanoseconds: u64| clock::micros(nanoseconds) / count as f64;
        each.push(per(took));
        cpu.push(per(used));
        floor.push(spawn::run(&mut std::process::Command::new(NOTHING))?);
    }
    // 900 in a second.
    let rate = Row::new(format!("a job of {count} queued, two slots"), "µs", each, Gate::AtMost(1_111.0));
    let mut rows = vec![
        rate.floor("posix_spawn of it", floor),
        Row::new(format!("CPU of the daemon for a job of {count}"), "µs", cpu, Gate::Shown),
    ];
    if program.is_some() {
        let what = |part| format!("enqueue to exec, {count} queued, {part}");
        rows.push(Row::new(what("p50"), "µs", half, Gate::AtMost(2_000.0)));
        rows.push(Row::new(what("p99"), "µs", nearly, Gate::Shown));
    }
    Ok(rows)
}

/// Puts so many into the queue; the value is the number of the last.
fn fill(line: &mut Line, count: usize) -> Result<u64> {
    let params = json!({ "command": [NOTHING], "working_dir": "/" });
    let (mut sent, mut last) = (0, 0);
    for received in 0..count {
        while sent < count && sent < received + AT_ONCE {
            line.ask("job.enqueue", &params)?;
            sent += 1;
        }
        last = last.max(line.reply()?["id"].as_u64().context("a run has a number")?);
    }
    Ok(last)
}

/// How long each takes from the request to the first instruction, microseconds.
fn soon(line: &mut Line, stamps: &mut Stamps, program: &Path, fifo: &Path, count: usize) -> Result<Vec<f64>> {
    let params = json!({
        "command": [program], "queue": "other", "working_dir": "/", "env": { STAMPS: fifo, END: "1" },
    });
    let mut waits = Vec::new();
    for _ in 0..count {
        let begin = clock::now();
        line.ask("job.enqueue", &params)?;
        waits.push(clock::micros(stamps.next()?.at - begin));
        let id = line.reply()?["id"].clone();
        line.call("job.wait", &json!({ "id": id }))?;
    }
    Ok(waits)
}

/// Lets all of them run; how long that took, and what the daemon used for it, nanoseconds.
fn drain(line: &mut Line, daemon: &Daemon, last: u64) -> Result<(u64, u64)> {
    let (used, begin) = (process::cpu(daemon.pid)?, clock::now());
    line.call("job.resume", &json!({ "queue": "default" }))?;
    // With two slots the one before the last may end after it.
    for id in [last, last - 1] {
        let run: Value = line.call("job.wait", &json!({ "id": id }))?;
        anyhow::ensure!(run["state"] == "succeeded", "{run}");
    }
    Ok((clock::now() - begin, process::cpu(daemon.pid)? - used))
}
