//! Starting a daemon that is not there, and waiting for it by its own word.
//!
//! The daemon is started in a session of its own with the write end of a pipe
//! as its standard output. It writes one line when it is ready, or the text of
//! the error that kept it from being so. Ten callers at once start ten
//! processes, of which the lock lets one live; the others' callers wait for that
//! one to be ready. One that is just stopping is waited for, too, and replaced.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Client;
use crate::home::{Dirs, holder};
use crate::kernel::{Code, Fault};

/// What a daemon that was asked for a report writes once it is ready.
pub const READY: &str = "ready\n";

/// The argument by which a daemon is asked for its report on standard output.
pub const REPORT: &str = "--report";

/// How often to try. Only a daemon that ends while we wait for it makes another attempt necessary.
const ATTEMPTS: usize = 4;

/// How long another daemon may take to be ready or gone; its services have time to end, too.
const PATIENCE: Duration = Duration::from_secs(90);

/// Connects to the daemon of a home; starts `program --daemon` detached if none runs.
///
/// # Errors
/// `unavailable` with the daemon's own words if it did not start.
pub async fn connect_or_start(
    dirs: &Dirs,
    program: &Path,
    arguments: &[&std::ffi::OsStr],
) -> Result<Client, Fault> {
    let mut refusal = None;
    for _ in 0..ATTEMPTS {
        match Client::connect(dirs).await {
            Err(fault) if fault.code == Code::Unavailable => {}
            settled => return settled,
        }
        let mut command = Command::new(program);
        command.args(arguments).args(["--daemon", REPORT]);
        let report = blocking(move || start(command)).await??;
        match report {
            Ok(()) => return Client::connect(dirs).await,
            // Somebody else's daemon may have won the race for the lock, or is not quite gone.
            Err(fault) if fault.code == Code::Busy => {
                refusal = Some(fault);
                let its = dirs.clone();
                let settled = blocking(move || holder(&its).map(|it| it.settled(&its, PATIENCE))).await?;
                if matches!(settled, Some(Err(_))) {
                    break;
                }
            }
            Err(fault) => return Client::connect(dirs).await.map_err(|_| fault),
        }
    }
    let refused = |fault| refusal.unwrap_or(fault);
    Client::connect(dirs).await.map_err(refused)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::internal(format!("waiting for the daemon: {error}")))
}

/// Runs it until it reports: the outer error is ours, the inner one the daemon's.
fn start(mut command: Command) -> Result<Result<(), Fault>, Fault> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).current_dir("/");
    detach(&mut command);
    let unstarted =
        |error| Fault::new(Code::Unavailable, format!("the daemon could not be started: {error}"));
    let mut child = command.spawn().map_err(unstarted)?;
    let mut report = String::new();
    let mut pipe = child.stdout.take().expect("its standard output is a pipe");
    pipe.read_to_string(&mut report).map_err(unstarted)?;
    if report == READY {
        return Ok(Ok(()));
    }
    let status = child.wait().map_err(unstarted)?;
    let text = if report.trim().is_empty() {
        format!("it ended at once: {status}")
    } else {
        report.trim().to_owned()
    };
    let busy = status.code() == Some(i32::from(Code::Busy.exit()));
    let code = if busy { Code::Busy } else { Code::Unavailable };
    Ok(Err(Fault::new(code, format!("the daemon did not start: {text}"))
        .hint("`hob doctor` looks for the cause; `hob daemon run` shows it live")))
}

#[allow(unsafe_code, reason = "a new session can only be made between fork and exec")]
fn detach(command: &mut Command) {
    // SAFETY: setsid is async-signal-safe (signal-safety(7)) and touches no memory of ours.
    unsafe {
        command.pre_exec(|| rustix::process::setsid().map(|_| ()).map_err(std::io::Error::from));
    }
}
