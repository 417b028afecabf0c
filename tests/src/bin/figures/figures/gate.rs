//! A command that policy allows, over the gate: what it costs, and how often the disk is waited for.
//!
//! Each commit of the record's database is one fsync(2) of its write-ahead log
//! (synchronous=FULL), so commits are counted in that file: a frame that ends one
//! says how large the database is then (sqlite.org/fileformat2.html, section 4.2).

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Pid;

use crate::bench::Bench;
use crate::figure::{Figure, Gate, Row};
use crate::home::Home;
use crate::process;

pub(crate) const FIGURE: Figure = Figure {
    name: "gate",
    about: "hob run -- true, allowed by a rule: CPU of all that takes part, and commits of the record",
    measure,
};

const PROGRAM: &str = "/usr/bin/true";
const POLICY: &str = r#"
version = 1
[defaults]
requests_per_minute = 1000000
[[rule]]
id = "nothing"
effect = "allow"
exec = "/usr/bin/true"
argv = []
"#;
/// So few that their commits fit into the log before it is begun anew.
const COUNTED: usize = 5;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let home = Home::new(bench)?;
    fs_err::write(home.dir().join("policy.toml"), POLICY)?;
    let daemon = home.start()?;
    let run = || {
        let mut command = home.command();
        command.args(["run", "--", PROGRAM]);
        command
    };
    quietly(&mut run())?;
    daemon.settle()?;
    let each = bench.pick(20, 100);
    let (mut cpu, mut floor, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        commits.push(commits_of(&home.dir().join("state/gate.db-wal"), || quietly(&mut run()))?);
        floor.push(of_children(each, || quietly(&mut Command::new(PROGRAM)))?);
        let (before, ours) = (of_daemon(daemon.pid)?, of_children(each, || quietly(&mut run()))?);
        #[allow(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let of_it = (of_daemon(daemon.pid)? - before) / each as f64;
        cpu.push(ours + of_it);
    }
    Ok(vec![
        Row::new("hob run -- true, allowed: CPU of command, daemon and program", "ms", cpu, Gate::Plus(3.0))
            .floor(PROGRAM, floor),
        Row::new("hob run -- true, allowed: commits of the record", "", commits, Gate::AtMost(2.0)),
    ])
}

fn quietly(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}

/// Milliseconds of CPU that each took, of what this process has started and waited for.
fn of_children(each: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let before = process::children()?;
    for _ in 0..each {
        run()?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count far below 2^52")]
    Ok((process::children()? - before) / each as f64)
}

/// Milliseconds of CPU of a daemon and of what it has started.
fn of_daemon(pid: Pid) -> Result<f64> {
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of some seconds are far below 2^52")]
    let own = process::cpu(pid)? as f64 / 1e6;
    Ok(own + process::children_of(pid)?)
}

/// How many commits each takes.
fn commits_of(log: &Path, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    loop {
        let before = commits(log)?;
        for _ in 0..COUNTED {
            run()?;
        }
        let after = commits(log)?;
        // Begun anew meanwhile, it says nothing.
        if before.0 == after.0 {
            #[allow(clippy::cast_precision_loss, reason = "a count far below 2^52")]
            return Ok((after.1 - before.1) as f64 / COUNTED as f64);
        }
    }
}

/// Which life of the log it is, and how many commits are in it.
fn commits(log: &Path) -> Result<(u64, usize)> {
    let bytes = fs_err::read(log)?;
    let number = |at: usize| -> Result<u32> {
        let bytes = bytes.get(at..at + 4).context("the write-ahead log ends too soon")?;
        Ok(u32::from_be_bytes(bytes.try_into()?))
    };
    let salt = |at: usize| -> Result<u64> { Ok(u64::from(number(at)?) << 32 | u64::from(number(at + 4)?)) };
    let (page, life) = (number(8)? as usize, salt(16)?);
    let frames = (32..).step_by(24 + page).take_while(|at| at + 24 + page <= bytes.len());
    let mut count = 0;
    for at in frames {
        if salt(at + 8)? != life {
            break;
        }
        count += usize::from(number(at + 4)? != 0);
    }
    Ok((life, count))
}
