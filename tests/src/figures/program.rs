//! A program that measures: its arguments, its figures one after the other, its table.

use std::any::Any;
use std::panic::{UnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::{Context as _, Error, Result};

use super::bench::Bench;
use super::figure::{Figure, Row};
use super::options::Options;
use super::sheet::Sheet;
use super::{describe, guard, options};

/// What makes one of these programs another than the next.
#[derive(Debug)]
pub struct Program {
    /// What it is called by.
    pub name: &'static str,
    /// What it says about itself when asked, before its options.
    pub about: &'static str,
    /// All figures, in the order in which they are measured and shown.
    pub figures: &'static [Figure],
    /// Where `--write` keeps the table, in `docs/`.
    pub document: &'static str,
}

impl Program {
    /// Does what the command line asks for.
    pub fn run(&self, arguments: &[String]) -> ExitCode {
        match self.outcome(arguments) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("{}: {error:#}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    fn outcome(&self, arguments: &[String]) -> Result<ExitCode> {
        let options = Options::parse(self, arguments)?;
        if options.help {
            print!("{}", options::help(self));
            return Ok(ExitCode::SUCCESS);
        }
        match guard::root() {
            None => guard::watch_over(arguments),
            Some(root) => self.measure(&options, &Bench::new(root, options.quick)?),
        }
    }

    fn measure(&self, options: &Options, bench: &Bench) -> Result<ExitCode> {
        let mut sheet = Sheet::default();
        for figure in self.figures.iter().filter(|figure| options.wants(figure.name)) {
            eprintln!("{}: {}", figure.name, figure.about);
            sheet.add(figure, attempt(|| (figure.measure)(bench)));
        }
        print!("{}", sheet.table());
        if options.write {
            let text = sheet.document(&describe::machine(bench));
            let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
            fs_err::write(format!("{place}/{}", self.document), text)
                .context("the figures could not be kept")?;
            println!("written to docs/{}", self.document);
        }
        Ok(if sheet.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The parts of the desktop are made for tests, and panic: that spoils one figure, not all of them.
fn attempt(measure: impl FnOnce() -> Result<Vec<Row>> + UnwindSafe) -> Result<Vec<Row>> {
    catch_unwind(measure).unwrap_or_else(|panic| Err(said(&*panic)))
}

fn said(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Error::msg(text.unwrap_or("it panicked").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_spoils_the_figure_and_says_why() {
        assert!(attempt(|| Ok(Vec::new())).is_ok());
        let word = "display";
        assert_eq!(attempt(|| panic!("no display")).unwrap_err().to_string(), "no display");
        assert_eq!(attempt(|| panic!("no {word}")).unwrap_err().to_string(), "no display");
    }
}
