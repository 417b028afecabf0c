//! Jobs: commands that run when it is time to, and end.

pub mod schedule;
