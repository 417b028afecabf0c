//! The least that the machine needs for what the figures measure.

pub(crate) mod copy;
pub(crate) mod echo;
pub(crate) mod respawn;
pub(crate) mod spawn;
