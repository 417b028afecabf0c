//! `hob job ...`: what is done to jobs and runs beyond asking one operation.
//!
//! A verb here has the name of its operation and all of its arguments, and
//! more: it goes on with the run that it asked for ([`After`]), or takes several.

mod follow;
mod show;
pub(crate) mod wait;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::daemon::catalog;
use daemon_core::jobs::ops::{Cancel, JobLogPage, Jobs, List, Runs};
use daemon_core::jobs::{Run, RunId};
use daemon_core::kernel::{Code, Fault, Meta};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use crate::failure::{self, Failure};
use crate::output::job::{parse, rendered};
use crate::output::run;
use crate::output::style::Paint;
use crate::output::time::TimeOfDay;
use crate::session::Session;
use crate::{notice, operate, other_kind, output};
use show::Show;

/// What is said where a run's number is wanted.
const OF_RUN: &str = "The number of a run, or the name of a job: its latest run";

/// What is to become of a run that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It runs, whether or not anybody looks.
    Nothing,
    /// Its end is waited for.
    Wait,
    /// What it writes is shown until its end.
    Follow,
}

impl After {
    /// The arguments that say so.
    pub(crate) fn arguments(command: Command) -> Command {
        let flag = |name: &'static str, help: &'static str| {
            Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
        };
        command
            .arg(flag("follow", "Show what it writes until it is over, and exit with its status").short('f'))
            .arg(flag("wait", "Wait until it is over, and exit with its status").conflicts_with("follow"))
    }

    /// As it was typed.
    pub(crate) fn of(matches: &ArgMatches) -> After {
        match (matches.get_flag("follow"), matches.get_flag("wait")) {
            (true, _) => After::Follow,
            (_, true) => After::Wait,
            _ => After::Nothing,
        }
    }

    /// Goes on with a run that was just asked for; `told` is how it is told where nobody waits for it.
    pub(crate) async fn go_on(
        self,
        session: &Session,
        client: Client,
        reply: Vec<u8>,
        told: impl FnOnce(&Run) -> String,
    ) -> Result<u8, Failure> {
        let asked: Run = parse(&reply)?;
        let is_over = asked.state.is_over();
        if self == After::Follow && !is_over {
            let style = output::style::Style::of_stderr();
            if style.terminal && !session.json {
                let name = run::named(&asked, &style);
                output::complain(&(style.paint(Paint::Dim, &format!("-- {name} --")) + "\n"));
            }
            return follow::to_its_end(session, client, &asked.id.to_string(), Show::AsWritten).await;
        }
        if self == After::Wait && !is_over {
            let subject = format!("for run {} to end", asked.id);
            let waiting = follow::ended(session, client, asked.id);
            let ended = notice::while_waiting(&subject, "the run", waiting).await?;
            tell(session, &ended)?;
            return Ok(run::status(&ended));
        }
        match session.json {
            true => output::print_json(reply)?,
            // Such as one that was skipped.
            false if is_over => tell(session, &asked)?,
            false => {
                output::print(told(&asked))?;
                say_what_holds(session, &client, &asked).await?;
            }
        }
        Ok(run::status(&asked))
    }
}

/// The arguments of `job run`.
pub(crate) fn run_arguments(command: Command) -> Command {
    After::arguments(of_operation("job.run", command)).after_help(
        "With --follow or --wait the exit status is that of the run: its exit code, 128 and the number of the \
         signal that killed it, 124 if it timed out, 130 if it was cancelled, 127 if it could not be started, \
         75 if it was skipped or lost.",
    )
}

/// `hob job run`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    ask(session, matches, "job.run").await
}

/// The arguments of `job again`.
pub(crate) fn again_arguments(command: Command) -> Command {
    After::arguments(of_operation("job.again", command))
}

/// `hob job again`.
pub(crate) async fn again(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    ask(session, matches, "job.again").await
}

