//! What Hob costs, beside what the machine itself costs.
//!
//! Figures are in `figures/`, a file each; floors are in `floors/`. To add a
//! figure, write its file and name it in [`figures::ALL`]. Nothing here is a
//! benchmark of a function; those are in `daemon-core/benches`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints its figures")]

mod figures;
mod floors;
mod programs;

use std::process::ExitCode;

use hob_tests::figures::{Program, bench, clock, exchange, figure, home, process, sample};

const ABOUT: &str = "\
Measure what Hob costs, beside what the machine itself costs.

The hob that is measured is the one beside this program, or the one at HOB_BIN.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("--role", role)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return match programs::play(role) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("figures: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let program = Program { name: "figures", about: ABOUT, figures: figures::ALL, document: "benchmarks.md" };
    program.run(&arguments)
}
