//! The gate with the real binaries: an agent that asks, somebody who decides, the record that proves it, and
//! a daemon that is killed at each step.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod agent;
mod killed;
mod record;
