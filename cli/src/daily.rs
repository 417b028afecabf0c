//! `hob ls`, and `hob start`, `stop`, `restart` and `remove` of several services at once.

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use futures_util::future::join3;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use serde_json::value::RawValue;

use crate::failure::{self, Failure};
use crate::notice;
use crate::operate::{Waits, rendered};
use crate::output::reader::while_read;
use crate::output::service::{self, Service};
use crate::session::Session;
use crate::{in_force, moment, other_kind, output, project, status, watch};

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
    if session.json {
        output::print_json(client.call_raw("service.list", b"{}").await?)?;
        return Ok(0);
    }
    let (services, projects, daemon) = join3(
        client.call_raw("service.list", b"{}"),
        project::list(session, &client),
        client.call_raw("system.status", b"{}"),
    )
    .await;
    let (style, now) = (&session.style, session.now());
    let mut out = service::table(&service::parse_list(&services?)?, style, now);
    out += &output::project::notes(&projects, style);
    if let Ok(daemon) = daemon.and_then(|reply| status::parse(&reply)) {
        in_force::warn(&daemon);
        out += &status::pause(daemon.paused.as_ref(), style, now);
    }
    output::print(out)?;
    Ok(0)
}

/// The arguments of verbs that take several names.
pub(crate) fn names(command: Command) -> Command {
    command
        .arg(
            Arg::new("names")
                .value_name("NAME")
                .num_args(1..)
                .help("Which services; PROJECT/ is all of a project"),
        )
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .conflicts_with("names")
                .help("All services"),
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
    let client = match operation {
        "service.stop" => session.connect_to_end(&names).await?,
        _ => session.connect().await?,
    };
    let work = async {
        let names = match all || names.iter().any(|name| of_project(name).is_some()) {
            false => names,
            true => {
                let there = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
                let there: Vec<String> = there.into_iter().map(|service| service.name).collect();
                if all { there } else { expanded(&names, &there)? }
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
    let todo: Vec<(&str, String)> = names.iter().map(|name| (operation, name.clone())).collect();
    to_all(session, client, &todo).await
}

/// As [`to_each`], with an operation for each service.
pub(crate) async fn to_all(
    session: &Session,
    client: &Client,
    todo: &[(&str, String)],
) -> Result<u8, Failure> {
    let mut calls: FuturesUnordered<_> = todo
        .iter()
        .enumerate()
        .map(
            |(place, (operation, name))| async move { (place, done(session, client, operation, name).await) },
        )
        .collect();
    let mut outstanding: Vec<String> = todo.iter().map(|(_, name)| name.clone()).collect();
    let mut fates: Vec<Option<Result<Vec<u8>, Fault>>> = todo.iter().map(|_| None).collect();
    while !outstanding.is_empty() {
        let operation = todo.first().map_or("service.start", |(operation, _)| *operation);
        let waits = Waits::of(operation, Some(&listed(&outstanding)));
        let what = if outstanding.len() == 1 { waits.what } else { "the services" };
        let next = notice::while_waiting(&waits.subject, what, calls.next()).await;
        let Some((place, fate)) = next else { break };
        let (operation, name) = &todo[place];
        outstanding.retain(|left| left != name);
        match &fate {
            Ok(reply) if !session.json => output::print(rendered(session, operation, reply)?)?,
            Ok(_) => {}
            Err(fault) => failure::say(fault, Some(name), session.json),
        }
        fates[place] = Some(fate);
    }
    let (mut done, mut statuses) = (Vec::new(), Vec::new());
    for fate in fates.into_iter().flatten() {
        match fate {
            Ok(reply) => done.push(reply),
            Err(fault) => statuses.push(failure::exit(&fault)),
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

/// Does an operation to one service; of a start the moment after it is a part.
async fn done(session: &Session, client: &Client, operation: &str, name: &str) -> Result<Vec<u8>, Fault> {
    let body = json!({ "name": name }).to_string();
    let reply = match client.call_raw(operation, body.as_bytes()).await {
        Ok(reply) => reply,
        Err(fault) => return Err(other_kind::told(client, operation, name, fault).await),
    };
    if !matches!(operation, "service.start" | "service.restart") {
        return Ok(reply);
    }
    let reply = moment::looked_on(client, reply, session.now()).await?;
    match moment::not_up(&Service::parse(&reply.now)?, reply.run) {
        Some(fault) => Err(fault),
        None => Ok(reply.now),
    }
}

/// The project of `shop/` and `shop/*`, which stand for all of its services.
pub(crate) fn of_project(name: &str) -> Option<&str> {
    name.strip_suffix("/*").or_else(|| name.strip_suffix('/')).filter(|project| !project.is_empty())
}

/// The names, with all services of a project in the place of it.
pub(crate) fn expanded(names: &[String], there: &[String]) -> Result<Vec<String>, Fault> {
    let mut expanded = Vec::new();
    for name in names {
        let Some(project) = of_project(name) else {
            expanded.push(name.clone());
            continue;
        };
        let prefix = format!("{project}/");
        let before = expanded.len();
        expanded.extend(there.iter().filter(|service| service.starts_with(&prefix)).cloned());
        if expanded.len() == before {
            let known = there.iter().filter_map(|service| service.split_once('/')).map(|(known, _)| known);
            return Err(hinted(
                Fault::not_found("project with services", project, known),
                "`hob project list` lists the projects, `hob ls` all services",
            ));
        }
    }
    Ok(distinct(expanded.iter()))
}

/// A fault that tells at least where to look, if it does not know what was meant.
pub(crate) fn hinted(fault: Fault, hint: &str) -> Fault {
    if fault.hint.is_some() { fault } else { fault.hint(hint) }
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
    fn a_project_stands_for_all_of_its_services() {
        let there = ["db", "shop/api", "shop/web", "shopping/x"].map(str::to_owned).to_vec();
        let check = |names: &[&str], expected: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(expanded(&names, &there).unwrap(), expected);
        };
        check(&["shop/"], &["shop/api", "shop/web"]);
        check(&["shop/web", "shop/*", "db"], &["shop/web", "shop/api", "db"]);
        let fault = expanded(&["shp/".to_owned()], &there).unwrap_err();
        assert!(fault.to_string().contains("shp") && fault.hint.is_some(), "{fault}");
        let fault = expanded(&["nobody-at-all/".to_owned()], &there).unwrap_err();
        assert!(fault.hint.is_some_and(|hint| hint.contains("`hob project list`")));
    }

    #[test]
    fn many_names_are_counted_rather_than_listed() {
        for (count, expected) in [(1, "1"), (2, "1 and 2"), (4, "1, 2 and 2 more")] {
            let names: Vec<String> = (1..=count).map(|number: i32| number.to_string()).collect();
            assert_eq!(listed(&names), expected);
        }
    }
}
