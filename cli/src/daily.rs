//! `hob ls`, and `hob start`, `stop`, `restart` and `remove` of several services at once.

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::kernel::Fault;
use daemon_core::kernel::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use serde_json::value::RawValue;

use crate::failure::{self, Failure};
use crate::notice;
use crate::operate::{Waits, rendered};
use crate::output::reader::while_read;
use crate::output::service;
use crate::session::Session;
use crate::{in_force, output, watch};

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
        return while_read(watch::run(session, &client)).await;
    }
    let reply = in_force::or_warned(session, &client, client.call_raw("service.list", b"{}")).await?;
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
    command.arg(Arg::new("names").value_name("NAME").num_args(1..).help("Which services")).arg(
        Arg::new("all").long("all").action(ArgAction::SetTrue).conflicts_with("names").help("All services"),
    )
}

/// The arguments of `remove`, which has no `--all`.
pub(crate) fn removed_names(command: Command) -> Command {
    let names = Arg::new("names").value_name("NAME").num_args(1..);
    command.arg(names.required(true).help("Which services; their logs are kept"))
}

/// Does an operation to each service that was named, all at the same time.
pub(crate) async fn each(session: &Session, matches: ArgMatches, operation: &str) -> Result<u8, Failure> {
    let all = matches.try_get_one::<bool>("all").ok().flatten().copied().unwrap_or_default();
    let names = distinct(matches.get_many::<String>("names").into_iter().flatten());
    if names.is_empty() && !all {
        let fault = Fault::invalid("no NAME of a service is given");
        return Err(fault.hint("`hob ls` lists them; `--all` stands for all of them").into());
    }
    let client = session.connect().await?;
    let work = async {
        let names = match all {
            false => names,
            true => {
                let all = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
                all.into_iter().map(|service| service.name).collect()
            }
        };
        to_each(session, &client, operation, &names).await
    };
    match operation {
        "service.start" | "service.restart" => in_force::or_warned(session, &client, work).await,
        _ => work.await,
    }
}

/// Does an operation to each of these services, and tells of each as it is done; the status is 0 if
/// all did well. Of what takes long it says that it waits for it.
pub(crate) async fn to_each(
    session: &Session,
    client: &Client,
    operation: &str,
    names: &[String],
) -> Result<u8, Failure> {
    let mut calls: FuturesUnordered<_> = names
        .iter()
        .enumerate()
        .map(|(place, name)| async move {
            let body = json!({ "name": name }).to_string();
            (place, client.call_raw(operation, body.as_bytes()).await)
        })
        .collect();
    let mut outstanding = names.to_vec();
    let mut fates: Vec<Option<Result<Vec<u8>, Fault>>> = names.iter().map(|_| None).collect();
    while !outstanding.is_empty() {
        let waits = Waits::of(operation, Some(&listed(&outstanding)));
        let what = if outstanding.len() == 1 { waits.what } else { "the services" };
        let next = notice::while_waiting(&waits.subject, what, calls.next()).await;
        let Some((place, fate)) = next else { break };
        outstanding.retain(|name| *name != names[place]);
        match &fate {
            Ok(reply) if !session.json => output::print(rendered(session, operation, reply)?)?,
            Ok(_) => {}
            Err(fault) => failure::say(fault, Some(&names[place]), session.json),
        }
        fates[place] = Some(fate);
    }
    let (mut done, mut statuses) = (Vec::new(), Vec::new());
    for fate in fates.into_iter().flatten() {
        match fate {
            Ok(reply) => done.push(reply),
            Err(fault) => statuses.push(fault.code.exit()),
        }
    }
    if session.json {
        let services: Result<Vec<Box<RawValue>>, _> =
            done.iter().map(|reply| serde_json::from_slice(reply)).collect();
        let services = services.map_err(|error| Fault::internal(format!("a reply is no JSON: {error}")))?;
        output::print_json(serde_json::to_vec(&Services { services }).expect("it has string keys"))?;
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
