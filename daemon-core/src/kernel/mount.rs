//! What a capability is given while it is built.

use std::sync::Arc;

use super::board::Board;
use super::clock::Clock;
use super::op::Ops;
use super::registry::{Gate, Registry};
use super::tasks::Tasks;
use crate::config::{Config, Section};
use crate::home::Dirs;
use crate::storage::Db;

/// Everything that a capability may connect itself to.
pub struct Mount {
    /// The paths of this home.
    pub dirs: Dirs,
    /// The home's own random name.
    pub home_id: String,
    /// The time.
    pub clock: Clock,
    /// Where current values are shown.
    pub board: Board,
    /// Where background work lives.
    pub tasks: Tasks,
    /// The database of history.
    pub db: Db,
    pub(crate) registry: Registry,
    pub(crate) config: Config,
}

impl Mount {
    /// Offers operations that act on `handle`.
    pub fn ops<H: Clone + Send + Sync + 'static>(&mut self, handle: &H, ops: Ops<H>) {
        self.registry.add(handle, ops);
    }

    /// Claims a section of the configuration: `apply` is called with it at start and on each reload.
    pub fn configure<S: Section>(&mut self, apply: impl Fn(S) + Clone + Send + Sync + 'static) {
        self.config.claim(apply);
    }

    /// Adds a gate that every call passes.
    pub fn gate(&mut self, gate: Arc<dyn Gate>) {
        self.registry.add_gate(gate);
    }

    /// Says who knows the clients' tokens.
    pub fn clients(&mut self, clients: Arc<dyn super::caller::Clients>) {
        self.registry.set_clients(clients);
    }
}
