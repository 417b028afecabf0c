//! `hob` and `hob status`: how the daemon and its services are.
//!
//! Neither starts a daemon: whoever asks whether one runs does not want it to
//! run because of the question.

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::home::Dirs;
use daemon_core::kernel::{Code, Fault};
use daemon_core::runs::still_running;
use daemon_core::system::{JobCounts, PathStatus, Pause};
use daemon_core::text::visible;
use daemon_core::wire::Asker;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::argv::wait_for;
use crate::daily::listed;
use crate::failure::{Failure, NOT_RUNNING, for_this_home};
use crate::output::service::{self, Service};
use crate::output::style::{Paint, Style};
use crate::output::table::{Cell, Column, Table};
use crate::output::time;
use crate::session::Session;
use crate::{notice, other_kind, output, project};

/// What is shown of `system.status`.
#[derive(Debug, Deserialize)]
pub(crate) struct Daemon {
    pub(crate) version: String,
    pub(crate) pid: i64,
    #[serde(default)]
    pub(crate) home: String,
    #[serde(default)]
    pub(crate) uptime_ms: i64,
    /// Tells one life of a daemon from another in the same process.
    #[serde(default)]
    pub(crate) started: String,
    #[serde(default)]
    tasks: Vec<Task>,
    pub(crate) paused: Option<Pause>,
    pub(crate) config_problem: Option<Box<Fault>>,
    policy_problem: Option<Box<Fault>>,
    jobs: Option<Box<JobCounts>>,
    #[serde(default)]
    requests_waiting: usize,
}

impl Daemon {
    /// Of so many jobs the last run failed.
    pub(crate) fn jobs_failed(&self) -> usize {
        self.jobs.as_ref().map_or(0, |jobs| jobs.failed)
    }
}

#[derive(Debug, Deserialize)]
struct Task {
    name: String,
    #[serde(default)]
    restarts: u64,
    last_error: Option<String>,
}

/// The arguments of `status`.
pub(crate) fn arguments(command: Command) -> Command {
    command
        .arg(Arg::new("name").value_name("NAME").help("Which service; the status is 3 if it does not run"))
        .arg(
            Arg::new("paths")
                .long("paths")
                .action(ArgAction::SetTrue)
                .conflicts_with("name")
                .help("Show every path that is used, and what decided it"),
        )
}

/// `hob`.
pub(crate) fn summary(session: &Session) -> Result<u8, Failure> {
    match session.asker()? {
        Some(asker) => show(session, asker),
        None => not_running(session).map(|()| 0),
    }
}

/// `hob status`.
pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<u8, Failure> {
    if matches.get_flag("paths") {
        return paths(session).map(|()| 0);
    }
    match matches.get_one::<String>("name") {
        Some(name) => wait_for(of_service(session, name)),
        None => of_daemon(session),
    }
}

/// `hob status` and nothing more.
pub(crate) fn of_daemon(session: &Session) -> Result<u8, Failure> {
    match session.asker()? {
        Some(asker) => show(session, asker),
        None => not_running(session).map(|()| NOT_RUNNING),
    }
}

/// Says that no daemon runs, and what to do about it.
pub(crate) fn not_running(session: &Session) -> Result<(), Failure> {
    let left = still_running(&session.dirs.runs());
    if session.json {
        let mut whole = json!({ "running": false });
        if !left.is_empty() {
            whole["still_running"] = json!(left);
        }
        return output::print_json(whole.to_string());
    }
    let up = for_this_home("`hob up`").replace('`', "");
    let (help, width) = ("hob --help", up.len().max(10));
    output::print(format!(
        "{} the daemon does not run ({})\n{}\n{up:width$}   starts it and its services\n\
         {help:width$}   shows everything else\n",
        session.style.glyph("○", "o"),
        visible(&session.dirs.state().to_string_lossy()),
        run_on(&left, &session.style),
    ))
}

/// Which services a daemon has left running; nothing if there are none.
fn run_on(names: &[String], style: &Style) -> String {
    let line = match names.len() {
        0 => return String::new(),
        1 => format!("its service {} runs on; the next daemon takes it over", listed(names)),
        many => format!("{many} of its services run on ({}); the next daemon takes them over", listed(names)),
    };
    style.paint(Paint::Yellow, &line) + "\n"
}

