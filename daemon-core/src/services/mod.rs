//! Services: long-running child processes that the daemon keeps alive.

pub mod backoff;
pub mod environment;
pub mod graph;
pub mod logs;
pub mod notify;
pub mod ready;
pub mod spec;
pub mod state;
mod store;

use std::time::Duration;

use crate::config::{Loaded, Problem};
use crate::kernel::mount::Mount;
use crate::kernel::{Fault, Ops};
use crate::system;

/// A handle on all services.
#[derive(Clone)]
pub struct Handle;

/// The sections of the configuration that are about services.
pub struct Section;

impl crate::config::Section for Section {
    const NAMES: &'static [&'static str] = &["service", "defaults"];

    fn read(_: &Loaded<'_>) -> Result<Section, Vec<Problem>> {
        Ok(Section)
    }

    fn schemas() -> Vec<schemars::Schema> {
        Vec::new()
    }
}

/// The operations.
pub fn ops() -> Ops<Handle> {
    Ops::new()
}

/// Mounts the capability.
pub async fn mount(m: &mut Mount, _: &system::Handle) -> Result<Handle, Fault> {
    m.configure(|_: Section| ());
    std::future::ready(Ok(Handle)).await
}

impl Handle {
    /// Stops all services.
    pub async fn stop_all(&self, _: Duration) {
        std::future::ready(()).await;
    }

    /// Kills all services.
    pub fn kill_all(&self) {}
}
