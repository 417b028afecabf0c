//! Asking for commands and deciding about them, with the real binary.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "a test waits by the clock of the machine")]

mod asking;
mod deciding;
mod home;
#[path = "../terminal/mod.rs"]
mod terminal;
