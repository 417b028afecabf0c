//! What was asked for on the command line.

use anyhow::{Result, bail};

use super::program::Program;

const HELP: &str = "
  --quick      few repetitions: shows that it works, not how fast it is
  --only NAME  only this figure; may be given more than once
  --write      write";

const STATUS: &str = "\
The exit status is 0 if every figure is within its gate. Where others work too, put it before
them (`nice -n -15`): a call that passes through three threads waits three times for a busy
processor, and its floor once.

Figures:
";

/// What `--help` prints.
pub(super) fn help(program: &Program) -> String {
    let Program { name, about, figures, document } = program;
    let figures = figures.iter().map(|figure| format!("  {:<10} {}\n", figure.name, figure.about));
    let usage = format!("  {name} [--quick] [--only NAME]... [--write]\n{HELP} docs/{document}\n");
    format!("{about}\n\n{usage}\n{STATUS}{}", figures.collect::<String>())
}

#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) quick: bool,
    pub(super) write: bool,
    pub(super) help: bool,
    only: Vec<String>,
}

impl Options {
    pub(super) fn parse(program: &Program, arguments: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--help" | "-h" => options.help = true,
                "--only" => match rest.next() {
                    Some(name) if program.figures.iter().any(|figure| figure.name == *name) => {
                        options.only.push(name.clone());
                    }
                    Some(name) => bail!("no figure is named {name:?}; `{} --help` lists them", program.name),
                    None => bail!("--only needs the name of a figure"),
                },
                other => bail!("{other:?} is no option; `{} --help` lists them", program.name),
            }
        }
        if options.write && (options.quick || !options.only.is_empty()) {
            bail!("--write keeps the whole of a full run: leave out --quick and --only");
        }
        Ok(options)
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figure;

    const PROGRAM: Program = Program {
        name: "x",
        about: "About x.",
        figures: &[Figure { name: "ping", about: "", measure: |_| Ok(Vec::new()) }],
        document: "x.md",
    };

    fn parse(words: &[&str]) -> Result<Options> {
        Options::parse(&PROGRAM, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
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
