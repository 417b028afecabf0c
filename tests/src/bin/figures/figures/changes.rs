//! From the change of a file to the process that it starts, and what a checkout of thousands starts.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::bench::Bench;
use crate::clock;
use crate::figure::{Figure, Gate, Row};
use crate::home::Home;
use crate::programs::first::{self, END, STAMPS, Stamps};
use crate::sample::quantile;

pub(crate) const FIGURE: Figure =
    Figure { name: "changes", about: "a file changes, and a job runs; git checkout of 5,000 files", measure };

/// The shorter this is, the less of it is in the figure.
const DEBOUNCE: Duration = Duration::from_millis(50);
const FILES: usize = 5_000;
/// A job that a checkout starts again would have been by then.
const CALM: Duration = Duration::from_secs(3);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let Some(program) = first::compile(bench)? else {
        return Ok(vec![Row::skipped("change of a file to the process", "there is no C compiler (cc)")]);
    };
    let place = bench.place()?;
    let (files, fifo) = (place.join("files"), place.join("stamps"));
    fs_err::create_dir(&files)?;
    let mut stamps = Stamps::new(&fifo)?;
    let job = |debounce: u128| {
        format!(
            "[job.changed]\ncommand = [{program:?}]\nworking_dir = {files:?}\n\
             on = {{ files = [\"**/*.txt\"], debounce = \"{debounce}ms\" }}\n\
             env = {{ {STAMPS} = {fifo:?}, {END} = \"1\" }}\n"
        )
    };
    let daemon = Home::with(bench, &job(DEBOUNCE.as_millis()))?.start()?;
    daemon.settle()?;
    let mut rounds = Vec::new();
    for round in 0..bench.rounds() {
        let mut late = Vec::new();
        for number in 0..bench.pick(10, 30) {
            std::thread::sleep(Duration::from_millis(30));
            let begin = clock::now();
            fs_err::write(files.join("a.txt"), format!("{round} {number}"))?;
            let took = stamps.next()?.at - begin;
            late.push(clock::millis(took) - DEBOUNCE.as_secs_f64() * 1e3);
        }
        rounds.push(quantile(&late, 0.5));
    }
    drop(daemon);
    let late =
        Row::new("change of a file to the process, less debounce, p50", "ms", rounds, Gate::AtMost(5.0));
    Ok(vec![late, checkout(bench, &files, &job(300))?])
}

/// How many runs a checkout is that changes every file.
fn checkout(bench: &Bench, files: &Path, job: &str) -> Result<Row> {
    let what = "runs for a git checkout of 5,000 files";
    if git(files, &["init", "-q"]).is_err() {
        return Ok(Row::skipped(what, "there is no git"));
    }
    for branch in ["one", "two"] {
        git(files, &["checkout", "-q", "-b", branch])?;
        for number in 0..FILES {
            let directory = files.join(format!("d{}", number % 50));
            fs_err::create_dir_all(&directory)?;
            fs_err::write(directory.join(format!("{number}.txt")), branch)?;
        }
        git(files, &["add", "-A"])?;
        git(files, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", branch])?;
    }
    let daemon = Home::with(bench, job)?.start()?;
    daemon.settle()?;
    let (mut rounds, mut before) = (Vec::new(), 0);
    for branch in ["one", "two", "one"].into_iter().take(bench.pick(1, 3)) {
        git(files, &["checkout", "-q", branch])?;
        std::thread::sleep(CALM);
        daemon.settle()?;
        let runs = daemon.call("job.runs", &json!({ "job": "changed", "limit": 1000 }))?;
        let count = runs["runs"].as_array().map_or(0, Vec::len);
        rounds.push(f64::from(u32::try_from(count - before)?));
        before = count;
    }
    // None would pass as well.
    ensure!(rounds.iter().all(|runs| 1.0 <= *runs), "a checkout started nothing: {rounds:?}");
    Ok(Row::new(what, "", rounds, Gate::AtMost(1.0)))
}

fn git(directory: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new("git").current_dir(directory).args(arguments).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "git {arguments:?} failed");
    Ok(())
}
