//! An operation by its own name: build the request, ask, show the reply.

use clap::ArgMatches;
use daemon_core::audit::{Recorded, Tail};
use daemon_core::jobs::ops::JobRemoved;
use daemon_core::kernel::{Fault, Meta};
use daemon_core::services::Removed;
use daemon_core::system::PauseState;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use jiff::Timestamp;

use crate::failure::{Failure, for_this_home};
use crate::output::logs::Layout;
use crate::output::reader::while_read;
use crate::output::service::Service;
use crate::output::time::{self, TimeOfDay};
use crate::output::value::Value;
use crate::output::{self, service};
use crate::session::Session;
use crate::{gate, notice, other_kind, project};

/// Asks what was typed.
///
/// # Errors
/// Whatever the operation fails with.
pub(crate) async fn run(session: &Session, meta: &Meta, mut matches: ArgMatches) -> Result<u8, Failure> {
    let body = (meta.body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let body = project::with_whole_dir(meta.name, body)?;
    let client = match (meta.name, name_in(&body)) {
        ("service.stop" | "service.signal", Some(name)) => session.connect_to_end(&[name]).await?,
        _ => session.connect().await?,
    };
    if meta.is_feed() {
        let items = client.open_raw(meta.name, &body).await?;
        return while_read(follow(session, meta.name, &body, items)).await;
    }
    let waits = Waits::of(meta.name, name_in(&body).as_deref());
    let reply = notice::while_waiting(&waits.subject, waits.what, client.call_raw(meta.name, &body)).await;
    let reply = match (reply, name_in(&body)) {
        (Err(fault), Some(name)) => Err(other_kind::told(&client, meta.name, &name, fault).await),
        (reply, _) => reply,
    };
    let reply = reply?;
    let status = match meta.name {
        "job.wait" => output::run::status(&output::job::parse(&reply)?),
        // As hob-verify would say it.
        "audit.verify" => output::job::parse::<daemon_core::audit::Verified>(&reply)?.exit,
        "service.edit" | "job.edit" => output::edited::status(&output::job::parse(&reply)?),
        "exec.run" | "request.wait" => output::request::status(&output::job::parse(&reply)?).unwrap_or(0),
        _ => 0,
    };
    match session.json {
        true => output::print_json(reply)?,
        false => {
            output::print(match meta.name {
                "job.runs" => output::job::found(&body, &reply, &session.style, session.now())?,
                _ => rendered(session, meta.name, &reply)?,
            })?;
            if meta.name == "system.reload" {
                output::print(unapplied(&client).await)?;
            }
            if matches!(meta.name, "policy.add" | "policy.reload") {
                output::complain(&gate::policy::doubts(&client).await);
            }
            if meta.name == "audit.search"
                && let Some(older) = output::record::older(&output::job::parse(&reply)?)
            {
                output::complain(&older);
            }
            if session.style.terminal
                && let Some(text) = output::record::how_to_use(meta.name)
            {
                output::complain(&crate::failure::for_this_home(text));
            }
        }
    }
    Ok(status)
}

/// A reply, as a person wants it.
pub(crate) fn rendered(session: &Session, name: &str, reply: &[u8]) -> Result<String, Fault> {
    let (style, now) = (&session.style, session.now());
    if let Some(shown) = output::job::rendered(name, reply, style, now)? {
        return Ok(shown);
    }
    if let Some(shown) = output::gate::rendered(name, reply, style, now)? {
        return Ok(shown);
    }
    match name {
        "service.list" => Ok(service::table(&service::parse_list(reply)?, style, now)),
        "service.get" => service::details(reply, style, &TimeOfDay::new(false, style.terminal, now), now),
        "service.remove" => {
            let removed: Removed = output::job::parse(reply)?;
            let (name, logs) = (visible(&removed.name), visible(&removed.logs));
            Ok(match logs.is_empty() {
                true => format!("{name} is removed; its logs are kept\n"),
                false => format!("{name} is removed; its logs are kept in {logs}\n"),
            })
        }
        "job.remove" => {
            let removed: JobRemoved = output::job::parse(reply)?;
            Ok(format!("{} is removed; its runs are kept\n", visible(&removed.name)))
        }
        "service.start" => Ok(Service::parse(reply)?.started(session.begun, style, now)),
        "service.stop" | "service.restart" | "service.signal" | "service.add" => {
            Ok(Service::parse(reply)?.outcome(style, now))
        }
        "service.logs" => crate::logs::rendered(session, reply),
        "service.config" | "job.config" => output::edited::file(name, reply, style),
        "service.edit" | "job.edit" => output::edited::edited(name, reply, style),
        "project.list" => output::project::table(reply, style),
        "project.review" => output::project::reviewed(reply, style),
        "project.up" => output::project::taken_up(reply),
        "project.down" => output::project::taken_down(reply),
        "system.doctor" => crate::doctor::rendered(style, reply),
        "system.pause" | "system.resume" => Ok(paused(&output::job::parse(reply)?, now)),
        "system.reload" => Ok("the configuration is in force\n".to_owned()),
        _ => {
            let value: Value = serde_json::from_slice(reply).map_err(|error| {
                Fault::internal(format!("the daemon's reply to {name} is no JSON: {error}"))
            })?;
            Ok(value.render(style))
        }
    }
}

/// Those that a configuration in force has changed and that run as they were.
async fn unapplied(client: &Client) -> String {
    let services = client.call_raw("service.list", b"{}").await;
    let services = services.and_then(|reply| service::parse_list(&reply)).unwrap_or_default();
    let names: Vec<String> =
        services.iter().filter(|service| service.changed).map(|service| visible(&service.name)).collect();
    for_this_home(&as_they_were(&names))
}

/// "api and poller run as they were: `hob restart api poller`".
fn as_they_were(names: &[String]) -> String {
    let (listed, run) = match names {
        [] => return String::new(),
        [only] => (only.clone(), "runs as it was"),
        [first @ .., last] => (format!("{} and {last}", first.join(", ")), "run as they were"),
    };
    format!("{listed} {run}: `hob restart {}`\n", names.join(" "))
}

/// What a pause holds and until when, or that there is none any more.
fn paused(state: &PauseState, now: Timestamp) -> String {
    const HELD: &str = "no job begins, and what crashes is not started again";
    match (state.paused, state.until) {
        (true, Some(until)) => format!("paused until {}: {HELD}\n", time::hour(until, now)),
        (true, None) => for_this_home(&format!("paused until `hob resume`: {HELD}\n")),
        (false, _) if state.was_paused == Some(false) => "nothing was paused\n".to_owned(),
        (false, _) => {
            "not paused any more: jobs begin, and what crashed in the pause is started again\n".to_owned()
        }
    }
}

/// What a call that takes long is waiting for.
pub(crate) struct Waits {
    /// "for web to stop".
    pub(crate) subject: String,
    /// What goes on if the waiting ends.
    pub(crate) what: &'static str,
}

impl Waits {
    /// By the operation and the name it is about.
    pub(crate) fn of(operation: &str, name: Option<&str>) -> Waits {
        let subject = match (operation, name.map(visible)) {
            ("service.start" | "service.restart" | "service.add", Some(name)) => {
                format!("for {name} to become ready")
            }
            ("service.stop" | "service.remove", Some(name)) => format!("for {name} to stop"),
            (_, Some(name)) => format!("for {operation} of {name}"),
            (_, None) => format!("for {operation}"),
        };
        Waits {
            subject,
            what: if operation.starts_with("service.") { "the service" } else { "the operation" },
        }
    }
}

async fn follow(
    session: &Session,
    name: &str,
    asked: &[u8],
    mut items: daemon_core::wire::Items,
) -> Result<u8, Failure> {
    let mut layout: Option<Layout> = None;
    let mut times: Option<TimeOfDay> = None;
    let mut first = None;
    while let Some(item) = items.next().await {
        let item = item?;
        if session.json {
            output::print_json(item)?;
        } else if name == "audit.tail" {
            let is_first = times.is_none();
            let times =
                times.get_or_insert_with(|| TimeOfDay::new(false, session.style.terminal, session.now()));
            let entry: Recorded = output::job::parse(&item)?;
            first.get_or_insert(entry.index);
            output::print(output::record::line(&entry, is_first, &session.style, times))?;
        } else if name == "service.follow" {
            let layout = layout.get_or_insert_with(|| crate::logs::layout(session, false, &[]));
            output::print(crate::logs::followed(layout, &item)?)?;
        } else {
            let value: Value = serde_json::from_slice(&item)
                .map_err(|error| Fault::internal(format!("an item of {name} is no JSON: {error}")))?;
            output::print(value.inline() + "\n")?;
        }
    }
    // Whoever says where to begin knows what is before that.
    let begins: Option<Tail> = serde_json::from_slice(asked).ok().filter(|asked: &Tail| asked.from.is_none());
    if let (Some(_), Some(older)) = (begins, first.and_then(output::record::before_the_end)) {
        output::complain(&older);
    }
    Ok(0)
}

/// The name that an operation is about.
pub(crate) fn name_in(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    // `job runs` has the name of a job and no other.
    Some(value.get("name").or(value.get("job"))?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_restart_is_named_with_it() {
        let told =
            |names: &[&str]| as_they_were(&names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(told(&[]), "");
        assert_eq!(told(&["api"]), "api runs as it was: `hob restart api`\n");
        assert_eq!(told(&["a", "b", "c"]), "a, b and c run as they were: `hob restart a b c`\n");
    }
}
