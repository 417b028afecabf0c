//! The daemon's life with the real binaries: how it is started, disturbed, killed and ended.
//!
//! One program, so that its tests run side by side and share one build. Each
//! module is about one part of that life.

mod claim;
mod crowd;
mod disk;
mod ending;
mod foreground;
mod inside;
mod killed;
mod leftover;
mod services;
