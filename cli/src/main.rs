//! `hob`: the command line of a local daemon that keeps services alive, and that daemon itself.
//!
//! The command line knows no operation by heart: its verbs come from the
//! catalog that the daemon is built from, and only the daily ones are written
//! by hand ([`verbs`]). It decides nothing; it asks, and shows the answer.

// The tests of this program have a main of their own, which would not be called.
#![cfg_attr(not(test), no_main)]

mod add;
mod argv;
mod autostart;
#[cfg(not(test))]
mod begin;
mod complete;
mod config;
mod daily;
mod doctor;
mod failure;
mod gate;
mod help;
mod in_force;
mod job;
mod life;
mod logs;
mod moment;
mod notice;
mod operate;
mod other_kind;
mod output;
mod project;
mod queue;
mod session;
mod status;
mod successor;
mod token;
mod top;
mod tree;
mod up;
mod verbs;
mod wait;
mod watch;

use std::ffi::OsString;

const VERSION: &str = concat!("hob ", env!("CARGO_PKG_VERSION"), "\n");

/// Called by [`begin`]; the value is the process's exit status.
fn main() -> u8 {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Asked by every prompt and script there is, so nothing comes before it.
    if let [only] = &arguments[..]
        && (only == "--version" || only == "-V")
    {
        return output::print(VERSION).map_or_else(|failure| failure.status(), |()| 0);
    }
    argv::run(arguments)
}
