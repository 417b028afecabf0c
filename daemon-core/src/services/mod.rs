//! Services: long-running child processes that the daemon keeps alive.

pub mod backoff;
pub mod environment;
pub mod graph;
pub mod logs;
pub mod notify;
pub mod ready;
pub mod spec;
pub mod state;
