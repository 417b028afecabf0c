//! Ways in. A surface translates, and decides nothing.

pub mod ipc;
mod listen;
mod peer;

pub use listen::{Door, Listening, Sockets};
pub use peer::Peer;