async fn ask(session: &Session, mut matches: ArgMatches, name: &str) -> Result<u8, Failure> {
    let after = After::of(&matches);
    let body = (operation(name).body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let client = session.connect().await?;
    let reply = match client.call_raw(name, &body).await {
        Ok(reply) => reply,
        Err(fault) => return Err(of_other_kind(&client, name, &body, fault).await.into()),
    };
    let told = |run: &Run| format!("{}\n{}", run::named(run, &session.style), how_to_follow(session, run));
    after.go_on(session, client, reply, told).await
}

async fn of_other_kind(client: &Client, operation: &str, body: &[u8], fault: Fault) -> Fault {
    match operate::name_in(body) {
        Some(name) => other_kind::told(client, operation, &name, fault).await,
        None => fault,
    }
}

/// For a person, not for a pipe.
pub(crate) fn how_to_follow(session: &Session, run: &Run) -> String {
    if !session.style.terminal {
        return String::new();
    }
    let text = failure::for_this_home(&format!("`hob job follow {}` shows what it writes", run.id));
    session.style.paint(Paint::Dim, &text) + "\n"
}

/// Tells a person of what keeps a run from beginning until somebody does something about it.
async fn say_what_holds(session: &Session, client: &Client, run: &Run) -> Result<(), Failure> {
    if !session.style.terminal {
        return Ok(());
    }
    let Jobs { jobs, queues, paused } = client.call(List {}).await?;
    let of_job = jobs.iter().find(|job| run.job.as_ref() == Some(&job.name) && job.paused);
    let of_queue = queues.iter().find(|queue| run.queue.as_ref() == Some(&queue.name) && queue.paused);
    let (what, how) = match (of_job, of_queue) {
        (Some(job), _) => (visible(&job.name), format!("hob job resume {}", visible(&job.name))),
        (_, Some(queue)) => {
            let name = visible(&queue.name);
            (format!("the queue {name}"), format!("hob job resume --queue {name}"))
        }
        _ if paused.is_some() => ("everything".to_owned(), "hob resume".to_owned()),
        _ => return Ok(()),
    };
    let text = format!("{what} is paused: `{how}` lets it go on");
    output::print(session.style.paint(Paint::Yellow, &failure::for_this_home(&text)) + "\n")
}

/// The arguments of `job cancel`.
pub(crate) fn cancel_arguments(command: Command) -> Command {
    of_operation("job.cancel", command)
        .mut_arg("id", |id| id.num_args(1..).action(ArgAction::Append).help("The numbers of runs"))
}

/// `hob job cancel`.
pub(crate) async fn cancel(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let ids: Vec<RunId> = matches.get_many("id").into_iter().flatten().copied().collect();
    let client = session.connect().await?;
    let mut calls: FuturesUnordered<_> = ids
        .iter()
        .map(|id| {
            let client = &client;
            async move { (*id, client.call(Cancel { id: *id }).await) }
        })
        .collect();
    let mut statuses = Vec::new();
    loop {
        let next = notice::while_waiting("for the runs to end", "their end", calls.next()).await;
        match next {
            None => break,
            Some((_, Ok(ended))) => tell(session, &ended)?,
            Some((id, Err(fault))) => {
                let is_told = fault.message.contains(&id.to_string());
                failure::say(
                    &fault,
                    Some(&format!("run {id}")).filter(|_| !is_told).map(|it| &**it),
                    session.json,
                );
                statuses.push(failure::exit(&fault));
            }
        }
    }
    failure::together(&statuses).map_or(Ok(0), |status| Err(Failure::Said(status)))
}

/// The arguments of `job show`.
pub(crate) fn show_arguments(command: Command) -> Command {
    command.arg(Arg::new("name").value_name("NAME|RUN").required(true).help("A job, or the number of a run"))
}

/// `hob job show`.
pub(crate) async fn show(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let name = matches.get_one::<String>("name").expect("it is required");
    let client = session.connect().await?;
    let body = json!({ "name": name }).to_string();
    let reply = match (client.call_raw("job.get", body.as_bytes()).await, name.parse()) {
        (Err(fault), Ok(id)) if fault.code == Code::NotFound => return one_run(session, &client, id).await,
        (Err(fault), _) => {
            return Err(of_other_kind(&client, "job.get", body.as_bytes(), fault).await.into());
        }
        (Ok(reply), _) => reply,
    };
    match session.json {
        true => output::print_json(reply)?,
        false => {
            let text = rendered("job.get", &reply, &session.style, session.now())?;
            output::print(text.unwrap_or_default())?;
        }
    }
    Ok(0)
}

async fn one_run(session: &Session, client: &Client, id: RunId) -> Result<u8, Failure> {
    let before = Some(id.saturating_add(1));
    let page = client.call(Runs { before, limit: 1, ..Runs::default() }).await?;
    let Some(run) = page.runs.first().filter(|run| run.id == id) else {
        let fault = Fault::new(Code::NotFound, format!("there is no run {id}, and no job of that name"));
        return Err(fault.hint("`hob job runs` lists the runs that are kept").into());
    };
    if session.json {
        return output::print_json(json!(run).to_string()).map(|()| 0);
    }
    let now = session.now();
    let times = TimeOfDay::new(false, session.style.terminal, now);
    output::print(run::details(run, &session.style, &times, now)).map(|()| 0)
}

/// The arguments of `job follow`.
pub(crate) fn follow_arguments(command: Command) -> Command {
    of_operation("job.follow", command).mut_arg("run", |run| run.value_name("RUN|JOB").help(OF_RUN))
}

/// `hob job follow`.
pub(crate) async fn follow(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let wanted = matches.get_one::<String>("run").expect("it is required");
    to_its_end(session, session.connect().await?, wanted, Show::AsWritten).await
}

async fn to_its_end(session: &Session, client: Client, wanted: &String, show: Show) -> Result<u8, Failure> {
    let ended = follow::to_its_end(session, client.clone(), wanted, show).await;
    other_kind::or_told(&client, "job.follow", std::slice::from_ref(wanted), ended).await
}

/// The arguments of `job logs`.
pub(crate) fn logs_arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    of_operation("job.logs", command)
        .mut_arg("run", |run| run.value_name("RUN|JOB").help(OF_RUN))
        .arg(
            flag("follow", "Go on until it is over, from its first line, and exit with its status")
                .short('f')
                .conflicts_with_all(["lines", "attempt", "grep"]),
        )
        .arg(flag("utc", "Show times in UTC rather than in your zone"))
        .arg(flag("raw", "Only the text, standard error on standard error").conflicts_with("utc"))
}

