//! `hob-desktop` on a desktop: its tray, its window, its quits, and what happens when parts are missing.
//!
//! `cargo build -p hob-cli -p hob-launch -p hob-desktop --features hob-desktop/e2e`, then
//! `cargo test -p hob-tests --features e2e --test desktop`. Each test has a
//! desktop of its own, so they run side by side.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "in a test a panic is the report")]

mod absent;
mod approval;
mod autostart;
mod children;
mod fake;
mod harness;
mod host;
mod pages;
mod quits;
mod shipped;
mod stage;
mod trace;
mod walk;
