//! Nothing is left behind, however the measuring ends.
//!
//! The figures are measured in a child process. This, its parent, adopts
//! whatever outlives it (a daemon that was being measured, and by design the
//! services of one that was killed), ends all of it, and removes the files. So
//! a panic, an interrupt or a kill of the child leaves the machine clean.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use super::process;

const ROOT: &str = "FIGURES_ROOT";

/// The directory for files, in the process that measures.
pub(super) fn root() -> Option<PathBuf> {
    std::env::var_os(ROOT).map(PathBuf::from)
}

/// Measures in a child process, and cleans up after it.
pub(super) fn watch_over(arguments: &[String]) -> Result<ExitCode> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .context("what is left behind could not be adopted")?;
    let root = tempfile::Builder::new().prefix("hob-figures-").tempdir()?;
    let child = Command::new(std::env::current_exe()?).args(arguments).env(ROOT, root.path()).spawn()?;
    let status = attend(child);
    end_descendants();
    let status = status?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    if let Some(number) = status.signal() {
        eprintln!("figures: ended by signal {number}");
    }
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Waits for the child; an interrupt meant for both must not end this one first.
fn attend(mut child: Child) -> Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let pid = Pid::from_child(&child);
        let mut ended = tokio::task::spawn_blocking(move || child.wait());
        loop {
            tokio::select! {
                status = &mut ended => return Ok(status??),
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if let Err(error) = kill_process(pid, Signal::TERM) {
                eprintln!("figures: {error}");
            }
        }
    })
}

fn end_descendants() {
    // Each pass may orphan others, which are then ours.
    loop {
        for pid in process::descendants(rustix::process::getpid()) {
            if kill_process(pid, Signal::KILL).is_err() {
                continue;
            }
        }
        // `ECHILD` is the end of it.
        if rustix::process::wait(rustix::process::WaitOptions::empty()).is_err() {
            return;
        }
    }
}
