//! `hob completions SHELL`: what a shell needs to complete every command.

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use daemon_core::daemon::catalog;

use crate::failure::Failure;
use crate::session::Session;
use crate::{output, tree};

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    command.arg(
        Arg::new("shell")
            .value_name("SHELL")
            .required(true)
            .value_parser(value_parser!(Shell))
            .help("Which shell"),
    )
}

/// `hob completions`.
pub(crate) fn run(_: &Session, matches: &ArgMatches) -> Result<u8, Failure> {
    let shell = *matches.get_one::<Shell>("shell").expect("it is required");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree::all(&catalog()), "hob", &mut script);
    output::print(script).map(|()| 0)
}
