//! `hob up` and `hob down` of a project: look, ask, take up, start.
//!
//! Nothing of a project's file runs before somebody has seen what it would run
//! and said yes. What is shown, and its digest, come from one reading by the
//! daemon; the approval names that digest, so that it is for these bytes and no
//! others. A script says yes with `--yes`; without a terminal nobody else can.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, ValueHint};
use daemon_core::kernel::{Code, Fault, Op};
use daemon_core::project::{Down, List, ProjectStatus, Review, Reviewed, Up};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use serde_json::json;

use crate::daily::to_all;
use crate::failure::Failure;
use crate::notice;
use crate::output::style::Style;
use crate::output::{self, service};
use crate::session::Session;

/// What `project.list` tells where there is none.
pub(crate) const NONE: &[u8] = b"{\"projects\":[]}";

/// The arguments of `down`.
pub(crate) fn down_arguments(command: Command) -> Command {
    command
        .arg(
            Arg::new("project").value_name("DIR|NAME").value_hint(ValueHint::DirPath).help(
                "The project's directory or its name; if left out, the nearest project from here upwards",
            ),
        )
        .after_help(
            "Its services are stopped in order and are gone, and its approval is forgotten. Logs are kept.",
        )
}

/// The directory that this was started in.
pub(crate) fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Fault::invalid(format!("the current directory is not there: {error}")).into())
}

/// `hob up` where there is a project.
pub(crate) async fn up(session: &Session, dir: &Path, yes: bool) -> Result<u8, Failure> {
    let dir = text(dir)?;
    let client = session.start().await?;
    let reviewed = client.call(Review { dir }).await?;
    let running = running(&client).await?;
    if !reviewed.approved {
        approve(session, &reviewed, yes)?;
        let up = Up { dir: reviewed.dir.clone(), digest: reviewed.digest.clone() };
        notice::while_waiting("for the project to be taken up", "the operation", client.call(up)).await?;
    }
    let changed = changed(&reviewed);
    let mut todo = Vec::new();
    for plan in &reviewed.services {
        if changed.contains(&plan.name) && running.contains(&plan.name) {
            todo.push(("service.restart", plan.name.clone()));
        } else if plan.autostart {
            todo.push(("service.start", plan.name.clone()));
        }
    }
    if todo.is_empty() && !session.json {
        output::print(format!("{}: no service of it starts by itself\n", visible(&reviewed.name)))?;
        return Ok(0);
    }
    to_all(session, &client, &todo).await
}

/// `hob down`.
pub(crate) async fn down(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let client = session.connect().await?;
    let projects = client.call(List {}).await?.projects;
    let project = match matches.get_one::<String>("project") {
        Some(named) => which(&projects, named, &here()?),
        None => nearest(&projects, &here()?)?,
    };
    let body = serde_json::to_vec(&Down { project }).expect("it has string keys");
    let call = client.call_raw(Down::NAME, &body);
    let reply = notice::while_waiting("for the project's services to stop", "the services", call).await?;
    match session.json {
        true => output::print_json(reply)?,
        false => output::print(output::project::taken_down(&reply)?)?,
    }
    Ok(0)
}

/// The body of an operation on a directory, which the daemon, running elsewhere, is told in full.
pub(crate) fn with_whole_dir(operation: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if ![Review::NAME, Up::NAME].contains(&operation) {
        return Ok(body);
    }
    let mut request: serde_json::Value = serde_json::from_slice(&body).expect("the body is an object");
    if let Some(dir) = request["dir"].as_str() {
        request["dir"] = json!(text(&here()?.join(dir))?);
    }
    Ok(request.to_string().into_bytes())
}

/// Shows what would run, and returns if that may be.
fn approve(session: &Session, reviewed: &Reviewed, yes: bool) -> Result<(), Failure> {
    if yes {
        // A script's log says what was approved.
        return match session.json {
            true => Ok(()),
            false => output::print(output::project::review(reviewed, &session.style)),
        };
    }
    let asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !asked || session.json {
        let (file, is_one) = output::project::differing(reviewed);
        let what = match (reviewed.differences.is_some(), is_one) {
            (true, true) => "has changed since it was approved",
            (true, false) => "have changed since they were approved",
            (false, _) => "is not approved yet",
        };
        let dir = output::command::command(std::slice::from_ref(&reviewed.dir));
        let fault = Fault::new(Code::Denied, format!("{file} {what}, and there is no terminal to ask on"));
        let hint = format!("look at it: hob project review {dir}; then approve it: hob up {dir} --yes");
        return Err(fault.hint(hint).into());
    }
    // Where the question is, whatever standard output is.
    let style = Style { colour: output::colour_on_stderr(), ..session.style };
    output::complain(&output::project::review(reviewed, &style));
    output::complain(&format!("\n{} [y/N] ", output::project::question(reviewed)));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    if !answer.ends_with('\n') {
        output::complain("\n");
    }
    Err(Fault::new(Code::Denied, "it was not approved: nothing was changed").into())
}

