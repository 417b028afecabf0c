//! `hob up`: from nothing to everything ready.
//!
//! In a project, which is a directory with a `hob.toml` or anything below one,
//! it is the project's services that are meant (`project`). Elsewhere it is all
//! that the daemon has: it is started whatever `auto_start` says, because that is
//! what was asked for, and so is every service that starts by itself, also one
//! that somebody stopped and those of approved projects; then it waits until
//! each is ready.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use daemon_core::config::PROJECT_FILE;
use daemon_core::kernel::{Code, Fault};
use daemon_core::text::visible;
use futures_util::future::join_all;
use serde_json::json;

use crate::daily::to_each;
use crate::failure::Failure;
use crate::output::service;
use crate::session::Session;
use crate::{output, project};

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    command
        .arg(
            Arg::new("dir")
                .value_name("DIR")
                .value_hint(ValueHint::DirPath)
                .value_parser(value_parser!(PathBuf))
                .help(
                    "The directory of a project's hob.toml; if left out, the nearest one from here upwards",
                ),
        )
        .arg(
            Arg::new("yes")
                .long("yes")
                .short('y')
                .action(ArgAction::SetTrue)
                .help("Approve what is shown without being asked"),
        )
        .after_help(
            "A project's file is shown before anything of it runs, and approved by you. Where there is no \
             hob.toml, all services that start by themselves are started.",
        )
}

/// `hob up`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let dir = match matches.get_one::<PathBuf>("dir") {
        Some(dir) => Some(of(dir)?),
        None => nearest(&project::here()?),
    };
    match dir {
        Some(dir) => project::up(session, &dir, matches.get_flag("yes")).await,
        None => home(session).await,
    }
}

/// The directory that was named, or that of the file that was named.
fn of(named: &Path) -> Result<PathBuf, Failure> {
    let whole = project::here()?.join(named);
    let dir = match whole.file_name().is_some_and(|name| name == PROJECT_FILE) && whole.is_file() {
        true => whole.parent().map(Path::to_path_buf).unwrap_or_default(),
        false => whole,
    };
    if dir.join(PROJECT_FILE).symlink_metadata().is_ok() {
        return Ok(dir);
    }
    let shown = visible(&dir.to_string_lossy());
    let fault = Fault::new(Code::NotFound, format!("there is no {PROJECT_FILE} in {shown}"));
    Err(fault
        .hint("name the directory of a project; `hob up` alone takes the nearest one from here upwards")
        .into())
}

/// The nearest directory with a project's file.
fn nearest(here: &Path) -> Option<PathBuf> {
    let found = here.ancestors().find(|dir| dir.join(PROJECT_FILE).symlink_metadata().is_ok());
    found.map(Path::to_path_buf)
}

async fn home(session: &Session) -> Result<u8, Failure> {
    let client = session.start().await?;
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let details = join_all(services.iter().map(|service| {
        let (client, body) = (&client, json!({ "name": service.name }).to_string());
        async move { client.call_raw("service.get", body.as_bytes()).await }
    }))
    .await;
    let mut names = Vec::new();
    for (service, details) in services.iter().zip(details) {
        if starts_by_itself(&details?)? {
            names.push(service.name.clone());
        }
    }
    if names.is_empty() && !session.json {
        output::print(match services.len() {
            0 => "the daemon runs; no services yet: add one with `hob add NAME -- command...`\n",
            _ => "the daemon runs; no service starts by itself (`autostart = true`)\n",
        })?;
        return Ok(0);
    }
    to_each(session, &client, "service.start", &names).await
}

/// `config.autostart`, which is on unless it says otherwise.
fn starts_by_itself(details: &[u8]) -> Result<bool, Fault> {
    let details: serde_json::Value = serde_json::from_slice(details)
        .map_err(|error| Fault::internal(format!("the reply to service.get is no JSON: {error}")))?;
    Ok(details.pointer("/config/autostart").and_then(serde_json::Value::as_bool).unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_upwards_is_the_project_s() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("shop/src/deep");
        fs_err::create_dir_all(&deep).unwrap();
        assert_eq!(nearest(&deep), None);
        fs_err::write(place.path().join("hob.toml"), "").unwrap();
        assert_eq!(nearest(&deep).as_deref(), Some(place.path()));
        fs_err::write(place.path().join("shop/hob.toml"), "").unwrap();
        assert_eq!(nearest(&deep), Some(place.path().join("shop")));
    }

    #[test]
    fn a_directory_or_its_file_may_be_named() {
        let place = tempfile::tempdir().unwrap();
        assert!(of(place.path()).is_err());
        let file = place.path().join("hob.toml");
        fs_err::write(&file, "").unwrap();
        assert_eq!(of(place.path()).ok().as_deref(), Some(place.path()));
        assert_eq!(of(&file).ok().as_deref(), Some(place.path()));
    }
}
