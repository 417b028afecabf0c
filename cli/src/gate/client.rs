//! `hob client add NAME`: enrol a client, and hand its token over once.
//!
//! The token goes to standard output or into a descriptor that the caller has
//! opened, and nowhere else: what else there is to say is on standard error.
//! A client whose token nobody got is not left enrolled: its name would be
//! taken, and whoever calls this would believe that somebody has the token.

use clap::{Arg, ArgMatches, Command};
use daemon_core::clients::{Add, Enrolled, Revoke};
use daemon_core::kernel::{Fault, Op as _};
use daemon_core::text::visible;
use daemon_core::wire::Client;

use super::say;
use crate::failure::Failure;
use crate::output::job::parse;
use crate::session::Session;
use crate::token::Sink;
use crate::{job, output, token};

const FD: &str = "token_fd";
/// The descriptor of standard output.
const OUT: u32 = 1;

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
    if sink.is_none() && output::goes_nowhere(OUT) {
        let fault = Fault::invalid("standard output is closed, and the token is shown there only");
        return Err(Failure::Fault(fault.hint("open it, or give another descriptor with --token-fd")));
    }
    let body =
        (job::operation(Add::NAME).body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let client = session.connect().await?;
    let reply = client.call_raw(Add::NAME, &body).await?;
    let Enrolled { client: enrolled, token } = parse(&reply)?;
    let is_elsewhere = sink.is_some();
    let handed_over = match sink {
        Some(sink) => sink.write(&token).map_err(Failure::Fault),
        None if session.json => output::print_json(reply),
        None => output::print(format!("{token}\n")),
    };
    if let Err(failure) = handed_over {
        return Err(Failure::Fault(taken_back(&client, enrolled.name, failure).await));
    }
    if is_elsewhere && session.json {
        output::print_json(serde_json::json!({ "client": enrolled }).to_string())?;
    }
    if !session.json {
        let name = visible(&enrolled.name);
        say(&format!("{name} is enrolled; its token is shown once, and nobody can look it up later"));
    }
    Ok(0)
}

/// Ends the enrolment of somebody who cannot have the token, and says why.
async fn taken_back(client: &Client, name: String, failure: Failure) -> Fault {
    let shown = visible(&name);
    let why = match failure {
        Failure::Fault(fault) => fault.message,
        // Elsewhere that is no error: who reads no further has read enough.
        Failure::ReaderGone => "nobody reads standard output any more".to_owned(),
        Failure::Said(_) => "it was not possible".to_owned(),
    };
    match client.call(Revoke { name }).await {
        Ok(_) => Fault::internal(format!("{shown} is not enrolled: its token could not be written: {why}")),
        Err(fault) => Fault::internal(format!(
            "nobody has the token of {shown}, which is enrolled: it could not be written: {why}; \
             and it could not be revoked: {}",
            fault.message
        ))
        .hint(format!("`hob client revoke {shown}`, then add it again")),
    }
}
