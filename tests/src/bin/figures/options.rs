//! What was asked for on the command line.

use anyhow::{Result, bail};

use crate::figures;

pub(crate) const HELP: &str = "\
Measure what Hob costs, beside what the machine itself costs.

  figures [--quick] [--only NAME]... [--write]

  --quick      few repetitions: shows that it works, not how fast it is
  --only NAME  only this figure; may be given more than once
  --write      write docs/benchmarks.md

The hob that is measured is the one beside this program, or the one at HOB_BIN.
The exit status is 0 if every figure is within its gate. Where others work too, put it before
them (`nice -n -15`): a call that passes through three threads waits three times for a busy
processor, and its floor once.

Figures:
";

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) write: bool,
    pub(crate) help: bool,
    only: Vec<String>,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--help" | "-h" => options.help = true,
                "--only" => match rest.next() {
                    Some(name) if figures::ALL.iter().any(|figure| figure.name == *name) => {
                        options.only.push(name.clone());
                    }
                    Some(name) => bail!("no figure is named {name:?}; `figures --help` lists them"),
                    None => bail!("--only needs the name of a figure"),
                },
                other => bail!("{other:?} is no option; `figures --help` lists them"),
            }
        }
        if options.write && (options.quick || !options.only.is_empty()) {
            bail!("--write keeps the whole of a full run: leave out --quick and --only");
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options> {
        Options::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_was_named_is_wanted() {
        let options = parse(&["--only", "ping", "--quick"]).unwrap();
        assert!(options.wants("ping") && !options.wants("memory"));
        assert!(parse(&[]).unwrap().wants("memory"));
    }

    #[test]
    fn what_would_mislead_is_refused() {
        for words in [&["--only"][..], &["--only", "pong"], &["--write", "--quick"], &["--fast"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
