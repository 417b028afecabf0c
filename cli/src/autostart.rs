//! `hob autostart`: whether the tray icon starts at login.
//!
//! The desktop app answers: it is the one that is started then, and the one that
//! has the library for it. A machine without it has nothing to start at login.

use std::os::unix::process::CommandExt as _;
use std::process::Command as Process;

use clap::{Arg, ArgMatches, Command};
use daemon_core::kernel::{Code, Fault};

use crate::failure::Failure;
use crate::session::Session;

const STATE: &str = "state";

/// Its arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let state = Arg::new(STATE)
        .value_parser(["enable", "disable", "status"])
        .default_value("status")
        .help("Start it at login, do not, or say which it is");
    command.arg(state)
}

/// Asks the desktop app, which takes this process's place.
pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<u8, Failure> {
    let here = std::env::current_exe()
        .map_err(|error| Fault::internal(format!("this program does not know where it is: {error}")))?;
    let state: &String = matches.get_one(STATE).expect("it has a default");
    let mut app = Process::new(here.with_file_name("hob-desktop"));
    app.args(["autostart", state]);
    if let Some(home) = session.named_home() {
        app.arg("--home").arg(home);
    }
    if session.json {
        app.arg("--json");
    }
    let error = app.exec();
    let missing = format!("the desktop app is not beside {}: {error}", here.display());
    Err(Fault::new(Code::Unavailable, missing)
        .hint("install it (`make install-desktop`), or start `hob --daemon` as your system starts servers")
        .into())
}
