//! The daemon's life: `hob daemon start`, `stop`, `restart`, `status`, `version`.
//!
//! A restart is nothing to the services: the daemon executes its program anew in
//! the same process or, where it cannot, ends and leaves them to another.
//!
//! Starting what runs and stopping what does not is success, and said to be so.
//! A stop ends when the process has: its pidfd tells.

use std::os::fd::OwnedFd;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::daemon::sections;
use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::json;

use crate::failure::{Failure, NOT_RUNNING};
use crate::output::time;
use crate::session::Session;
use crate::status::{self, Daemon};
use crate::{config, notice, output};

const LEAVE_SERVICES: &str = "leave-services";

/// What is to be known of services without a daemon.
const WAITS: &str =
    "until then nobody reads what they write: one that has written 64 KiB stops until a daemon runs\n";

/// `hob daemon start`.
pub(crate) async fn start(session: &Session) -> Result<u8, Failure> {
    if let Some(client) = session.running().await? {
        match ask(&client).await {
            Ok(Daemon { pid, .. }) => {
                let text = format!("the daemon runs already, with pid {pid}\n");
                return tell(session, &text, &json!({ "pid": pid, "started": false }));
            }
            // It was just ending, or was killed, and let go of its socket only now.
            Err(fault) if fault.code == Code::Unavailable => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    let client = session.start().await?;
    let pid = ask(&client).await?.pid;
    tell(session, &format!("the daemon runs now, with pid {pid}\n"), &json!({ "pid": pid, "started": true }))
}

/// The arguments of `hob daemon stop`.
pub(crate) fn stop_arguments(command: Command) -> Command {
    let leave = Arg::new(LEAVE_SERVICES).long(LEAVE_SERVICES).action(ArgAction::SetTrue);
    command.arg(leave.help("Let the services run on, for the next daemon to take over"))
}

/// `hob daemon stop`.
pub(crate) async fn stop(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let leave = matches.get_flag(LEAVE_SERVICES);
    match end(session, leave).await? {
        Some(pid) if leave => tell(
            session,
            &format!(
                "the daemon has stopped (pid {pid}); its services run on, and the next daemon takes them over\n{WAITS}"
            ),
            &json!({ "pid": pid, "stopped": true, "services_left": true }),
        ),
        Some(pid) => tell(
            session,
            &format!("the daemon has stopped (pid {pid})\n"),
            &json!({ "pid": pid, "stopped": true }),
        ),
        None => tell(session, "the daemon does not run\n", &json!({ "stopped": false })),
    }
}

/// `hob daemon restart`.
pub(crate) async fn restart(session: &Session) -> Result<u8, Failure> {
    // What is stopped could not come back with it.
    if let Err(problems) = daemon_core::config::check(&session.dirs, &sections()) {
        let then = "nothing was stopped; `hob config check` says when it is well";
        return Err(config::refused(&problems, "the configuration is invalid", then));
    }
    let before = match replace(session).await? {
        Replaced::InPlace(daemon) => {
            let Daemon { pid, version, .. } = *daemon;
            let text = format!(
                "the daemon runs anew, with pid {pid} as before (hob {version}); its services ran on\n"
            );
            return tell(session, &text, &json!({ "pid": pid, "before": pid, "in_place": true }));
        }
        Replaced::Not => end(session, true).await?,
        Replaced::NoDaemon => None,
    };
    let client = session.start().await?;
    let pid = ask(&client).await?.pid;
    let text = match before {
        Some(before) => {
            format!("the daemon runs now, with pid {pid} (before: {before}); its services ran on\n")
        }
        None => format!("the daemon did not run, and runs now, with pid {pid}\n"),
    };
    tell(session, &text, &json!({ "pid": pid, "before": before, "in_place": false }))
}

/// What has become of a daemon that should be replaced.
enum Replaced {
    /// It is another program in the same process now.
    InPlace(Box<Daemon>),
    /// It cannot be, and runs.
    Not,
    /// There is none.
    NoDaemon,
}

/// Has the daemon execute its program anew, and waits until that answers.
async fn replace(session: &Session) -> Result<Replaced, Failure> {
    let Some(client) = session.running().await? else { return Ok(Replaced::NoDaemon) };
    let before = ask(&client).await?;
    match client.call_raw("system.replace", b"{}").await {
        Ok(_) => {}
        // It lives in the desktop app, or is of a version that cannot do it.
        Err(fault) if matches!(fault.code, Code::Unsupported | Code::NotFound) => return Ok(Replaced::Not),
        Err(fault) => return Err(fault.into()),
    }
    has_gone(&client).await;
    drop(client);
    loop {
        let client = session.start().await?;
        match ask(&client).await {
            Ok(now) if now.started != before.started => return Ok(Replaced::InPlace(Box::new(now))),
            // The old one could still answer; it is about to go.
            Ok(_) => has_gone(&client).await,
            Err(fault) if fault.code == Code::Unavailable => {}
            Err(fault) => return Err(fault.into()),
        }
    }
}

/// Waits until the daemon at the other end has ended, or its program has: its connections end with it.
async fn has_gone(client: &Client) {
    if let Ok(mut feed) = client.open_raw("system.watch", br#"{"nouns":["config"]}"#).await {
        while let Some(Ok(_)) = feed.next().await {}
    }
}

/// `hob daemon status`.
pub(crate) async fn status(session: &Session) -> Result<u8, Failure> {
    let Some(client) = session.running().await? else {
        return status::not_running(session).map(|()| NOT_RUNNING);
    };
    let reply = client.call_raw("system.status", b"{}").await?;
    if session.json {
        let reply = String::from_utf8_lossy(&reply).into_owned();
        return output::print_json(format!("{{\"running\":true,\"daemon\":{reply}}}")).map(|()| 0);
    }
    let daemon = status::parse(&reply)?;
    let text = format!(
        "{} the daemon runs: hob {}, pid {}, up {} ({})\n",
        session.style.glyph("●", "*"),
        daemon.version,
        daemon.pid,
        time::span(daemon.uptime_ms / 1000),
        daemon_core::text::visible(&daemon.home)
    );
    output::print(text).map(|()| 0)
}

/// `hob daemon version`.
pub(crate) async fn version(session: &Session) -> Result<u8, Failure> {
    let ours = env!("CARGO_PKG_VERSION");
    let theirs = match session.running().await? {
        Some(client) => Some(ask(&client).await?.version),
        None => None,
    };
    let line = match theirs.as_deref() {
        Some(theirs) if theirs == ours => format!("daemon  {theirs}\n"),
        Some(theirs) => format!("daemon  {theirs} (`hob daemon restart` replaces it)\n"),
        None => "daemon  does not run\n".to_owned(),
    };
    tell(session, &format!("hob     {ours}\n{line}"), &json!({ "hob": ours, "daemon": theirs }))
}

async fn ask(client: &Client) -> Result<Daemon, Fault> {
    status::parse(&client.call_raw("system.status", b"{}").await?)
}

/// Ends the daemon and waits for its process to be gone; `None` if there was none.
async fn end(session: &Session, leave_services: bool) -> Result<Option<i64>, Failure> {
    let Some(client) = session.running().await? else { return Ok(None) };
    let pid = ask(&client).await?.pid;
    // Opened while it surely lives, so that no later process of this pid can be meant.
    let process = process(pid)?;
    let wish = if leave_services { json!({ "leave_services": true }) } else { json!({}) };
    client.call_raw("system.shutdown", wish.to_string().as_bytes()).await?;
    drop(client);
    let gone = tokio::task::spawn_blocking(move || ended(&process));
    let what =
        if leave_services { "for the daemon to stop" } else { "for the daemon and its services to stop" };
    let waited = notice::while_waiting(what, "the daemon", gone).await;
    waited
        .map_err(std::io::Error::from)
        .and_then(|ended| ended)
        .map_err(|error| Fault::internal(format!("waiting for the process {pid}: {error}")))?;
    Ok(Some(pid))
}

fn process(pid: i64) -> Result<OwnedFd, Fault> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| Fault::internal("the daemon's pid is no pid"))?;
    pidfd_open(pid, PidfdFlags::empty()).map_err(|error| {
        Fault::new(Code::Unavailable, format!("the daemon's process cannot be watched: {error}"))
    })
}

/// Waits until the process of a pidfd has ended (pidfd_open(2): it is readable then).
fn ended(process: &OwnedFd) -> std::io::Result<()> {
    loop {
        match poll(&mut [PollFd::new(process, PollFlags::IN)], None) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn tell(session: &Session, text: &str, document: &serde_json::Value) -> Result<u8, Failure> {
    match session.json {
        true => output::print_json(document.to_string())?,
        false => output::print(text)?,
    }
    Ok(0)
}
