//! `hob queue -- make test`: a command that runs in its turn, here, whether or not anybody waits.
//!
//! It runs in the directory in which it was typed, and finds programs as the
//! caller's shell does; nothing else of the caller's environment goes along
//! unless it is asked for. Without a command, what runs and waits is listed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::jobs::ops::{Jobs, List, RunPage, Runs};
use daemon_core::jobs::{QueueStatus, Run, Standing};
use daemon_core::kernel::Fault;
use daemon_core::runs::resolve;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::future::try_join3;
use serde_json::{Map, Value, json};

use crate::add::directory;
use crate::failure::Failure;
use crate::job::{self, After};
use crate::output::style::Paint;
use crate::output::{job as jobs, run};
use crate::session::Session;
use crate::{output, project};

const ENQUEUE: &str = "job.enqueue";
/// No list of runs has more.
const MOST: u32 = 10_000;
/// So many of those that wait are shown on a terminal.
const SHOWN: usize = 50;

/// Those of the operation, and what only the caller's side knows.
pub(crate) fn arguments(command: Command) -> Command {
    let command = job::of_operation(ENQUEUE, command)
        .mut_arg("command", |it| {
            it.required(false)
                .value_name("COMMAND")
                .help("What to run; without it, what runs and waits is listed")
        })
        .mut_arg("queue", |it| it.short('q').help("Into which queue; without a command, only what is in it"))
        .mut_arg("priority", |it| it.short('p'))
        .mut_arg("working_dir", |it| it.value_name("DIR").help("Where to run it; here if this is not said"));
    let command = command.arg(
        Arg::new("env")
            .short('e')
            .long("env")
            .value_name("NAME[=VALUE]")
            .action(ArgAction::Append)
            .help("A variable for its environment, with the value that it has here if none is given; may be given several times"),
    );
    After::arguments(command)
        .override_usage("hob queue [OPTIONS] [-- COMMAND...]")
        .after_help(
            "It runs in the directory in which this is typed and with your PATH; of your other variables it has \
             those that -e names. Where standard output is no terminal, only the number of the run is printed:\n\n  \
             id=$(hob queue -- make test); hob wait $id",
        )
}

/// `hob queue`.
pub(crate) async fn run(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    if matches.get_many::<String>("command").is_none() {
        return list(session, &matches).await;
    }
    let after = After::of(&matches);
    let variables = variables(matches.remove_many::<String>("env").into_iter().flatten())?;
    let operation = job::operation(ENQUEUE);
    let body = (operation.body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let mut request: Map<String, Value> = serde_json::from_slice(&body).expect("the body is an object");
    let here = project::here()?;
    let said = request.get("working_dir").and_then(Value::as_str);
    request.insert("working_dir".to_owned(), json!(directory(&here, said)?));
    request.insert("env".to_owned(), json!(variables));
    let client = session.connect().await?;
    if let Err(missing) = is_there(&request, &variables)
        && begins_at_once(&client, &request).await?
    {
        return Err(missing.into());
    }
    let reply = client.call_raw(ENQUEUE, Value::Object(request).to_string().as_bytes()).await?;
    let told = |run: &Run| match session.style.terminal {
        false => format!("{}\n", run.id),
        true => format!("{}\n{}", run::named(run, &session.style), job::how_to_follow(session, run)),
    };
    after.go_on(session, client, reply, told).await
}

/// Whether the program is there now.
fn is_there(request: &Map<String, Value>, variables: &BTreeMap<String, String>) -> Result<(), Fault> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let program = request.get("command").and_then(|command| text(command.get(0)?));
    let dir = request.get("working_dir").and_then(text);
    // What begins at the home directory, and an empty command, are for the daemon to judge.
    let (Some(program), Some(dir)) = (program, dir.filter(|dir| dir.starts_with('/'))) else { return Ok(()) };
    let path = variables.get("PATH").map(OsStr::new);
    let found = resolve(&program, path, Path::new(&dir)).map(drop);
    found.map_err(|missing| Fault::invalid(visible(&missing.to_string())))
}

/// Whether nothing runs or waits that could bring the program about, and nothing holds the queue.
async fn begins_at_once(client: &Client, request: &Map<String, Value>) -> Result<bool, Fault> {
    let is_first = request.get("after").and_then(Value::as_array).is_none_or(Vec::is_empty);
    let Jobs { queues, paused, .. } = client.call(List {}).await?;
    let is_idle = |queue: &QueueStatus| queue.running == 0 && queue.waiting == 0 && !queue.paused;
    Ok(is_first && paused.is_none() && queues.iter().all(is_idle))
}

/// The caller's PATH, and what `-e` names.
fn variables(named: impl Iterator<Item = String>) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = BTreeMap::new();
    if let Some(path) = own("PATH") {
        variables.insert("PATH".to_owned(), path?);
    }
    variables.extend(named_variables(named)?);
    Ok(variables)
}