/// Replies that are shown to nobody: while the daemon answers, what shows its answer is brought into memory, for
/// which this process would have to wait afterwards.
const A_STATUS: &[u8] = br#"{"version":"0","pid":1}"#;
const A_LIST: &[u8] = br#"{"services":[{"name":"a","state":"running","ready":true,"pid":1,
    "since":"2026-01-01T00:00:00.5Z","command":["a"]}]}"#;

fn show(session: &Session, mut asker: Asker) -> Result<u8, Failure> {
    const CALLS: [(&str, &[u8]); 3] =
        [("system.status", b"{}"), ("service.list", b"{}"), ("project.list", b"{}")];
    let calls = if project::are_there(session) { &CALLS[..] } else { &CALLS[..2] };
    let rehearse = || drop((!session.json).then(|| text(session, A_STATUS, A_LIST, project::NONE)));
    let mut replies = ask(&mut asker, calls, rehearse).into_iter();
    // The end of the connection would wake the daemon, and this process ends in a moment.
    std::mem::forget(asker);
    let mut next = || replies.next().unwrap_or_else(|| Ok(project::NONE.to_vec()));
    let (status, list, projects) = (next()?, next()?, project::or_none(next()));
    if session.json {
        let raw = |json: &[u8]| serde_json::from_slice::<&RawValue>(json).map(RawValue::to_owned);
        let (Ok(daemon), Ok(list), Ok(projects)) = (raw(&status), raw(&list), raw(&projects)) else {
            return Err(Fault::internal("the daemon's reply is no JSON").into());
        };
        let (services, projects) = (services_of(list.get())?, projects_of(projects.get())?);
        let whole = format!(
            "{{\"running\":true,\"daemon\":{daemon},\"services\":{services},\"projects\":{projects}}}"
        );
        return output::print_json(whole).map(|()| 0);
    }
    output::print(text(session, &status, &list, &projects)?).map(|()| 0)
}

/// What people read.
fn text(session: &Session, status: &[u8], list: &[u8], projects: &[u8]) -> Result<String, Fault> {
    let daemon = parse(status)?;
    let services = service::parse_list(list)?;
    let style = &session.style;
    let mut out = headline(&daemon, &services, style);
    if let Some(counts) = &daemon.jobs {
        out += &output::job::in_brief(counts, style, session.now());
    }
    out += &troubles(&daemon, style, session.now());
    out.push('\n');
    out += &service::table(&services, style, session.now());
    out += &output::project::notes(projects, style);
    Ok(out)
}

fn ask(asker: &mut Asker, calls: &[(&str, &[u8])], meanwhile: impl FnOnce()) -> Vec<Result<Vec<u8>, Fault>> {
    let mut announced = None;
    asker.ask(calls, meanwhile, || announced = notice::announce("for the daemon to answer", "the daemon"))
}

fn headline(daemon: &Daemon, services: &[Service], style: &Style) -> String {
    format!(
        "{} {} up {}, pid {}, {}\n",
        style.paint(Paint::Bold, "hob"),
        visible(&daemon.version),
        time::span(daemon.uptime_ms / 1000),
        daemon.pid,
        service::count(services)
    )
}

/// What a person should know of the daemon and would not look for.
fn troubles(daemon: &Daemon, style: &Style, now: Timestamp) -> String {
    let mut out = String::new();
    if daemon.requests_waiting != 0 {
        let count = match daemon.requests_waiting {
            1 => "1 request waits".to_owned(),
            count => format!("{count} requests wait"),
        };
        out += &style.paint(Paint::Yellow, &format!("{count} for your yes or no: hob approvals"));
        out.push('\n');
    }
    out += &pause(daemon.paused.as_ref(), style, now);
    if let Some(problem) = &daemon.config_problem {
        out += &style.paint(Paint::Red, "the configuration on disk is not in force:");
        for line in problem.message.lines() {
            out += &format!("\n  {}", visible(line));
        }
        out.push('\n');
    }
    if let Some(problem) = &daemon.policy_problem {
        out += &style.paint(Paint::Red, &policy(problem));
        out.push('\n');
    }
    for task in daemon.tasks.iter().filter(|task| task.restarts != 0 || task.last_error.is_some()) {
        let error = task.last_error.as_deref().unwrap_or("no error is known");
        let line = format!(
            "the daemon's task {} was restarted {} times: {}",
            visible(&task.name),
            task.restarts,
            visible(error)
        );
        out += &style.paint(Paint::Yellow, &line);
        out.push('\n');
    }
    out
}

