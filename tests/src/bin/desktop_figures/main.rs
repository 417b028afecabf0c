//! What the tray app costs: how soon it is there, what it holds, and whether it sleeps.
//!
//! Each app that is measured has a desktop of its own, an X server without a screen
//! and a panel of ours, and a home with ten services that do nothing. It is the
//! shipped program: nobody drives its window; that its page is on the screen is
//! what the page itself says, and the app writes down.
//!
//! Figures are in `figures/`, a file each, named in [`figures::ALL`].

#![allow(clippy::print_stderr, reason = "it says what it measures")]

mod desktop;
mod figures;

use std::process::ExitCode;

use hob_tests::figures::Program;

const ABOUT: &str = "\
Measure what Hob's tray app costs, on a desktop without a screen (Xvfb and dbus-daemon).

The hob-desktop that is measured is the one at HOB_DESKTOP_BIN, or the one beside hob. That hob is
the one beside this program, or the one at HOB_BIN.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let program = Program {
        name: "desktop-figures",
        about: ABOUT,
        figures: figures::ALL,
        document: "benchmarks-desktop.md",
    };
    program.run(&arguments)
}
