//! `hob ls`, and `hob start`, `stop` and `restart` of several services at once.

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::kernel::Fault;
use daemon_core::kernel::text::visible;
use daemon_core::wire::Client;
use futures_util::future::join_all;
use serde_json::json;
use serde_json::value::RawValue;

use crate::failure::{self, Failure};
use crate::notice;
use crate::operate::Waits;
use crate::output::service::{self, Service};
use crate::output::{self};
use crate::session::Session;
use crate::watch;

/// How one service of several fared.
pub(crate) type Fate = (String, Result<Vec<u8>, Fault>);

/// The arguments of `ls`.
pub(crate) fn ls_arguments(command: Command) -> Command {
    command.arg(
        Arg::new("watch")
            .long("watch")
            .short('w')
            .action(ArgAction::SetTrue)
            .help("Stay, and show each change"),
    )
}

/// `hob ls`.
pub(crate) async fn ls(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let client = session.connect().await?;
    if matches.get_flag("watch") {
        return watch::run(session, &client).await;
    }
    let reply = client.call_raw("service.list", b"{}").await?;
    match session.json {
        true => output::print_json(reply)?,
        false => {
            output::print(service::table(&service::parse_list(&reply)?, &session.style, session.now()))?;
        }
    }
    Ok(0)
}

/// The arguments of verbs that take several names.
pub(crate) fn names(command: Command) -> Command {
    command
        .arg(
            Arg::new("names")
                .value_name("NAME")
                .num_args(1..)
                .required_unless_present("all")
                .help("Which services"),
        )
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .conflicts_with("names")
                .help("All services"),
        )
}

/// Does an operation to each service that was named, all at the same time.
pub(crate) async fn each(session: &Session, matches: ArgMatches, operation: &str) -> Result<u8, Failure> {
    let client = session.connect().await?;
    let names = match matches.get_many::<String>("names") {
        Some(names) => distinct(names),
        None => {
            let all = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
            all.into_iter().map(|service| service.name).collect()
        }
    };
    let fates = to_each(&client, operation, &names).await;
    show(session, &fates)
}

/// Does an operation to each of these services, and says what it waits for if that takes long.
pub(crate) async fn to_each(client: &Client, operation: &str, names: &[String]) -> Vec<Fate> {
    let calls = names.iter().map(|name| async move {
        let body = json!({ "name": name }).to_string();
        (name.clone(), client.call_raw(operation, body.as_bytes()).await)
    });
    let waits = Waits::of(operation, Some(&listed(names)));
    let what = if names.len() == 1 { waits.what } else { "the services" };
    notice::while_waiting(&waits.subject, what, join_all(calls)).await
}

/// Shows how each fared; the status is 0 if all did well.
pub(crate) fn show(session: &Session, fates: &[Fate]) -> Result<u8, Failure> {
    let done = fates.iter().filter_map(|(_, fate)| fate.as_ref().ok());
    if session.json {
        let services: Result<Vec<Box<RawValue>>, _> =
            done.map(|reply| serde_json::from_slice(reply)).collect();
        let services = services.map_err(|error| Fault::internal(format!("a reply is no JSON: {error}")))?;
        output::print_json(serde_json::to_vec(&Services { services }).expect("it has string keys"))?;
    } else {
        let now = session.now();
        let lines: Result<String, Fault> =
            done.map(|reply| Ok(Service::parse(reply)?.sentence(&session.style, now))).collect();
        output::print(lines?)?;
    }
    let mut statuses = Vec::new();
    for (name, fate) in fates {
        if let Err(fault) = fate {
            failure::say(fault, Some(name), session.json);
            statuses.push(fault.code.exit());
        }
    }
    match failure::together(&statuses) {
        Some(status) => Err(Failure::Said(status)),
        None => Ok(0),
    }
}

/// The names, each once, in their order.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name.clone());
        }
    }
    distinct
}

/// "web", "web and db", "web, db and 5 more".
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => visible(only),
        [first, second] => format!("{} and {}", visible(first), visible(second)),
        [first, second, rest @ ..] => {
            format!("{}, {} and {} more", visible(first), visible(second), rest.len())
        }
    }
}

#[derive(serde::Serialize)]
struct Services {
    services: Vec<Box<RawValue>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_counts_once() {
        let names = ["b", "a", "b"].map(str::to_owned);
        assert_eq!(distinct(names.iter()), ["b", "a"]);
    }

    #[test]
    fn many_names_are_counted_rather_than_listed() {
        for (count, expected) in [(1, "1"), (2, "1 and 2"), (4, "1, 2 and 2 more")] {
            let names: Vec<String> = (1..=count).map(|number: i32| number.to_string()).collect();
            assert_eq!(listed(&names), expected);
        }
    }
}
