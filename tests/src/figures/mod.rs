//! What the programs that measure share: rounds, floors, gates, and the table of all figures.
//!
//! Every figure is measured with real programs, in rounds that alternate with its
//! floor: the least that the machine needs for the same thing, measured in the
//! same run. A figure's gate is a ratio to that floor wherever there is one, so
//! that it holds on a slow machine and a busy one. What is measured is in the
//! programs; nothing here knows a figure by name.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs that measure print their figures")]

pub mod bench;
pub mod clock;
mod describe;
pub mod exchange;
pub mod figure;
mod guard;
pub mod home;
mod options;
pub mod process;
pub mod program;
pub mod sample;
mod sheet;

pub use bench::Bench;
pub use figure::{Figure, Gate, Row};
pub use program::Program;
