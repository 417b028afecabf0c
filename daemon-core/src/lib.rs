//! The core of Hob: one daemon, every operation declared once.

pub mod approvals;
pub mod audit;
pub mod clients;
pub mod config;
pub mod daemon;
pub mod exec;
pub mod home;
pub mod jobs;
pub mod kernel;
pub mod project;
pub mod runs;
pub mod services;
pub mod storage;
pub mod surface;
pub mod system;
pub mod text;
pub mod watch;
pub mod wire;
