//! `hob policy check`, `test` and `why`: the operations, with what only the caller's side knows.
//!
//! A relative path means what it means here, and the daemon runs elsewhere.

use clap::{Arg, ArgMatches, Command};
use daemon_core::approvals::ops::{Get, Show, Shown};
use daemon_core::approvals::policy::{Check, Checked, Test};
use daemon_core::approvals::request::Request;
use daemon_core::kernel::{Code, Op as _};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use serde_json::{Map, Value, json};

use super::ask;
use crate::failure::{CONFIG_INVALID, Failure};
use crate::output::job::parse;
use crate::output::policy;
use crate::output::style::Style;
use crate::session::Session;
use crate::{job, output, project};

/// The arguments of `policy check`.
pub(crate) fn check_arguments(command: Command) -> Command {
    job::of_operation(Check::NAME, command).after_help("The exit status is 78 if something is wrong. What is no mistake and is hardly meant is told as a warning: a program \
             that is not there, a client that is not enrolled, a shell that is allowed any arguments.")
}

/// `hob policy check`.
pub(crate) async fn check(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let mut request = body(Check::NAME, &mut matches)?;
    from_here(&mut request, "file")?;
    let client = session.connect().await?;
    let reply = client.call_raw(Check::NAME, Value::Object(request).to_string().as_bytes()).await?;
    let checked: Checked = parse(&reply)?;
    match session.json {
        true => output::print_json(reply)?,
        false => {
            output::print(policy::checked(&checked, &session.style))?;
            output::complain(&policy::doubted(&checked, &Style::of_stderr()));
        }
    }
    Ok(if checked.ok { 0 } else { CONFIG_INVALID })
}

/// What is doubtful in the policy that has just come into force, as `policy check` tells it.
pub(crate) async fn doubts(client: &Client) -> String {
    // What was asked for is done, and is no failure if this cannot be told.
    let checked = client.call(Check { file: None, text: None, layer: None }).await;
    checked.map_or_else(|_| String::new(), |checked| policy::doubted(&checked, &Style::of_stderr()))
}

/// The arguments of `policy test`.
pub(crate) fn test_arguments(command: Command) -> Command {
    job::of_operation(Test::NAME, command)
        .mut_arg("cwd", |it| it.value_name("DIR").help("Where it would be run; here if this is not said"))
        .mut_arg("argv", |it| it.value_name("COMMAND"))
}

/// `hob policy test`.
pub(crate) async fn test(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let mut request = body(Test::NAME, &mut matches)?;
    request.entry("cwd").or_insert_with(|| json!("."));
    from_here(&mut request, "cwd")?;
    if let Some(program) = request.get_mut("argv").and_then(|argv| argv.get_mut(0))
        && let Some(named) = program.as_str().filter(|named| named.contains('/'))
    {
        *program = json!(project::here()?.join(named).to_string_lossy());
    }
    let client = session.connect().await?;
    let reply = client.call_raw(Test::NAME, Value::Object(request).to_string().as_bytes()).await?;
    super::shown(session, Test::NAME, reply)
}

/// The arguments of `policy why`.
pub(crate) fn why_arguments(command: Command) -> Command {
    command.arg(Arg::new("id").value_name("ID").required(true).help("Which request"))
}

/// `hob policy why`: of one that waits, how the policy comes to it now; of any other, what it said then. Whoever
/// may not decide is told of his own what it said then.
pub(crate) async fn why(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let id = matches.get_one::<String>("id").expect("it is required");
    let client = session.connect().await?;
    let request: Request = parse(&ask(&client, &Get { id: id.clone() }).await?)?;
    let shown: Option<Shown> = match client.call(Show { id: id.clone() }).await {
        Ok(shown) => Some(shown),
        Err(fault) if matches!(fault.code, Code::Conflict | Code::NotFound | Code::Denied) => None,
        Err(fault) => return Err(fault.into()),
    };
    if session.json {
        let now = shown.map(
            |it| json!({ "effect": it.effect, "by": it.by, "reason": it.rule_reason, "trace": it.trace }),
        );
        let whole =
            json!({ "request": request.id, "ruled": request.ruled, "decided": request.decided, "now": now });
        return output::print_json(whole.to_string()).map(|()| 0);
    }
    let style = &session.style;
    let mut out = output::request::sentence(&request, style) + "\n";
    if let Some(ruled) = &request.ruled {
        let ruling = serde_json::to_value(ruled.ruling).unwrap_or_default();
        let because = ruled.reason.as_deref().map(|it| format!(": {}", visible(it))).unwrap_or_default();
        let word = visible(ruling.as_str().unwrap_or_default());
        out += &format!(
            "revision {} of the policy said {word} ({}){because}\n",
            ruled.policy,
            visible(&ruled.by)
        );
    }
    if let Some(allows) = request.decided.as_ref().and_then(|decided| decided.allows.as_deref()) {
        out += &format!("the yes allows {}\n", visible(allows));
    }
    if let Some(shown) = shown {
        out += "by now it says ";
        out += &policy::verdict(shown.effect, &shown.by, shown.rule_reason.as_deref(), style);
        out += &policy::trace(&shown.trace, style);
    }
    output::print(out).map(|()| 0)
}

fn body(name: &str, matches: &mut ArgMatches) -> Result<Map<String, Value>, Failure> {
    let body = (job::operation(name).body)(matches).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(serde_json::from_slice(&body).expect("the body is an object"))
}

/// Makes a path absolute, if there is one.
fn from_here(request: &mut Map<String, Value>, key: &str) -> Result<(), Failure> {
    if let Some(path) = request.get(key).and_then(Value::as_str) {
        let whole = project::here()?.join(path);
        request.insert(key.to_owned(), json!(whole.to_string_lossy()));
    }
    Ok(())
}
