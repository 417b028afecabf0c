//! Ways in. A surface translates, and decides nothing.

mod budget;
pub mod ipc;
mod listen;
mod peer;
mod seat;

pub use listen::{Door, Listening, Sockets};
pub use peer::Peer;
