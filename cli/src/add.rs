//! `hob add`: the operation, with what only the caller's side knows.
//!
//! A service runs where it was added, unless another directory is named. One
//! that does not come up was still added; the exit status says that it is not up,
//! and the error where its file is.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::daemon::catalog;
use daemon_core::kernel::{Code, Fault, Meta};
use daemon_core::text::visible;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::operate::Waits;
use crate::output::service::Service;
use crate::session::Session;
use crate::{moment, notice, output};

const ADD: &str = "service.add";

/// Those of the operation, and `--env`.
pub(crate) fn arguments(command: Command) -> Command {
    let command = (operation().arguments)(command);
    command
        .mut_arg("working_dir", |it| it.help("Where to run it; here if this is not said"))
        .arg(
            Arg::new("env")
                .long("env")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .value_parser(variable)
                .help("A variable for its environment; may be given several times"),
        )
        .after_help("It is written to services.d/NAME.toml, where more can be said about it.")
}

/// `hob add`.
pub(crate) async fn run(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let variables: Vec<(String, String)> = matches.remove_many("env").into_iter().flatten().collect();
    let body = (operation().body)(&mut matches).map_err(|error| Failure::usage(error.to_string()))?;
    let mut request: Map<String, Value> = serde_json::from_slice(&body).expect("the body is an object");
    let here = std::env::current_dir()
        .map_err(|error| Fault::invalid(format!("the current directory is not there: {error}")))?;
    let said = request.get("working_dir").and_then(Value::as_str);
    request.insert("working_dir".to_owned(), json!(directory(&here, said)?));
    if !variables.is_empty() {
        let variables: Map<String, Value> =
            variables.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        request.insert("env".to_owned(), Value::Object(variables));
    }
    let name = request.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let client = session.connect().await?;
    let waits = Waits::of(ADD, Some(&name));
    let body = Value::Object(request).to_string();
    let call = client.call_raw(ADD, body.as_bytes());
    let reply = notice::while_waiting(&waits.subject, waits.what, call).await?;
    let reply = moment::looked_on(&client, reply, session.now()).await?;
    let service = Service::parse(&reply.now)?;
    if let Some(what) = moment::mishap(&service, reply.run) {
        let file = session.dirs.services_d().join(format!("{name}.toml"));
        return Err(not_up(&service, &what, &file).into());
    }
    match session.json {
        true => output::print_json(reply.now)?,
        false => output::print(service.outcome(&session.style, session.now()))?,
    }
    Ok(0)
}

fn operation() -> Meta {
    catalog().into_iter().find(|meta| meta.name == ADD).expect("the catalog has service.add")
}

/// The directory that the daemon, which runs elsewhere, is told. `~` is for the daemon to resolve.
pub(crate) fn directory(here: &Path, said: Option<&str>) -> Result<String, Fault> {
    match said {
        Some(said) if said.starts_with('~') => return Ok(said.to_owned()),
        _ => {}
    }
    let whole = match said {
        None | Some("." | "") => here.to_owned(),
        Some(said) => here.join(said),
    };
    whole.into_os_string().into_string().map_err(|path| {
        Fault::invalid(format!("the directory {} is not UTF-8", visible(&path.to_string_lossy())))
            .hint("name another one with --working-dir")
    })
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is NAME=VALUE".to_owned()),
    }
}

fn not_up(service: &Service, what: &str, file: &Path) -> Fault {
    let name = visible(&service.name);
    let file = visible(&file.to_string_lossy());
    Fault::new(Code::Conflict, format!("{name} was added, but {what}"))
        .hint(format!("it is written to {file}; `hob logs {name}` shows its last words; `hob remove {name}` takes it away again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_runs_where_it_was_added_unless_another_place_is_named() {
        for (said, expected) in [
            (None, "/here"),
            (Some("."), "/here"),
            (Some("sub"), "/here/sub"),
            (Some("/else"), "/else"),
            (Some("~/x"), "~/x"),
        ] {
            assert_eq!(directory(Path::new("/here"), said).unwrap(), expected, "{said:?}");
        }
    }

    #[test]
    fn a_variable_has_a_name_and_may_have_equal_signs_in_its_value() {
        assert_eq!(variable("A=b=c").unwrap(), ("A".to_owned(), "b=c".to_owned()));
        assert!(variable("A").is_err());
        assert!(variable("=b").is_err());
    }
}
