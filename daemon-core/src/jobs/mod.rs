//! Jobs: commands that run when it is time to, when files change, when something happens, or when asked; and end.
//!
//! What a job is stands in [`spec`], when it is due is decided in [`schedule`].

pub mod schedule;
pub mod spec;
