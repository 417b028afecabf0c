//! `hob wait NAME --for ready`: ends when it is so, or when it will not be.
//!
//! A number is a run of a job, unless a service is called so, and is waited for until it is over.
//! The daemon's board tells of each change, so nothing is asked twice.

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use daemon_core::kernel::{Code, Fault};
use daemon_core::services::meant;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use serde_json::json;

use crate::daily::{distinct, expanded, listed, of_project};
use crate::failure::Failure;
use crate::job;
use crate::job::wait::Ended;
use crate::output::service::Service;
use crate::output::time;
use crate::session::Session;
use crate::watch::{self, Services};
use crate::{notice, other_kind, output};

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    command
        .arg(
            Arg::new("names")
                .value_name("NAME|RUN")
                .num_args(1..)
                .required(true)
                .help("Which services, or the numbers of runs; PROJECT/ is all services of a project"),
        )
        .arg(
            Arg::new("for")
                .long("for")
                .value_name("STATE")
                .default_value("ready")
                .value_parser(PossibleValuesParser::new(["ready", "running", "stopped"]))
                .help("What to wait for; runs are waited for until they are over"),
        )
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_name("TIME")
                .value_parser(|text: &str| time::length(text))
                .help("Give up after so long, such as 30s; without it, never"),
        )
}

/// `hob wait`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let named = distinct(matches.get_many::<String>("names").into_iter().flatten());
    let goal = matches.get_one::<String>("for").expect("it has a default").clone();
    let timeout = matches.get_one::<Duration>("timeout").copied();
    let client = session.connect().await?;
    let (runs, names) = job::wait::told_apart(&client, named).await?;
    if names.is_empty() && matches.value_source("for") == Some(ValueSource::CommandLine) {
        let fault = Fault::invalid("--for is for services; a run is waited for until it is over");
        return Err(fault.hint("leave it out").into());
    }
    let subject = format!("for {} to {}", listed(&names), goal_in_words(&goal));
    let all = async {
        let (services, names) = match names.is_empty() {
            true => (Services::default(), Vec::new()),
            false => {
                let what = match &names[..] {
                    [one] if of_project(one).is_none() => "the service",
                    _ => "the services",
                };
                let waited = notice::while_waiting(&subject, what, until_so(&client, &names, &goal)).await;
                other_kind::or_told(&client, "service.wait", &names, waited.map_err(Failure::from)).await?
            }
        };
        Ok::<_, Failure>((services, names, job::wait::all(session, &client, &runs).await?))
    };
    let (services, waited, ended) = match timeout {
        None => all.await,
        Some(timeout) => tokio::time::timeout(timeout, all).await.unwrap_or_else(|_elapsed| {
            let subject = if names.is_empty() { job::wait::subject(&runs) } else { subject.clone() };
            let fault = Fault::new(Code::Timeout, format!("waited {timeout:?} {subject}"));
            let look = if names.is_empty() {
                "`hob queue` shows what runs and waits"
            } else {
                "`hob ls` shows how they are"
            };
            Err(fault.hint(look).into())
        }),
    }?;
    show(session, &services, &waited, &ended)?;
    ended.status()
}

/// Waits until all of these services are there; returns which they are, too.
async fn until_so(client: &Client, named: &[String], goal: &str) -> Result<(Services, Vec<String>), Fault> {
    let mut items = watch::open(client).await?;
    let mut services = Services::default();
    loop {
        let item = items
            .next()
            .await
            .unwrap_or_else(|| Err(Fault::new(Code::Unavailable, "the daemon has stopped")))?;
        services.take(&item)?;
        let there: Vec<String> = services.names().map(str::to_owned).collect();
        let names = expanded(named, &there)?;
        if all_reached(&services, &names, goal)? {
            return Ok((services, names));
        }
    }
}

/// Whether all of them are there yet; an error if one never will be.
fn all_reached(services: &Services, names: &[String], goal: &str) -> Result<bool, Fault> {
    let mut all = true;
    for name in names {
        let service = services.get(name).ok_or_else(|| {
            let fault = Fault::not_found("service", name, []);
            let near = meant(name, services.names());
            fault.hint(near.unwrap_or_else(|| {
                "`hob ls` lists the services, `hob job runs` the numbers of runs".to_owned()
            }))
        })?;
        all &= reached(service, goal)?;
    }
    Ok(all)
}

