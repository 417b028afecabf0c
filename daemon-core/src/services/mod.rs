//! Services: long-running child processes that the daemon keeps alive.

pub mod backoff;
pub mod graph;
pub mod logs;
pub mod ready;
pub mod spec;
pub mod state;
