//! Being a plain daemon instead: what is left where no window can be shown.
//!
//! The `hob` beside this program is it, without a library of GTK in its
//! address space. Only if that is missing, the daemon runs in this process.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use daemon_core::daemon::{self, Options};
use daemon_core::home::Dirs;

use crate::say;

/// Becomes `hob --daemon`; returns only if this process has been the daemon itself.
pub(crate) fn run(home: Option<&Path>) -> anyhow::Result<ExitCode> {
    let program = program();
    if let Some(program) = &program {
        let mut command = Command::new(program);
        if let Some(home) = home {
            command.arg("--home").arg(home);
        }
        let error = command.arg("--daemon").exec();
        say(&format!("{} cannot be executed ({error}): the daemon runs in this process", program.display()));
    } else {
        say("there is no `hob` beside this program: the daemon runs in this process");
    }
    let dirs = Dirs::for_daemon(home)?;
    Ok(ExitCode::from(daemon::run(Options { dirs, report: false, verbose: true })))
}

/// The command line's program, if it was installed beside this one.
pub(crate) fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let program = here.with_file_name("hob");
    program.is_file().then_some(program)
}