fn reached(service: &Service, goal: &str) -> Result<bool, Fault> {
    let over = matches!(service.state.as_str(), "stopped" | "failed");
    match goal {
        "stopped" => Ok(over),
        // One that is about to be started is wanted before it is anything else.
        _ if service.state == "failed" || (service.state == "stopped" && service.wanted != "up") => {
            Err(will_not(service))
        }
        "running" => Ok(service.is_running()),
        _ => Ok(service.is_ready()),
    }
}

/// That nothing starts it by itself.
fn will_not(service: &Service) -> Fault {
    let reason = service.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let name = visible(&service.name);
    let (what, hint) = match (service.state.as_str(), service.run) {
        ("failed", _) => {
            ("has failed", format!("`hob logs {name}` shows its last words; `hob start {name}` tries again"))
        }
        (_, 0) => ("is stopped", format!("nothing starts it by itself: hob start {name}")),
        _ => {
            let last = format!("`hob logs {name}` shows its last words");
            ("is stopped", format!("nothing starts it by itself: hob start {name}; {last}"))
        }
    };
    Fault::new(Code::Conflict, format!("{name} {what}{reason}")).hint(hint)
}

fn goal_in_words(goal: &str) -> &'static str {
    match goal {
        "stopped" => "stop",
        "running" => "run",
        _ => "become ready",
    }
}

/// Runs have told of themselves as they ended; with `--json` all is told together.
fn show(session: &Session, services: &Services, names: &[String], ended: &Ended) -> Result<(), Failure> {
    let found = names.iter().filter_map(|name| services.get(name));
    if session.json {
        let states: Vec<_> = found
            .map(|it| json!({ "name": it.name, "state": it.state, "ready": it.ready, "pid": it.pid, "run": it.run }))
            .collect();
        let mut whole = serde_json::Map::new();
        if !names.is_empty() {
            whole.insert("services".to_owned(), json!(states));
        }
        if !ended.runs.is_empty() {
            whole.insert("runs".to_owned(), json!(ended.runs));
        }
        return output::print_json(serde_json::Value::Object(whole).to_string());
    }
    let now = session.now();
    output::print(found.map(|service| service.sentence(&session.style, now)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: &str, ready: bool, goal: &str, expected: Option<bool>) {
        let service = Service { name: "web".into(), state: state.into(), ready, ..Service::default() };
        assert_eq!(reached(&service, goal).ok(), expected, "{state} {ready} for {goal}");
    }

    #[test]
    fn a_stopped_service_will_not_become_ready_unless_it_is_about_to_be_started() {
        for (wanted, expected) in [("down", None), ("up", Some(false))] {
            let service = |goal| {
                let (name, state) = ("web".into(), "stopped".into());
                let service = Service { name, state, wanted: wanted.into(), ..Service::default() };
                reached(&service, goal).ok()
            };
            assert_eq!((service("ready"), service("running")), (expected, expected), "{wanted}");
            assert_eq!(service("stopped"), Some(true));
        }
    }

    #[test]
    fn a_failed_service_will_not_become_ready_but_has_stopped() {
        check("failed", false, "ready", None);
        check("failed", false, "running", None);
        check("failed", false, "stopped", Some(true));
    }

    #[test]
    fn running_is_not_yet_ready() {
        check("running", false, "running", Some(true));
        check("running", false, "ready", Some(false));
        check("running", true, "ready", Some(true));
        check("backoff", false, "ready", Some(false));
        check("stopping", false, "stopped", Some(false));
        check("stopped", false, "stopped", Some(true));
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_with_its_neighbour() {
        let mut services = Services::default();
        let item = br#"{"snapshot":true,"changes":[{"noun":"service","key":"web","sequence":1,"value":{"name":"web"}}]}"#;
        services.take(item).unwrap();
        let fault = all_reached(&services, &["wbe".to_owned()], "ready").unwrap_err();
        assert_eq!((fault.code, fault.hint.as_deref()), (Code::NotFound, Some("did you mean \"web\"?")));
        let fault = all_reached(&services, &["nope".to_owned()], "ready").unwrap_err();
        assert!(fault.hint.is_some_and(|hint| hint.contains("`hob ls`")));
    }
}
