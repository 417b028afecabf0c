//! system

pub mod log;