/// What `-e` names: `NAME=VALUE`, or `NAME` with the value that it has here.
pub(crate) fn named_variables(
    named: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = BTreeMap::new();
    for variable in named {
        let (name, value) = match variable.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => match own(&variable) {
                Some(value) => (variable.as_str(), value?),
                None => {
                    let shown = visible(&variable);
                    let fault = Fault::invalid(format!("the variable {shown} is not set here"));
                    return Err(fault.hint(format!("give it a value: -e {shown}=VALUE")).into());
                }
            },
        };
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

/// The value of a variable of this program.
fn own(name: &str) -> Option<Result<String, Failure>> {
    let value = std::env::var_os(name)?;
    Some(value.into_string().map_err(|_| Failure::usage(format!("the value of {name} is not UTF-8"))))
}

async fn list(session: &Session, matches: &ArgMatches) -> Result<u8, Failure> {
    const FOR_A_COMMAND: [&str; 6] = ["priority", "after", "working_dir", "env", "follow", "wait"];
    let given = |name: &&&str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
    if let Some(name) = FOR_A_COMMAND.iter().find(given) {
        let fault =
            Fault::invalid(format!("--{} is for a command, and none is given", name.replace('_', "-")));
        return Err(fault.hint("the command stands behind `--`: hob queue -- make test").into());
    }
    let queue = matches.get_one::<String>("queue");
    let client = session.connect_running().await?;
    let of = |state| Runs { state: Some(state), queue: queue.cloned(), limit: MOST, ..Runs::default() };
    let (running, waiting, all): (RunPage, RunPage, Jobs) = try_join3(
        client.call(of(Standing::Running)),
        client.call(of(Standing::Queued)),
        client.call(List {}),
    )
    .await?;
    let wanted = |status: &&QueueStatus| queue.is_none_or(|name| *name == status.name);
    let queues: Vec<&QueueStatus> = all.queues.iter().filter(wanted).collect();
    let (running, waiting) = (in_turn(running.runs), in_turn(waiting.runs));
    if session.json {
        let whole = json!({ "running": running, "waiting": waiting, "queues": queues });
        return output::print_json(whole.to_string()).map(|()| 0);
    }
    output::print(listed(session, running, waiting, &queues)).map(|()| 0)
}

/// As they are taken: the highest priority first, of those with the same the oldest.
fn in_turn(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| (std::cmp::Reverse(run.priority), run.id));
    runs
}

fn listed(session: &Session, running: Vec<Run>, mut waiting: Vec<Run>, queues: &[&QueueStatus]) -> String {
    let (style, now) = (&session.style, session.now());
    let more = if style.terminal { waiting.len().saturating_sub(SHOWN) } else { 0 };
    waiting.truncate(waiting.len() - more);
    let runs = [running, waiting].concat();
    let mut out = match &runs[..] {
        [] => "nothing runs or waits: `hob queue -- COMMAND...` puts a command in\n".to_owned(),
        runs => run::table(runs, style, now),
    };
    if 0 < more {
        out += &(style.paint(Paint::Dim, &format!("and {more} more that wait")) + "\n");
    }
    let busy: Vec<&QueueStatus> =
        queues.iter().copied().filter(|queue| jobs::is_of_interest(queue)).collect();
    if !busy.is_empty() {
        out += &format!("\n{}", jobs::queues(&busy, style, now));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_where_it_would_be() {
        let dir = tempfile::tempdir().unwrap();
        let here = dir.path().to_str().unwrap();
        let check = |program: &str, working_dir: &str, expected: bool| {
            let request = json!({ "command": [program, "x"], "working_dir": working_dir });
            let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
            let found = is_there(request.as_object().unwrap(), &variables);
            assert_eq!(found.is_ok(), expected, "{program} in {working_dir}: {found:?}");
        };
        check("sh", here, true);
        check("/bin/sh", here, true);
        check("./sh", "/bin", true);
        check("./sh", here, false);
        check("no-such-program", here, false);
        check("no-such-program", "~/x", true);
    }

    #[test]
    fn a_variable_is_passed_on_or_given_and_what_is_not_set_is_refused() {
        let given = |words: &[&str]| variables(words.iter().map(|&word| word.to_owned()));
        let found = given(&["A=b=c", "PATH=/x", "EMPTY="]).unwrap();
        assert_eq!(found["A"], "b=c");
        assert_eq!(found["PATH"], "/x");
        assert_eq!(found["EMPTY"], "");
        assert_eq!(given(&[]).unwrap().get("PATH"), std::env::var("PATH").ok().as_ref());
        let Err(Failure::Fault(fault)) = given(&["HOB_TEST_OF_WHAT_IS_NOT_SET"]) else {
            panic!("it is refused")
        };
        assert!(fault.message.contains("not set") && fault.hint.is_some(), "{fault}");
    }
}
