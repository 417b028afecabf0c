//! The gate on the command line: asking for a command, and deciding what others ask for.
//!
//! Whoever asks and whoever decides are two programs that know nothing of each
//! other; the daemon is between them. A yes is only ever given by a person who
//! was shown everything ([`approve`]), or by a script that names the digest of
//! what it has reviewed.

pub(crate) mod approve;
pub(crate) mod client;
mod follow;
mod held;
pub(crate) mod policy;
mod prompt;
pub(crate) mod run;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::approvals::grants::Scope;
use daemon_core::approvals::ops::{Decide, DenyAll, Get};
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::kernel::Op as _;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use serde::Serialize;

use crate::failure::{self, Failure};
use crate::output;
use crate::output::job::parse;
use crate::session::Session;

/// The arguments of `deny`.
pub(crate) fn deny_arguments(command: Command) -> Command {
    command
        .arg(
            Arg::new("id")
                .value_name("ID")
                .num_args(1..)
                .action(ArgAction::Append)
                .required_unless_present_any(["client", "all"])
                .conflicts_with_all(["client", "all"])
                .help("Which requests"),
        )
        .arg(
            Arg::new("note")
                .long("note")
                .value_name("TEXT")
                .help("What whoever asked is told, word for word"),
        )
        .arg(
            Arg::new("client")
                .long("client")
                .value_name("NAME")
                .conflicts_with("all")
                .help("Everything that this client waits for"),
        )
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("Everything that waits"))
        .after_help(
            "The same command asked for again at once is denied without a question, with the same note.",
        )
}

/// `hob deny`.
pub(crate) async fn deny(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let note = matches.get_one::<String>("note").cloned();
    let client = session.connect().await?;
    let Some(ids) = matches.get_many::<String>("id") else {
        let of = matches.get_one::<String>("client").cloned();
        let reply = ask(&client, &DenyAll { client: of, note }).await?;
        return shown(session, "approval.deny-all", reply);
    };
    let mut statuses = Vec::new();
    for id in ids {
        match deny_one(&client, id, note.clone()).await {
            Ok(reply) => drop(shown(session, Decide::NAME, reply)?),
            Err(Failure::Fault(fault)) => {
                let is_told = fault.message.contains(id.as_str());
                failure::say(&fault, Some(id.as_str()).filter(|_| !is_told), session.json);
                statuses.push(failure::exit(&fault));
            }
            Err(failure) => return Err(failure),
        }
    }
    failure::together(&statuses).map_or(Ok(0), |status| Err(Failure::Said(status)))
}

/// A no needs no look at it, but like any decision it names what it is about.
async fn deny_one(client: &Client, id: &str, note: Option<String>) -> Result<Vec<u8>, Failure> {
    let request: Request = parse(&ask(client, &Get { id: id.to_owned() }).await?)?;
    let decide = Decide {
        id: id.to_owned(),
        verdict: Verdict::Deny,
        digest: request.plan,
        scope: Scope::Once,
        suggestion: None,
        uses: None,
        note,
    };
    ask(client, &decide).await
}

/// Asks an operation, and returns its reply as it came.
async fn ask<O: daemon_core::kernel::Op + Serialize>(
    client: &Client,
    request: &O,
) -> Result<Vec<u8>, Failure> {
    let body = serde_json::to_vec(request).expect("a request has string keys");
    Ok(client.call_raw(O::NAME, &body).await?)
}

/// Shows a reply as it is asked for; the value is the exit status.
fn shown(session: &Session, name: &str, reply: Vec<u8>) -> Result<u8, Failure> {
    match session.json {
        true => output::print_json(reply)?,
        false => output::print(crate::operate::rendered(session, name, &reply)?)?,
    }
    Ok(0)
}

/// A hint with a command in it, for the home that was named, safe to show.
fn say(text: &str) {
    output::complain(&format!("{}\n", failure::for_this_home(&visible(text))));
}
