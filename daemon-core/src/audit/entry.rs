//! What others hand in to be recorded: everything of a leaf but its place and its time.

use hob_verify::leaf;
use serde_json::{Map, Value};

use crate::kernel::{Access, Caller};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What kind of thing, such as `exec.claimed`.
    pub kind: &'static str,
    /// Who did it.
    pub actor: Actor,
    /// Which request it is about.
    pub request: Option<String>,
    /// Which revision of the policy was in force.
    pub policy: Option<u64>,
    /// What it was. Integers are better written as strings; a number becomes one.
    pub body: Map<String, Value>,
    /// Exact bytes that the leaf only commits to, as `commit` in its body.
    pub opening: Option<Vec<u8>>,
}

impl Entry {
    /// Something that the daemon did of itself.
    pub fn of_daemon(kind: &'static str, body: Map<String, Value>) -> Entry {
        Entry { kind, actor: Actor::daemon(), request: None, policy: None, body, opening: None }
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Which one: a client's id, `local` for the daemon's own user, or `unknown` for a token that is none.
    pub id: String,
    /// What it is.
    pub kind: ActorKind,
    /// By which way: `cli`, `socket`, `window`, `policy` or `daemon`.
    pub surface: &'static str,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A person, as far as anybody can tell.
    Human,
    /// A program that asks.
    Client,
    /// The daemon.
    Daemon,
}

impl Actor {
    /// The daemon itself.
    pub fn daemon() -> Actor {
        Actor { id: "daemon".to_owned(), kind: ActorKind::Daemon, surface: "daemon" }
    }

    pub(super) fn of_leaf(&self) -> leaf::Actor {
        leaf::Actor {
            id: self.id.clone(),
            kind: match self.kind {
                ActorKind::Human => "human",
                ActorKind::Client => "client",
                ActorKind::Daemon => "daemon",
            }
            .to_owned(),
            presence: None,
            surface: self.surface.to_owned(),
        }
    }
}

impl From<&Caller> for Actor {
    /// Whoever may do everything over the owner's socket is taken for its owner.
    fn from(caller: &Caller) -> Actor {
        let kind = match caller.access {
            Access::Approve | Access::Admin => ActorKind::Human,
            _ if caller.pid.is_none() => ActorKind::Human,
            _ => ActorKind::Client,
        };
        let surface = if caller.pid.is_some() { "socket" } else { "window" };
        Actor { id: caller.client.id.to_string(), kind, surface }
    }
}
