//! Ways in. A surface translates, and decides nothing.

mod budget;
mod descent;
pub mod ipc;
mod listen;
mod peer;
mod seat;

pub use descent::Descent;
pub use listen::{Door, Listening, Sockets};
pub use peer::Peer;