/// What is in force instead of the policy on disk, and the first mistake in that.
fn policy(problem: &Fault) -> String {
    let mut lines = problem.message.lines().map(visible);
    let headline = lines.next().unwrap_or_default();
    let first = lines.next().map(|line| format!("{line}; ")).unwrap_or_default();
    for_this_home(&format!("{headline} ({first}`hob policy check` says all of it)"))
}

/// That a pause is on, and how it ends.
pub(crate) fn pause(pause: Option<&Pause>, style: &Style, now: Timestamp) -> String {
    let Some(pause) = pause else { return String::new() };
    let until = pause.until.map_or_else(String::new, |until| format!(" until {}", time::hour(until, now)));
    let line =
        format!("paused{until}: no job begins, and what crashes is not started again (`hob resume` ends it)");
    style.paint(Paint::Yellow, &for_this_home(&line)) + "\n"
}

async fn of_service(session: &Session, name: &str) -> Result<u8, Failure> {
    let client = session.connect().await?;
    let body = json!({ "name": name }).to_string();
    let reply = match client.call_raw("service.get", body.as_bytes()).await {
        Ok(reply) => reply,
        Err(fault) => return Err(other_kind::told(&client, "service.get", name, fault).await.into()),
    };
    let service = Service::parse(&reply)?;
    match session.json {
        true => output::print_json(reply)?,
        false => output::print(service.sentence(&session.style, session.now()))?,
    }
    Ok(if service.is_running() { 0 } else { NOT_RUNNING })
}

/// A running daemon's own paths; without one, those that one would have.
fn paths(session: &Session) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Paths {
        paths: Vec<PathStatus>,
    }
    let places = match session.asker()? {
        Some(mut asker) => {
            let status = ask(&mut asker, &[("system.status", b"{}")], || ()).remove(0)?;
            let read: Result<Paths, _> = serde_json::from_slice(&status);
            read.map_err(|error| Fault::internal(format!("the daemon's paths are not understood: {error}")))?
                .paths
        }
        None => Dirs::places(&session.dirs).into_iter().map(PathStatus::from).collect(),
    };
    if session.json {
        return output::print_json(json!({ "paths": places }).to_string());
    }
    let mut table = Table::new(vec![
        Column::text("WHAT", 3, 9),
        Column::text("PATH", 2, usize::MAX),
        Column::text("FROM", 1, 4),
    ]);
    for place in places {
        let path = visible(&place.path);
        table.row(vec![place.name.into(), path.into(), Cell::painted(visible(&place.from), Paint::Dim)]);
    }
    // A path that is cut is of no use.
    output::print(table.render(&Style { width: None, ..session.style }))
}

/// Reads the reply to `system.status`.
///
/// # Errors
/// `unsupported` if it is none.
pub(crate) fn parse(status: &[u8]) -> Result<Daemon, Fault> {
    serde_json::from_slice(status).map_err(|error| {
        Fault::new(Code::Unsupported, format!("the daemon's status is not understood: {error}"))
            .hint("daemon and program differ in version: hob daemon restart")
    })
}

fn projects_of(list: &str) -> Result<Box<RawValue>, Fault> {
    #[derive(Deserialize)]
    struct List {
        projects: Box<RawValue>,
    }
    let list: List = serde_json::from_str(list)
        .map_err(|error| Fault::internal(format!("the list of projects is not understood: {error}")))?;
    Ok(list.projects)
}

fn services_of(list: &str) -> Result<Box<RawValue>, Fault> {
    #[derive(Deserialize)]
    struct List {
        services: Box<RawValue>,
    }
    let list: List = serde_json::from_str(list)
        .map_err(|error| Fault::internal(format!("the list of services is not understood: {error}")))?;
    Ok(list.services)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rehearsed_is_what_a_daemon_could_say() {
        assert_eq!(parse(A_STATUS).unwrap().pid, 1);
        assert!(service::parse_list(A_LIST).unwrap()[0].is_ready());
    }
}
