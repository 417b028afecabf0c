//! What a request is, and what may happen to it.

pub mod life;
pub mod state;
