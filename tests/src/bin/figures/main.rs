//! What Hob costs, beside what the machine itself costs.
//!
//! Every figure is measured with the real release binaries, in rounds that
//! alternate with its floor: the least that the machine needs for the same
//! thing, measured in the same run. A figure's gate is a ratio to that floor
//! wherever there is one, so that it holds on a slow machine and a busy one.
//!
//! Figures are in `figures/`, a file each; floors are in `floors/`. To add a
//! figure, write its file and name it in [`figures::ALL`]. Nothing here is a
//! benchmark of a function; those are in `daemon-core/benches`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints its figures")]

mod bench;
mod clock;
mod describe;
mod exchange;
mod figure;
mod figures;
mod floors;
mod guard;
mod home;
mod options;
mod process;
mod programs;
mod sample;
mod sheet;

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use bench::Bench;
use options::Options;
use sheet::Sheet;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("figures: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("--role", role)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return programs::play(role).map(|()| ExitCode::SUCCESS);
    }
    let options = Options::parse(&arguments)?;
    if options.help {
        print!("{}", options::HELP);
        for figure in figures::ALL {
            println!("  {:<10} {}", figure.name, figure.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    match guard::root() {
        None => guard::watch_over(&arguments),
        Some(root) => measure(&options, &Bench::new(root, options.quick)?),
    }
}

fn measure(options: &Options, bench: &Bench) -> Result<ExitCode> {
    let mut sheet = Sheet::default();
    for figure in figures::ALL.iter().filter(|figure| options.wants(figure.name)) {
        eprintln!("{}: {}", figure.name, figure.about);
        sheet.add(figure, (figure.measure)(bench));
    }
    print!("{}", sheet.table());
    if options.write {
        let text = sheet.document(&describe::machine(bench));
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");
        fs_err::write(place, text).context("the figures could not be kept")?;
        println!("written to docs/benchmarks.md");
    }
    Ok(if sheet.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
