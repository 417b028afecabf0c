//! What every capability shares, and nothing that only one of them needs.
//!
//! The kernel knows how an operation is declared ([`op`]), how it is reached ([`registry`]), by whom ([`caller`]), how it
//! fails ([`fault`]), what a capability is given while it is built ([`mount`]), how its background work lives ([`tasks`]),
//! where it shows its state ([`board`]), where time comes from ([`clock`]) and whether anybody needs the daemon
//! ([`activity`]). It names no capability.

pub mod activity;
pub mod board;
pub mod caller;
pub mod clock;
pub mod fault;
pub mod mount;
pub mod op;
pub mod registry;
pub mod tasks;

pub use caller::{Caller, Client};
pub use fault::{Code, Fault};
pub use op::{Access, Call, Effect, Feed, Meta, Op, Ops};
