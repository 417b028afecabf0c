//! What may be typed behind `hob-desktop`, handled before anything of GTK is touched.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Hob in the tray: keeps your services running, and shows them
#[derive(Debug, Parser)]
#[command(name = "hob-desktop", version)]
pub(crate) struct Arguments {
    /// The directory of everything Hob keeps (default: $HOB_HOME, else the XDG directories)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,

    /// Open the window at once
    #[arg(long, conflicts_with = "background")]
    pub(crate) window: bool,

    /// Open no window unasked, even if the desktop shows no tray icons; for the start at login
    #[arg(long)]
    pub(crate) background: bool,

    /// Run without tray and windows, as `hob --daemon`
    #[arg(long)]
    pub(crate) daemon: bool,

    #[command(subcommand)]
    pub(crate) task: Option<Task>,
}

/// What it can do instead of showing itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Start Hob at login, or not; `status` says which
    Autostart {
        /// What to do
        state: Autostart,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to do about the start at login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Autostart {
    /// Start Hob's tray icon at login
    Enable,
    /// Do not
    Disable,
    /// Say which it is
    Status,
}

impl Arguments {
    /// Reads them; help, versions and mistakes are said here, and end the program with the status that is returned.
    pub(crate) fn parse() -> Result<Arguments, ExitCode> {
        Arguments::try_parse().map_err(|error| {
            let status = u8::try_from(error.exit_code()).unwrap_or(2);
            if error.print().is_err() {
                tracing::trace!("nobody reads what is wrong with the arguments");
            }
            ExitCode::from(status)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_declared_without_contradiction() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_window_is_not_both_asked_for_and_forbidden() {
        assert!(Arguments::try_parse_from(["hob-desktop", "--window", "--background"]).is_err());
        assert!(Arguments::try_parse_from(["hob-desktop", "autostart", "perhaps"]).is_err());
    }
}
