//! Nothing outlives its run: not by a session of its own, not by two forks, not by forking all the time.
//!
//! With a cgroup for each service and without, as root and as nobody; by a stop,
//! before a restart and after a crash, also of the daemon.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test a panic is the report, and a skip is said"
)]

mod background;
mod escapes;
mod many;
mod named;

/// The head of a configuration with cgroups or without.
fn services(cgroups: bool) -> String {
    format!("[services]\ncgroups = {cgroups}\n")
}

/// Zombies of a daemon, but for the process that keeps FIFOs open, which is waited for when it is needed again.
fn zombies(daemon: i32) -> Vec<i32> {
    let name = |pid: i32| fs_err::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    hob_tests::process::zombies(daemon).into_iter().filter(|pid| name(*pid).trim() != "hob-launch").collect()
}
