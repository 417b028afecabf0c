//! The daemon's life with the real binaries: how it is started, disturbed, killed and ended.
//!
//! One program, so that its tests run side by side and share one build. Each
//! module is about one part of that life.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "in a test a panic is the report, and a skip is said"
)]

mod added;
mod claim;
mod clock;
mod crowd;
mod disk;
mod ending;
mod following;
mod foreground;
mod handover;
mod inside;
mod jobs;
mod jobs_disk;
mod jobs_killed;
mod killed;
mod leftover;
mod looked_for;
mod pauses;
mod services;
