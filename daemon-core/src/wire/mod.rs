//! The wire: length-prefixed frames that hold JSON-RPC 2.0 messages, and the client that speaks them.
//!
//! A frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON, at
//! most 8 MiB. The first byte of a connection is therefore zero, which leaves
//! every other first byte to other protocols on the same socket.

mod ask;
mod client;
pub mod envelope;
pub mod frame;
mod server;
mod start;

pub use ask::Asker;
pub use client::{Client, Items};
pub use start::{READY, REPORT, connect_or_start};