/// Those that run otherwise from now on.
fn changed(reviewed: &Reviewed) -> Vec<String> {
    let differences = reviewed.differences.iter().flatten().filter(|it| !it.added && !it.removed);
    differences.map(|it| format!("{}/{}", reviewed.name, it.service)).collect()
}

async fn running(client: &Client) -> Result<Vec<String>, Fault> {
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let running = services.into_iter().filter(|service| !service.is_down());
    Ok(running.map(|service| service.name).collect())
}

/// A project's name is one before it is a path; what is neither is for the daemon to refuse.
fn which(projects: &[ProjectStatus], named: &str, here: &Path) -> String {
    let path = here.join(named);
    let is_named = |name: &str| projects.iter().any(|project| project.name == name);
    // As its services are named together: `shop/`.
    let named = named.strip_suffix('/').filter(|name| is_named(name)).unwrap_or(named);
    let is_name = is_named(named);
    let is_path = named.contains('/') || named.starts_with('.') || path.is_dir();
    if is_name || !is_path {
        return named.to_owned();
    }
    let real = fs_err::canonicalize(&path).unwrap_or(path);
    real.to_string_lossy().into_owned()
}

/// The nearest project from here upwards; its file, and all else in it, may be gone.
fn nearest(projects: &[ProjectStatus], here: &Path) -> Result<String, Failure> {
    let found =
        here.ancestors().find_map(|dir| projects.iter().find(|project| Path::new(&project.dir) == dir));
    found.map(|project| project.name.clone()).ok_or_else(|| {
        let fault = Fault::new(Code::NotFound, "here is no project that was taken up");
        fault.hint("name one: hob down NAME; `hob project list` shows which there are").into()
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        Fault::invalid(format!("the path {} is not UTF-8", visible(&path.to_string_lossy()))).into()
    })
}

/// How the approved projects are, as `project.list` tells it; without any, the daemon is not asked.
pub(crate) async fn list(session: &Session, client: &Client) -> Vec<u8> {
    match are_there(session) {
        true => or_none(client.call_raw("project.list", b"{}").await),
        false => NONE.to_vec(),
    }
}

/// Whether there is a project to be asked for.
pub(crate) fn are_there(session: &Session) -> bool {
    fs_err::read_dir(session.dirs.projects()).is_ok_and(|mut copies| copies.next().is_some())
}

/// The reply to `project.list`; a daemon of an earlier version has none.
pub(crate) fn or_none(reply: Result<Vec<u8>, Fault>) -> Vec<u8> {
    reply.unwrap_or_else(|_| NONE.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(name: &str, dir: &str) -> ProjectStatus {
        serde_json::from_value(json!({
            "name": name, "dir": dir, "state": "approved", "services": [], "digest": "",
            "approved_at": "2026-11-21T10:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn a_project_is_named_by_its_name_or_its_directory() {
        let place = tempfile::tempdir().unwrap();
        let here = fs_err::canonicalize(place.path()).unwrap();
        fs_err::create_dir(here.join("shop")).unwrap();
        fs_err::create_dir(here.join("other")).unwrap();
        let projects = [project("shop", "/elsewhere")];
        let whole = |path: &str| here.join(path).to_str().unwrap().to_owned();
        for (named, expected) in [
            ("shop", "shop".to_owned()),
            ("shop/", "shop".to_owned()),
            ("other/", whole("other")),
            ("./shop", whole("shop")),
            ("other", whole("other")),
            ("gone", "gone".to_owned()),
            ("/not/there", "/not/there".to_owned()),
        ] {
            assert_eq!(which(&projects, named, &here), expected, "{named}");
        }
    }

    #[test]
    fn the_nearest_project_is_found_without_its_files() {
        let projects = [project("outer", "/src"), project("inner", "/src/shop")];
        for (here, expected) in [("/src/shop/deep", Some("inner")), ("/src/else", Some("outer")), ("/", None)]
        {
            assert_eq!(nearest(&projects, Path::new(here)).ok().as_deref(), expected);
        }
    }
}
