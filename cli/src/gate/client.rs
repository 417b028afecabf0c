//! `hob client add NAME`: enrol a client, and hand its token over once.
//!
//! The token goes to standard output or into a descriptor that the caller has
//! opened, and nowhere else: what else there is to say is on standard error.

use clap::{Arg, ArgMatches, Command};
use daemon_core::clients::{Add, Enrolled};
use daemon_core::kernel::Op as _;
use daemon_core::text::visible;

use super::say;
use crate::failure::Failure;
use crate::output::job::parse;
use crate::session::Session;
use crate::token::Sink;
use crate::{job, output, token};

const FD: &str = "token_fd";

/// Those of the operation, and where the token goes.
pub(crate) fn add_arguments(command: Command) -> Command {
    job::of_operation(Add::NAME, command)
        .arg(
            Arg::new(FD)
                .long("token-fd")
                .value_name("N")
                .value_parser(token::number)
                .help("Write the token to this open descriptor instead of standard output"),
        )
        .after_help(
            "The token is shown this once. Keep it in a file that only its user can read, and name that file to the \
             client:\n\n  (umask 077; hob client add claude > ~/claude.token)\n  HOB_TOKEN_FILE=~/claude.token hob run -- make test",
        )
}

/// `hob client add`.
pub(crate) async fn add(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let sink = matches.remove_one::<u32>(FD).map(Sink::open).transpose()?;
    let body =
        (job::operation(Add::NAME).body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let client = session.connect().await?;
    let reply = client.call_raw(Add::NAME, &body).await?;
    let Enrolled { client, token } = parse(&reply)?;
    let name = visible(&client.name);
    match sink {
        Some(sink) => {
            sink.write(&token)?;
            if session.json {
                output::print_json(serde_json::json!({ "client": client }).to_string())?;
            }
        }
        None if session.json => output::print_json(reply)?,
        None => output::print(format!("{token}\n"))?,
    }
    if !session.json {
        say(&format!("{name} is enrolled; its token is shown once, and nobody can look it up later"));
    }
    Ok(0)
}