/// `hob job logs`.
pub(crate) async fn logs(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let mut show = match matches.get_flag("raw") {
        true => Show::AsWritten,
        false => Show::log(session, matches.get_flag("utc")),
    };
    let client = session.connect().await?;
    let wanted = matches.get_one::<String>("run").expect("it is required").clone();
    if matches.get_flag("follow") {
        return to_its_end(session, client, &wanted, show).await;
    }
    let wants_all = matches.value_source("lines") != Some(clap::parser::ValueSource::CommandLine);
    let body =
        (operation("job.logs").body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let reply = client.call_raw("job.logs", &body).await.map_err(Failure::from);
    let reply = other_kind::or_told(&client, "job.logs", &[wanted], reply).await?;
    if session.json {
        return output::print_json(reply).map(|()| 0);
    }
    let page: JobLogPage = parse(&reply)?;
    show.lines(session, &page.lines)?;
    if page.lines.is_empty() {
        let name = run::named(&page.run, &session.style);
        let wrote = if page.run.state.is_over() { "wrote nothing" } else { "has written nothing yet" };
        output::complain(&format!("{name} {wrote}\n"));
    }
    if page.more && wants_all {
        output::complain(&format!("-- the last {} lines: -n shows more --\n", page.lines.len()));
    }
    Ok(0)
}

/// Tells how a run is.
pub(crate) fn tell(session: &Session, run: &Run) -> Result<(), Failure> {
    match session.json {
        true => output::print_json(json!(run).to_string()),
        false => output::print(run::sentence(run, &session.style, session.now()) + "\n"),
    }
}

/// The arguments that an operation declares.
pub(crate) fn of_operation(name: &str, command: Command) -> Command {
    (operation(name).arguments)(command)
}

/// An operation that the catalog has.
pub(crate) fn operation(name: &str) -> Meta {
    catalog().into_iter().find(|meta| meta.name == name).expect("the catalog has the operations on jobs")
}
